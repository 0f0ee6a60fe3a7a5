"""The Zigbee side of a device.

`node` is the station: it sends, receives and keeps tables (`tables`); `membership` joins and leaves networks for it.
`descriptor` is its node and power descriptor; `zdo` answers discovery and management with the server of `zdo_server`,
which radios share: `zdo_owner` is what that needs of a node, or of a coordinator.
"""
