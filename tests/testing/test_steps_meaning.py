"""What steps mean: scenarios as a new user writes them, in a project of their own, each with its verdict."""

import pytest

import zigloop_bridge.host  # noqa: F401 - pytester forgets what is imported while it runs, and zigpy can't be imported twice
from tests.support.scenarios import run

RIGHT = """
  Scenario: A message of the control before is no answer
    Given a ZNCZ02LM called plug has joined
    And the button of plug is pressed
    When plug draws 42 W
    Then plug publishes "power" between 41 and 43

  Scenario: Silence after a press and another stimulus
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And plug is at 30 °C
    Then plug publishes nothing

  Scenario: Cached keys in a message about something else don't decide
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And at once plug draws 42 W
    Then plug publishes "power" between 41 and 43
    And the "power" of plug matches 42

  Scenario: All messages of one report belong to it
    Given a WSDCGQ11LM called sensor has joined
    And it is 30 °C at sensor
    When the battery of sensor is at 50 %
    Then sensor publishes nothing

  Scenario: A restart right after a control loses nothing
    Given a ZNCZ02LM called plug has joined
    And the button of plug is pressed
    When the host restarts
    And plug draws 7 W
    Then plug publishes {"state": "ON", "power": 7}

  Scenario: Of two devices the silent one is silent
    Given a ZNCZ02LM called plug has joined
    And a WSDCGQ11LM called sensor has joined
    When the button of plug is pressed
    Then plug publishes {"state": "ON"}
    And sensor publishes nothing within 60 seconds

  Scenario: Time belongs to the stimulus before it
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When plug drops off
    And 15 minutes pass
    Then plug/availability publishes {"state": "offline"}

  Scenario: Time after Given
    Given a ZNCZ02LM called plug has joined
    And 10 minutes pass
    When the button of plug is pressed
    Then plug publishes {"state": "ON"}

  Scenario: It has joined, so it is interviewed
    Given a ZNCZ02LM called plug has joined
    Then plug is interviewed and supported

  Scenario: Without a When, Then looks from the last Given on
    Given a ZNCZ02LM called plug has joined
    And plug is at 40 °C
    And the button of plug is pressed
    Then plug publishes {"state": "ON"}
    And plug publishes {"state": "ON"} once

  Scenario: Joining itself is not looked at
    Given a ZNCZ02LM called plug has joined
    Then plug publishes nothing
    And bridge/event publishes nothing

  Scenario: At once, both are looked at
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And at once the button of plug is pressed
    And at once {"state": ""} is published to plug/get
    Then plug publishes {"state": "OFF"}
    When the request health_check is made
    And at once the button of plug is pressed
    Then bridge/response/health_check publishes {"status": "ok"}
    And plug publishes {"state": "ON"}

  Scenario: Options apply to the next report
    Given a ZNCZ02LM called plug has joined
    When plug is given the options {"device_temperature_calibration": 5}
    And plug sends its heartbeat
    Then plug publishes {"device_temperature": 30}
"""

WRONG = """
  Scenario: The message of a control before a stimulus
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And plug is at 30 °C
    Then plug publishes {"state": "ON"}

  Scenario: The message of a Given before a When
    Given a ZNCZ02LM called plug has joined
    And the button of plug is pressed
    When the host restarts
    Then plug publishes "power" between 1 and 2

  Scenario: No message has the value
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And at once plug draws 42 W
    Then plug publishes "power" between 43 and 44

  Scenario: No message has the text
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then the "state" of plug matches O[F]+

  Scenario: A message that came while time passed
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And 15 minutes pass
    Then plug publishes nothing

  Scenario: A device that isn't interviewed
    Given a ZNCZ02LM called plug that has not joined
    Then plug is interviewed and supported
"""


def test_what_a_new_user_writes_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, RIGHT).assert_outcomes(passed=RIGHT.count("Scenario:"))


def test_what_is_wrong_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, WRONG).assert_outcomes(failed=WRONG.count("Scenario:"))
