"""The Gherkin steps: about MQTT messages, about devices and their controls, about network, host and time."""
