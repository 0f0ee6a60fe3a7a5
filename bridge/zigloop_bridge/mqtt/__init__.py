"""MQTT: `client` (`MqttClient`), `broker` (`EmbeddedBroker`) and `payloads` (JSON)."""
