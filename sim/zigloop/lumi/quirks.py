"""Quirks of Lumi firmware that several products share. A product lists those it has, or may have."""

from typing import Final

from zigloop.device.product import Quirk

INTRODUCES_ITSELF: Final = Quirk(
    "introduces_itself",
    "after joining it reports its model and its application version unasked",
    "homed-service-zigbee#36; zigbee-herdsman takes a device with such a model as interviewed",
    default=True,
)
READS_TIME: Final = Quirk(
    "reads_time",
    "after joining it reads the host's time",
    "zigbee2mqtt answers genTime reads because of Lumi's devices (zigbee-herdsman device.ts)",
    default=True,
)
SLEEPS: Final = Quirk(
    "sleeps",
    "its receiver is off when idle: it receives only after it has sent",
    "zha-device-handlers#929: MAC capabilities 0x84; zha-device-handlers#2266: write, then press the button",
    default=True,
)
CALLS_ITSELF_A_ROUTER: Final = Quirk(
    "calls_itself_a_router",
    "its node descriptor has the type router, though it is an end device on batteries",
    "zha-device-handlers#669 (lumi.lock.v1); herdsman-converters gives lumi.lock.acn02 the type EndDevice by force",
    default=True,
)
REPORTS_0XF000: Final = Quirk(
    "reports_0xf000",
    "each report of on/off also carries attribute 0xF000",
    "home-assistant/core#47650, zha-device-handlers#397, zigbee2mqtt#7112",
    default=True,
)
STRAY_BYTE: Final = Quirk(
    "stray_byte_in_heartbeat",
    "a stray byte stands behind the string of its heartbeat",
    "zha-device-handlers#881: lumi.relay.c2acn01 of version 46; zigbee2mqtt#7112 has the head of such a frame",
    default=False,
)
OLD_STRUCTURE: Final = Quirk(
    "heartbeat_in_0xff02",
    "its heartbeat is genBasic 0xFF02, a ZCL structure without tags",
    "herdsman-converters xiaomi_basic: attribute 65282, element 1 is the voltage and element 4 the outage count",
    default=False,
)
