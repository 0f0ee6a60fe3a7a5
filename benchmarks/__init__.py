"""What is measured: our bridge beside real Zigbee2MQTT, on one radio, in one run. See docs/benchmarks.md."""
