"""The tools that come with zigpy-znp."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Serve = Callable[..., Any]
Tool = Callable[..., str]


@pytest.fixture
def port(serve: Serve) -> str:
    """A blank radio on TCP, unpaced: these tools move thousands of NV items."""
    return str(serve("--baud", "0").port)


@pytest.fixture
def serial_port(serve: Serve, tmp_path: Path) -> str:
    """A blank radio on a serial port, as slow as a real one."""
    return str(serve("--pty", str(tmp_path / "ttyZigbee")).port)


def form(zigpy: Tool, port: str) -> None:
    zigpy("radio", "znp", port, "form")


def backup(tool: Tool, port: str, file: Path) -> dict[str, Any]:
    tool("zigpy_znp.tools.network_backup", port, "-o", str(file))
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_energy_scan(zigpy: Tool, tool: Tool, port: str) -> None:
    form(zigpy, port)
    output = tool("zigpy_znp.tools.energy_scan", port, "-n", "1")
    assert all(f" {channel} " in output for channel in range(11, 27)), output


def test_network_scan(zigpy: Tool, tool: Tool, port: str) -> None:
    form(zigpy, port)
    tool("zigpy_znp.tools.network_scan", port, "-n", "1")


def test_nvram_read_reset_write(zigpy: Tool, tool: Tool, port: str, tmp_path: Path) -> None:
    form(zigpy, port)
    before, blank, after = tmp_path / "before.json", tmp_path / "blank.json", tmp_path / "after.json"
    tool("zigpy_znp.tools.nvram_read", port, "-o", str(before))
    tool("zigpy_znp.tools.nvram_reset", port)
    tool("zigpy_znp.tools.nvram_read", port, "-o", str(blank))
    assert json.loads(before.read_text()) != json.loads(blank.read_text())
    tool("zigpy_znp.tools.nvram_write", port, "-i", str(before))
    tool("zigpy_znp.tools.nvram_read", port, "-o", str(after))
    written, read = json.loads(before.read_text()), json.loads(after.read_text())
    # The frame counter goes on, and the tool itself doesn't write what it calls unknown.
    assert written["LEGACY"]["NIB"] == read["LEGACY"]["NIB"]
    assert written["LEGACY"]["NWK_ACTIVE_KEY_INFO"] == read["LEGACY"]["NWK_ACTIVE_KEY_INFO"]


def test_a_network_restored_into_a_blank_radio_is_the_same_network(
    zigpy: Tool, tool: Tool, serial_port: str, serve: Serve, tmp_path: Path
) -> None:
    form(zigpy, serial_port)
    original = backup(tool, serial_port, tmp_path / "original.json")
    other = str(serve("--baud", "0", "--seed", "7").port)
    tool("zigpy_znp.tools.network_restore", other, "-i", str(tmp_path / "original.json"))
    restored = backup(tool, other, tmp_path / "restored.json")
    for file in (original, restored):
        del file["metadata"]
        # A restored radio starts ahead of the old one's counter, or its frames would be dropped as replays.
        file["network_key"].pop("frame_counter")
    assert restored == original
