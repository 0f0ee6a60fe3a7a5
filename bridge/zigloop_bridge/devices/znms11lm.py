"""Aqara ZNMS11LM, the smart door lock (S1)."""

from zigloop_bridge.converters import exposes, locks
from zigloop_bridge.converters.definition import Definition

definition = Definition(
    zigbee_models=("lumi.lock.aq1",),
    model="ZNMS11LM",
    vendor="Aqara",
    description="Smart door lock",
    exposes=(locks.STATE, locks.REVERSE, exposes.action(locks.ACTIONS)),
    options=(locks.LEGACY,),
    decoders=(locks.events(locks.of_integer, locks.managed_in_structure, data=True),),
    notices=(locks.ENCRYPTED_FOR_HUB,),
    ota=True,
)
