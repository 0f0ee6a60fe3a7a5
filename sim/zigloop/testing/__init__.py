"""The test kit: pytest fixtures and Gherkin steps, for this project's features and for other people's.

It touches a host only through MQTT and a device only through its controls, so the same tests run on our bridge,
on real Zigbee2MQTT and, where no control is needed, on a real dongle.
"""

from zigloop.testing.hosts import Host, HostUnavailable
from zigloop.testing.journal import Journal
from zigloop.testing.mqtt import Message, Mqtt

__all__ = ["Host", "HostUnavailable", "Journal", "Message", "Mqtt"]
