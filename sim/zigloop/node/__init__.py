"""The Zigbee side of a device.

`node` is the station: it sends, receives and keeps tables (`tables`); `membership` joins and leaves networks.
`descriptor` has its node and power descriptors; `zdo` answers discovery and management with the server of `zdo_server`,
which radios share: `zdo_owner` is what it needs from a node or coordinator.
"""
