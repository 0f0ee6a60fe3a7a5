"""The software under test: a Zigbee to MQTT bridge on zigpy. Never imports `zigloop`."""

__version__ = "0.1.0"
