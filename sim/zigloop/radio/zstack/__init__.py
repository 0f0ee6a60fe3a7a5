"""Z-Stack radios, which speak MT: `ZStack` is the firmware. Only this package knows MT, NV and zigpy-znp."""

from zigloop.radio.zstack.firmware import ZStack

__all__ = ["ZStack"]
