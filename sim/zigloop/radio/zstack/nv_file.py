"""The file that keeps a radio's NV memory, and how items are named.

An item is named by (system, item, sub-item). Item N of the older commands is (1, 0, N), as in the firmware; the tables
of Z-Stack 3.x.0 are (1, table, index).

The file is JSON in the format of `zigpy_znp.tools.nvram_read`, so that a dump of a real CC2652 can be used as a radio's
state.
"""

import json
from pathlib import Path
from typing import Final, NamedTuple

from zigpy_znp.types.nvids import NWK_NVID_TABLES, ExNvIds, NvSysIds, OsalNvIds

from zigloop.radio.zstack.nib import NIB_LENGTH

#: An item never spans two flash pages (TI's NVOCMP).
MAX_ITEM_LENGTH: Final = 4096
#: Structs whose length shows how a radio aligns them, and so which radio it is (docs/protocols.md 2).
_LENGTHS: Final = {OsalNvIds.NIB: NIB_LENGTH, OsalNvIds.NWKKEY: 24}


class Key(NamedTuple):
    """The name of an NV item."""

    system: int
    item: int
    sub: int


def legacy(item: int) -> Key:
    """The key of what the OSAL commands call `item`."""
    return Key(NvSysIds.ZSTACK, ExNvIds.LEGACY, item)


def dump(items: dict[Key, bytes]) -> dict[str, dict[str, str]]:
    """The items as JSON."""
    sections: dict[str, dict[str, str]] = {}
    for key, value in sorted(items.items()):
        if key.system != NvSysIds.ZSTACK:
            section = f"SYS {key.system} ITEM 0x{key.item:04X}"
        elif key.item in ExNvIds.__members__.values():
            section = ExNvIds(key.item).name
        else:
            section = f"0x{key.item:04X}"
        name = f"0x{key.sub:04X}"
        if section == "LEGACY":
            name = _legacy_name(key.sub)
        sections.setdefault(section, {})[name] = value.hex()
    return sections


def _legacy_name(item: int) -> str:
    for start, end in NWK_NVID_TABLES.items():
        if start <= item <= end:
            return f"{start.name}+{item - start}"
    return OsalNvIds(item).name if item in OsalNvIds.__members__.values() else f"0x{item:04X}"


def load(file: Path) -> dict[Key, bytes]:
    """The items in a file. ValueError when it is invalid, or from another kind of radio."""
    try:
        sections = json.loads(file.read_text(encoding="utf-8"))
        items = {}
        for section, entries in sections.items():
            if section.startswith("SYS "):
                _, system, _, item = section.split(" ")
                table = (int(system), int(item, 16))
            elif section.startswith("0x"):
                table = (int(NvSysIds.ZSTACK), int(section, 16))
            else:
                table = (int(NvSysIds.ZSTACK), int(ExNvIds[section]))
            for name, value in entries.items():
                sub = _legacy_item(name) if section == "LEGACY" else int(name, 16)
                data = bytes.fromhex(value)
                if not 0 < len(data) <= MAX_ITEM_LENGTH:
                    raise ValueError(f"{section} {name} has {len(data)} bytes")
                items[Key(*table, sub)] = data
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{file} is not a radio's state ({type(error).__name__}: {error}); "
            "give another file, or remove this one to start with a blank radio"
        ) from error
    for item, length in _LENGTHS.items():
        if len(items.get(legacy(item), b"")) not in (0, length):
            raise ValueError(
                f"{file} is the state of another kind of radio, a CC2531 perhaps: its {OsalNvIds(item).name} has "
                f"{len(items[legacy(item)])} bytes, a CC2652's {length}; give another file"
            )
    return items


def _legacy_item(name: str) -> int:
    if name.startswith("0x"):
        return int(name, 16)
    start, _, offset = name.partition("+")
    return int(OsalNvIds[start]) + int(offset or 0)
