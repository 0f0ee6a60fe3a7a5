"""Devices: products with names, on the air.

`product` declares products, `device` is the base class that runs one, `faults` and `transmit` are the faults that any
device may have, `meter` is an energy meter. `registry` finds products by model: `PRODUCTS`, `find`.
"""
