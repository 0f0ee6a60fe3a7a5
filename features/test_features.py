"""Runs every feature file of this folder; the steps come with the pytest plugin."""

from pytest_bdd import scenarios

scenarios(".")
