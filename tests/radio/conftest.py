"""A radio with a host that speaks bytes."""

from tests.support.serial_host import air, host, make_radio, network, radio  # noqa: F401
