"""Device pages of Zigbee2MQTT: their promises, the check of a definition against them, and feature skeletons.

Neighbours use `command.main`, which is `zigloop page`; tests of other hosts also `reader.read_page` and `check.check`.
"""
