"""Device pages of Zigbee2MQTT: what they promise, whether a definition holds it, and a feature to start from.

Neighbours use `command.main`, which is `zigloop page`; tests of other hosts also `reader.read_page` and `check.check`.
"""
