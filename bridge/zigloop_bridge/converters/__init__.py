"""Pure conversion between bytes and payloads: the building blocks of definitions.

Neighbours use `definition` (`Definition`, decoders, encoders, and their arguments) and `exposes`; product modules in
`zigloop_bridge.devices` use the rest.
"""
