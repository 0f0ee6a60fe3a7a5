"""Steps about messages: quality of service, retained ones, topics, paths, ranges, numbers and orders of messages."""

import pytest

import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice
from tests.support.scenarios import run

RIGHT = """
  Scenario: Quality of service and retained messages outside the base topic
    When "hello" is published retained to /home/greeting with QoS 1
    Then /home/greeting publishes "hello" with QoS 1
    And /home/greeting holds "hello"
    And the last message on /home/greeting is retained
    When an empty message is published retained to /home/greeting
    Then the last message on /home/greeting is not retained

  Scenario: Numbers and texts
    When 21.5 is published to /home/temperature
    And at once null is published to /home/nothing
    Then /home/temperature publishes 21.5
    And /home/temperature publishes 21.50 once
    And /home/nothing publishes null

  Scenario: Paths and ranges
    When {"color": {"x": 0.3, "y": [1, 2]}, "state": "ON"} is published to /home/lamp
    Then /home/lamp publishes "color.x" between 0.2 and 0.4
    And /home/lamp publishes {"state": "ON"} with "color.x" between 0 and 1 and "color.y[1]" between 2 and 2
    And /home/lamp publishes a "color.y[0]"
    And the "color.y" of /home/lamp matches \\[1, 2\\]
    And /home/lamp never publishes a "color.z"
    And /home/lamp never publishes "color.x" between 0.4 and 1

  Scenario: How often, in which order, and when
    When 1 is published to /home/a
    And at once 2 is published to /home/b
    And at once 1 is published to /home/a
    Then /home/a publishes 1 2 times
    And /home/a publishes 1 at most 2 times
    And /home/b publishes 2 once
    And /home/a publishes 1, then /home/b publishes 2 within 1 second of it, then /home/a publishes 1
    And /home/b publishes 2 within 1 second of the stimulus

  Scenario: A device's message within a time of the stimulus
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And 5 seconds pass
    Then plug publishes {"state": "ON"} within 1 second of the stimulus
"""

WRONG = """
  Scenario: Another quality of service
    When "hello" is published to /home/greeting
    Then /home/greeting publishes "hello" with QoS 2 within 1 second

  Scenario: Not retained
    When "hello" is published to /home/greeting
    Then /home/greeting holds "hello"

  Scenario: No such path
    When {"color": {"x": 0.3}} is published to /home/lamp
    Then /home/lamp publishes a "color.y" within 1 second

  Scenario: Out of range beside the right text
    When {"color": {"x": 0.3}, "state": "ON"} is published to /home/lamp
    Then /home/lamp publishes {"state": "ON"} with "color.x" between 0.4 and 1 within 1 second

  Scenario: Too often
    When 1 is published to /home/a
    And at once 1 is published to /home/a
    Then /home/a publishes 1 once

  Scenario: More than at most
    When 1 is published to /home/a
    And at once 1 is published to /home/a
    Then /home/a publishes 1 at most once

  Scenario: Not often enough
    When 1 is published to /home/a
    Then /home/a publishes 1 2 times

  Scenario: The other order
    When 1 is published to /home/a
    And at once 2 is published to /home/a
    Then /home/a publishes 2, then 1

  Scenario: Too long after the other
    When 1 is published to /home/a
    And 3 seconds pass
    And at once 2 is published to /home/a
    Then /home/a publishes 1, then 2 within 2 seconds of it

  Scenario: Too long after the stimulus
    When 1 is published to /home/a
    And 3 seconds pass
    And at once 2 is published to /home/a
    Then /home/a publishes 2 within 1 second of the stimulus

  Scenario: A text instead of a number
    When "1" is published to /home/a
    Then /home/a publishes 1 within 1 second
"""


def test_steps_of_messages_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, RIGHT).assert_outcomes(passed=RIGHT.count("Scenario:"))


def test_steps_of_messages_fail(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, WRONG).assert_outcomes(failed=WRONG.count("Scenario:"))
