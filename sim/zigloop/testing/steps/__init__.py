"""The Gherkin steps, by what they speak of: MQTT messages, devices and their controls, the network and the host."""
