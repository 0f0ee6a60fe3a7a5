"""ZNMS11LM: Aqara smart door lock (S1), `lumi.lock.aq1`."""

from zigloop.device.product import Product
from zigloop.lumi.lock import HUB_ENCRYPTED, OCTET_STRINGS, Lock
from zigloop.lumi.quirks import INTRODUCES_ITSELF, READS_TIME, SLEEPS
from zigloop.lumi.structure import MANUFACTURER, NODE_MANUFACTURER, OLDER_BLOCK, structure
from zigloop.node.descriptor import NodeDescriptor
from zigloop.zcl.types import UINT32, Value

product = Product(
    model="ZNMS11LM",
    vendor="Aqara",
    description="Smart door lock",
    zigbee_model="lumi.lock.aq1",
    nickname="lock",
    # ASSUMPTION: no dump of its descriptors. An end device that sleeps, on disposable batteries that are full.
    node=NodeDescriptor(manufacturer=NODE_MANUFACTURER, logical_type=2, capability=0x80, power=0xC440),
    manufacturers=(MANUFACTURER,),
    ieee_block=OLDER_BLOCK,
    firmwares=("20200226",),  # ASSUMPTION: no dump; the day its page was added
    quirks=(INTRODUCES_ITSELF, READS_TIME, SLEEPS, OCTET_STRINGS, HUB_ENCRYPTED),
)


class S1(Lock):
    """The S1: its events are numbers, and the management of users is a Lumi structure.

    ASSUMPTION: 0xFFF6 and 0xFFF2 are the S2's (decision 4); the S1's are not published.
    """

    product = product
    battery_range = (4500, 6000)  # ASSUMPTION: four alkaline cells; the page has no battery
    application_version = 1
    number_type = UINT32

    def packed_number(self, number: int) -> Value:
        return number

    def packed_management(self, code: int, user: int) -> bytes:
        return structure([(0x01, UINT32, code << 24 | user)])
