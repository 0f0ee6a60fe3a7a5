"""From decoded values to states on MQTT.

Neighbours use `publisher` (`Publisher`), `states` (`States`, the cache), `patterns.matches`; the network hands frames
to `receiver` (`Receiver`).
"""
