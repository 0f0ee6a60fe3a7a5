"""The OTA Upgrade cluster (ZCL 11): its number. Not modelled: updates of firmware."""

from typing import Final

OTA: Final = 0x0019
