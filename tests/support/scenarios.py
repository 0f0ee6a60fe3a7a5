"""Runs scenarios in a project of their own."""

import pytest


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, scenarios: str, *options: str) -> pytest.RunResult:
    """The result of pytest on one feature with these scenarios, on our bridge."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(test_features="from pytest_bdd import scenarios\n\nscenarios('.')\n")
    (pytester.path / "scenarios.feature").write_text(f"Feature: Scenarios\n{scenarios}", encoding="utf-8")
    return pytester.runpytest_inprocess(*options)
