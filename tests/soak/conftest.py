"""Runs of minutes, for problems that show only after a long time."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.soak:
        skip = pytest.mark.skip(reason="ten minutes: run it with --soak")
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(skip)
