"""Z-Stack radios, which speak MT: `ZStack` is the firmware. MT, NV and zigpy-znp are known nowhere else."""

from zigloop.radio.zstack.firmware import ZStack

__all__ = ["ZStack"]
