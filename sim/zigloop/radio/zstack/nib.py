"""The network information base: the struct in NV that identifies the network."""

import random
from typing import Any, Final

import zigpy_znp.types as t

from zigloop.air.frame import COORDINATOR

#: Size of the NIB as aligned on a CC2652.
NIB_LENGTH: Final = 116


def new_nib(rng: random.Random, pan_id: int, epid: bytes, channel: int, mask: int) -> Any:
    """The NIB of a network just formed; the constants are a formed CC2652R's (docs/protocols.md 5.2)."""
    no_key = t.NwkKeyDesc(KeySeqNum=0, Key=t.KeyData(bytes(16)))
    return t.NIB(
        SequenceNum=rng.randrange(256),
        PassiveAckTimeout=5,
        MaxBroadcastRetries=2,
        MaxChildren=51,
        MaxDepth=15,
        MaxRouters=51,
        dummyNeighborTable=0,
        BroadcastDeliveryTime=30,
        ReportConstantCost=0,
        RouteDiscRetries=0,
        dummyRoutingTable=0,
        SecureAllFrames=1,
        SecurityLevel=5,
        SymLink=1,
        CapabilityFlags=0x8F,
        TransactionPersistenceTime=7,
        nwkProtocolVersion=2,
        RouteDiscoveryTime=13,
        RouteExpiryTime=30,
        nwkDevAddress=COORDINATOR,
        nwkLogicalChannel=channel,
        nwkCoordAddress=COORDINATOR,
        nwkCoordExtAddress=t.EUI64.deserialize(bytes(8))[0],
        nwkPanId=pan_id,
        nwkState=8,
        channelList=mask,
        beaconOrder=15,
        superFrameOrder=15,
        scanDuration=4,
        battLifeExt=0,
        allocatedRouterAddresses=1,
        allocatedEndDeviceAddresses=1,
        nodeDepth=0,
        extendedPANID=t.EUI64.deserialize(epid)[0],
        nwkKeyLoaded=True,
        spare1=no_key,
        spare2=no_key,
        spare3=0,
        spare4=0,
        nwkLinkStatusPeriod=15,
        nwkRouterAgeLimit=5,
        nwkUseMultiCast=False,
        nwkIsConcentrator=True,
        nwkConcentratorDiscoveryTime=120,
        nwkConcentratorRadius=10,
        nwkAllFresh=1,
        nwkManagerAddr=COORDINATOR,
        nwkTotalTransmissions=0,
        nwkUpdateId=0,
    )
