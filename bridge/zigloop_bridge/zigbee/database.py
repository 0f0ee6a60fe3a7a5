"""`database.db`: the devices of the network, in zigbee-herdsman's format (one JSON object per line).

Zigbee2MQTT can read the file that this bridge wrote, and vice versa. What this bridge doesn't use (groups,
bindings, reporting, cached attributes beside genBasic) is kept unchanged.
"""

import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zigloop_bridge.zcl import names
from zigloop_bridge.zigbee.device import (
    COORDINATOR,
    FAILED,
    PENDING,
    POWER_SOURCES,
    SUCCESSFUL,
    UNKNOWN,
    Basics,
    Device,
    Endpoint,
)

LOGGER = logging.getLogger(__name__)

# genBasic: key in the cached attributes (herdsman's attribute names) to the field of Basics
_ATTRIBUTES = {
    "modelId": "model_id",
    "manufacturerName": "manufacturer_name",
    "powerSource": "power_source",
    "zclVersion": "zcl_version",
    "appVersion": "app_version",
    "stackVersion": "stack_version",
    "hwVersion": "hw_version",
    "dateCode": "date_code",
    "swBuildId": "sw_build_id",
}
# The same at the top of a device's entry, where two have other names and the power source is a word.
_TOP = {
    "manufName": "manufacturer_name",
    "modelId": "model_id",
    "appVersion": "app_version",
    "stackVersion": "stack_version",
    "hwVersion": "hw_version",
    "dateCode": "date_code",
    "swBuildId": "sw_build_id",
    "zclVersion": "zcl_version",
}
_SOURCE_NUMBERS = {name: number for number, name in POWER_SOURCES.items()}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{16}\Z")
_TYPES = ("Coordinator", "Router", "EndDevice")


def dump(devices: Iterable[Device], others: Iterable[dict[str, Any]] = ()) -> str:
    """The file's text."""
    entries = [*(entry_of(device) for device in devices), *others]
    return "\n".join(json.dumps(entry, separators=(",", ":")) for entry in sorted(entries, key=lambda each: each["id"]))


def load(path: Path) -> tuple[list[Device], list[dict[str, Any]]]:
    """The devices in a file, and other entries such as groups. An invalid line is logged and skipped.

    Raises OSError and UnicodeDecodeError: a file that can't be read must not be overwritten.
    """
    devices: list[Device] = []
    others: list[dict[str, Any]] = []
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return devices, others
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if entry["type"] in _TYPES:
                devices.append(device_of(entry))
            else:
                others.append({**entry, "id": int(entry["id"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            LOGGER.error("%s, line %d: skipping an invalid device entry (%r)", path.name, number, error)
    return devices, others


def entry_of(device: Device) -> dict[str, Any]:
    """A device's line in the file."""
    entry: dict[str, Any] = {
        "id": device.number,
        "type": device.type,
        "ieeeAddr": device.ieee,
        "nwkAddr": device.nwk,
        "manufId": device.manufacturer_id,
        "manufName": device.basics.manufacturer_name,
        "powerSource": device.power_source,
        "modelId": device.basics.model_id,
        "epList": list(device.endpoints),
        "endpoints": {str(each.number): _endpoint_entry(device, each) for each in device.endpoints.values()},
    }
    for key, attribute in _TOP.items():
        entry.setdefault(key, getattr(device.basics, attribute))
    entry["interviewCompleted"] = device.interview_state == SUCCESSFUL
    entry["interviewState"] = device.interview_state
    entry["meta"] = {key: value for key, value in device.meta.items() if not key.startswith("_")}
    if device.last_seen is not None:
        entry["lastSeen"] = int(device.last_seen * 1000)
    return {key: value for key, value in entry.items() if value is not None}


def _endpoint_entry(device: Device, endpoint: Endpoint) -> dict[str, Any]:
    kept = device.meta.get("_endpoints", {}).get(endpoint.number, {})
    cached = dict(kept.get("clusters", {}))
    if names.BASIC in endpoint.input_clusters:
        known = {key: getattr(device.basics, attribute) for key, attribute in _ATTRIBUTES.items()}
        attributes = dict(cached.get("genBasic", {}).get("attributes", {}))
        attributes |= {key: value for key, value in known.items() if value is not None}
        cached["genBasic"] = {"attributes": attributes}
    return {
        "profId": endpoint.profile,
        "epId": endpoint.number,
        "devId": endpoint.device_type,
        "inClusterList": endpoint.input_clusters,
        "outClusterList": endpoint.output_clusters,
        "clusters": cached,
        "binds": kept.get("binds", []),
        "configuredReportings": kept.get("configuredReportings", []),
        "meta": kept.get("meta", {}),
    }


def device_of(entry: dict[str, Any]) -> Device:
    """The device of a line. KeyError, ValueError, TypeError or AttributeError when the line isn't one of a device."""
    basics = Basics(**{attribute: entry.get(key) for key, attribute in _TOP.items()})
    basics.power_source = _SOURCE_NUMBERS.get(entry.get("powerSource", ""))
    endpoints = {}
    kept = {}
    for number in entry.get("epList", []):
        found = entry["endpoints"][str(number)]
        endpoints[number] = Endpoint(
            number,
            found.get("profId"),
            found.get("devId"),
            list(found.get("inClusterList", [])),
            list(found.get("outClusterList", [])),
        )
        kept[number] = {key: found.get(key, []) for key in ("binds", "configuredReportings")}
        kept[number] |= {key: found.get(key, {}) for key in ("clusters", "meta")}
    if not _ADDRESS.match(entry["ieeeAddr"]):
        raise ValueError(f"'{entry['ieeeAddr']}' is not an address")
    completed = SUCCESSFUL if entry.get("interviewCompleted") else PENDING
    device = Device(
        ieee=entry["ieeeAddr"].lower(),
        nwk=int(entry["nwkAddr"]),
        type=entry.get("type", UNKNOWN),
        manufacturer_id=entry.get("manufId"),
        basics=basics,
        endpoints=endpoints,
        interview_state=FAILED if entry.get("interviewState") == FAILED else completed,
        number=int(entry["id"]),
        last_seen=entry["lastSeen"] / 1000 if entry.get("lastSeen") else None,
        meta={**entry.get("meta", {}), "_endpoints": kept},
    )
    if device.type != COORDINATOR:
        device.identify()
    return device
