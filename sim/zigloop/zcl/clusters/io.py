"""Input and output clusters (ZCL 3.14), device temperature (3.4): attributes without commands."""

from typing import Final

from zigloop.zcl.attributes import RP, Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.types import BOOL, INT16, MAP8, SINGLE, UINT16

DEVICE_TEMPERATURE: Final = 0x0002
ANALOG_INPUT: Final = 0x000C
BINARY_INPUT: Final = 0x000F
BINARY_OUTPUT: Final = 0x0010
MULTISTATE_INPUT: Final = 0x0012

NUMBER_OF_STATES: Final = 0x004A
OUT_OF_SERVICE: Final = 0x0051
PRESENT_VALUE: Final = 0x0055
STATUS_FLAGS: Final = 0x006F
CURRENT_TEMPERATURE: Final = 0x0000


def _present(cluster: int, present: Attribute, *more: Attribute) -> ClusterDeclaration:
    """The mandatory attributes of table 3-48 and its like."""
    return ClusterDeclaration(
        cluster,
        (Attribute(OUT_OF_SERVICE, BOOL, False), present, Attribute(STATUS_FLAGS, MAP8, 0, RP), *more),
    )


def analog_input(*more: Attribute) -> ClusterDeclaration:
    return _present(ANALOG_INPUT, Attribute(PRESENT_VALUE, SINGLE, 0.0, RP), *more)


def binary_input(*more: Attribute) -> ClusterDeclaration:
    return _present(BINARY_INPUT, Attribute(PRESENT_VALUE, BOOL, False, RP), *more)


def binary_output(*more: Attribute) -> ClusterDeclaration:
    """The present value can be read and not written, as with a switch that has an On/Off cluster for that."""
    return _present(BINARY_OUTPUT, Attribute(PRESENT_VALUE, BOOL, False, RP), *more)


def multistate_input(*more: Attribute) -> ClusterDeclaration:
    """Lumi's has values beyond its number of states, which is the specification's default. ASSUMPTION."""
    return _present(
        MULTISTATE_INPUT,
        Attribute(PRESENT_VALUE, UINT16, 0, RP),
        Attribute(NUMBER_OF_STATES, UINT16, 1),
        *more,
    )


def device_temperature(*more: Attribute) -> ClusterDeclaration:
    """Whole degrees Celsius."""
    return ClusterDeclaration(DEVICE_TEMPERATURE, (Attribute(CURRENT_TEMPERATURE, INT16, 0), *more))
