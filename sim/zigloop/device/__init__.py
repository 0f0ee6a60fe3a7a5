"""Devices: products with names, on the air.

`product` declares what a device is, `device` is the machinery that it runs on, `faults` and `transmit` are the faults
that any device may have, `meter` is an energy meter. `registry` finds products by model: `PRODUCTS`, `find`.
"""
