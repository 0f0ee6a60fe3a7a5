"""What MQTT clients ask: `NAME/set`, `NAME/get` and `bridge/request/…`."""
