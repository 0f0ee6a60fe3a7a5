"""Bytes to payloads and back, pure: a product's definition is made of these.

Neighbours use `definition` (`Definition`, decoders, encoders, what they are handed) and `exposes`; product modules in
`zigloop_bridge.devices` use the rest.
"""
