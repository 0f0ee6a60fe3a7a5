"""The software under test: a Zigbee to MQTT bridge on zigpy. Never imports `sim`."""
