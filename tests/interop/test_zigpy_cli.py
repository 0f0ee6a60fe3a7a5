"""zigpy-cli's radio commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]


@pytest.fixture
def radio(serve: Callable[..., Any], zigpy: Callable[..., str]) -> Run:
    """`zigpy radio znp PORT …` on a radio that has formed a network."""
    port = serve("--baud", "0").port

    def run(*arguments: str) -> str:
        return zigpy("radio", "znp", port, *arguments)

    run("form")
    return run


def test_info(radio: Run) -> None:
    output = radio("info")
    assert "Channel" in output
    assert "PAN ID" in output


def test_backup_reset_restore(radio: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    radio("backup", str(first))
    radio("reset")
    radio("restore", str(first))
    radio("backup", str(second))
    kept = [json.loads(file.read_text()) for file in (first, second)]
    for key in ("coordinator_ieee", "pan_id", "extended_pan_id", "channel", "nwk_update_id"):
        assert kept[0][key] == kept[1][key], key
    assert kept[0]["network_key"]["key"] == kept[1]["network_key"]["key"]


def test_energy_scan(radio: Run) -> None:
    radio("energy-scan", "--num-scans", "1")


def test_network_scan(radio: Run) -> None:
    radio("network-scan", "--num-scans", "1")


def test_permit(radio: Run) -> None:
    radio("permit", "--join-time", "1")


def test_change_channel(radio: Run) -> None:
    radio("change-channel", "--channel", "20")
    assert "20" in radio("info")
