"""Device pages of Zigbee2MQTT: what they promise, whether a definition holds it, and a feature to start from."""
