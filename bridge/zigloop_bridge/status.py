"""The bridge's own state in `bridge/info`."""

from dataclasses import dataclass


@dataclass
class Status:
    """State of the bridge itself, from its start to its stop."""

    #: An option was changed that takes effect with the next start in Zigbee2MQTT.
    restart_required: bool = False
    #: When joining ends, in milliseconds since 1970; None when the network is closed.
    permit_join_end: int | None = None
