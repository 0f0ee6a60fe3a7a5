"""Temperature, pressure and relative humidity measurement (ZCL 4.4, 4.5, 4.7): attributes without commands.

Not modelled: range and tolerance of the measured value, which no capture has.
"""

from typing import Final

from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.types import INT8, INT16, UINT16

TEMPERATURE_MEASUREMENT: Final = 0x0402
PRESSURE_MEASUREMENT: Final = 0x0403
HUMIDITY_MEASUREMENT: Final = 0x0405

MEASURED_VALUE: Final = 0x0000
SCALED_VALUE: Final = 0x0010
SCALE: Final = 0x0014


def temperature_measurement(*more: Attribute) -> ClusterDeclaration:
    """In 0.01 °C."""
    return ClusterDeclaration(TEMPERATURE_MEASUREMENT, (Attribute(MEASURED_VALUE, INT16, 0), *more))


def humidity_measurement(*more: Attribute) -> ClusterDeclaration:
    """In 0.01 %."""
    return ClusterDeclaration(HUMIDITY_MEASUREMENT, (Attribute(MEASURED_VALUE, UINT16, 0), *more))


def pressure_measurement(*more: Attribute) -> ClusterDeclaration:
    """In hPa, and again more exactly: `SCALED_VALUE` in Pa times ten to the power of `SCALE`."""
    return ClusterDeclaration(
        PRESSURE_MEASUREMENT,
        (
            Attribute(MEASURED_VALUE, INT16, 0),
            Attribute(SCALED_VALUE, INT16, 0),
            Attribute(SCALE, INT8, -1),
            *more,
        ),
    )
