"""Compares the radio's network with the configuration, and forms or restores it.

A radio with a network must have the configured one; missing keys are taken from the radio. A blank radio gets the
network of `coordinator_backup.json` if that matches the configuration, so that no device has to be paired again;
otherwise a new one. A network is never overwritten.
"""

import json
import logging
import secrets
from pathlib import Path
from typing import Any

import zigpy.backups
import zigpy.state
import zigpy.types as t
import zigpy.zdo.types as zdo_t
from zigpy.exceptions import NetworkNotFormed

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.config.schema import DEFAULT_CHANNEL, AdvancedConfig
from zigloop_bridge.storage import write_atomically
from zigloop_bridge.zigbee.controller import Controller

LOGGER = logging.getLogger(__name__)

BACKUP_FILE = "coordinator_backup.json"
DEFAULT_EXT_PAN_ID = [0xDD] * 8  # zigbee-herdsman's value for any


class WrongNetworkError(Exception):
    """The radio is on another network than that of the configuration."""


class UnfinishedError(Exception):
    """Writing a network to a blank radio failed (see the exception's cause); the radio may hold parts of it."""


async def settle(controller: Controller, file: ConfigFile, *, unfinished: bool = False) -> str:
    """Bring the connected radio onto its network, without starting it.

    `unfinished`: the last try to do so ended in `UnfinishedError`, so an unknown network is left from that, and is
    overwritten. Returns what was done, in zigbee-herdsman's words: resumed, restored or reset. Raises
    `WrongNetworkError` or `UnfinishedError`.
    """
    advanced = file.config.advanced
    try:
        await controller.load_network_info(load_devices=False)
        if unfinished and _differences(advanced, controller.state.network_info):
            raise NetworkNotFormed
    except NetworkNotFormed:
        try:
            done = await _write(controller, file)
        except Exception as error:
            raise UnfinishedError(str(error)) from error
    else:
        done = "resumed"
    differences = _differences(advanced, controller.state.network_info)
    if differences:
        raise WrongNetworkError(
            "The radio's network differs from the configuration: "
            + "; ".join(differences)
            + ". Correct the configuration, or erase the radio if its network is no longer wanted"
        )
    _adopt(file, controller.state.network_info)
    return done


async def _write(controller: Controller, file: ConfigFile) -> str:
    """Write the network of the backup into a blank radio, or else a new one."""
    backup = _load_backup(file)
    if backup is not None and not _differences(file.config.advanced, backup.network_info):
        LOGGER.info("The radio is blank: restoring the network from %s", BACKUP_FILE)
        await controller.backups.restore_backup(backup, create_new=False)
        done = "restored"
    else:
        LOGGER.info("The radio is blank: forming a new network")
        await _form(controller, file)
        done = "reset"
    await controller.load_network_info(load_devices=False)
    return done


def _differences(advanced: AdvancedConfig, network: Any) -> list[str]:
    """The keys of the configuration that differ from `network`. Missing keys are ignored."""
    found: list[str] = []
    if isinstance(advanced.pan_id, int) and advanced.pan_id != network.pan_id:
        found.append(f"advanced.pan_id is {advanced.pan_id}, the radio's is {int(network.pan_id)}")
    theirs = list(network.extended_pan_id.serialize())[::-1]
    ours = advanced.ext_pan_id
    # herdsman accepts both byte orders, since older versions of it wrote the wrong one.
    if isinstance(ours, list) and ours != DEFAULT_EXT_PAN_ID and theirs not in (ours, ours[::-1]):
        found.append(f"advanced.ext_pan_id is {ours}, the radio's is {theirs}")
    if isinstance(advanced.network_key, list) and bytes(advanced.network_key) != network.network_key.key.serialize():
        found.append("advanced.network_key is another one than the radio's")
    if advanced.channel is not None and advanced.channel != network.channel:
        found.append(f"advanced.channel is {advanced.channel}, the radio's is {int(network.channel)}")
    return found


def _adopt(file: ConfigFile, network: Any) -> None:
    """Add missing keys to the configuration, so that they hold also for another radio."""
    advanced = file.config.advanced
    if not isinstance(advanced.pan_id, int):
        file.set("advanced", "pan_id", int(network.pan_id))
    if not isinstance(advanced.ext_pan_id, list):
        file.set("advanced", "ext_pan_id", list(network.extended_pan_id.serialize())[::-1])
    if not isinstance(advanced.network_key, list):
        file.set("advanced", "network_key", list(network.network_key.key.serialize()))
    if advanced.channel is None:
        file.set("advanced", "channel", int(network.channel))


async def _form(controller: Controller, file: ConfigFile) -> None:
    """Write a new network into the radio: the configuration's values, random ones where it has none."""
    advanced = file.config.advanced
    pan_id = advanced.pan_id if isinstance(advanced.pan_id, int) else 1 + secrets.randbelow(0xFFFD)
    ext_pan_id = advanced.ext_pan_id if isinstance(advanced.ext_pan_id, list) else list(secrets.token_bytes(8))
    key = bytes(advanced.network_key) if isinstance(advanced.network_key, list) else secrets.token_bytes(16)
    channel = advanced.channel or DEFAULT_CHANNEL
    await controller.write_network_info(
        network_info=zigpy.state.NetworkInfo(
            extended_pan_id=t.ExtendedPanId(ext_pan_id[::-1]),
            pan_id=t.PanId(pan_id),
            nwk_update_id=t.uint8_t(0),
            nwk_manager_id=t.NWK(0),
            channel=t.uint8_t(channel),
            channel_mask=t.Channels.from_channel_list([channel]),
            security_level=t.uint8_t(5),
            network_key=zigpy.state.Key(key=t.KeyData(key), tx_counter=0, rx_counter=0, seq=0),
        ),
        node_info=zigpy.state.NodeInfo(nwk=t.NWK(0), ieee=t.EUI64.UNKNOWN, logical_type=zdo_t.LogicalType.Coordinator),
    )


def _load_backup(file: ConfigFile) -> Any:
    """The backup beside the configuration, None when there is none that can be used."""
    path = _backup_path(file)
    if path is None or not path.exists():
        return None
    try:
        backup = zigpy.backups.NetworkBackup.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        LOGGER.error("%s can't be read (%r), so the network can't be restored", path, error)
        return None
    if not backup.is_complete():
        LOGGER.error("%s is incomplete, so the network can't be restored", path)
        return None
    return backup


async def save_backup(controller: Controller, file: ConfigFile) -> None:
    """Write `coordinator_backup.json`, an open coordinator backup. Reading the tables takes a second."""
    path = _backup_path(file)
    if path is None:
        return
    backup = await controller.backups.create_backup(load_devices=True)
    text = json.dumps(backup.as_open_coordinator_json(), indent=2)
    write_atomically(path, text + "\n")
    LOGGER.debug("Wrote %s", path)


def _backup_path(file: ConfigFile) -> Path | None:
    return None if file.data_path is None else file.data_path / BACKUP_FILE
