Feature: Time
  Radio, devices, host, broker and client share one virtual time. Long scenarios are skipped on hosts in real time.

  Scenario: A day and an hour of heartbeats
    Given a ZNCZ02LM called plug has joined
    And a WSDCGQ11LM called sensor has joined
    When 25 hours pass
    Then meanwhile plug published {"power": 0} 149 to 151 times
    And meanwhile sensor published {"voltage": 3000} 26 to 28 times
    And meanwhile bridge/state published nothing
    And meanwhile bridge/event published nothing
    And meanwhile the host logged no error or warning
    When the button of plug is pressed
    Then plug publishes {"state": "ON"} within 2 seconds
    When {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"} within 2 seconds

  Scenario: Energy adds up over hours of load
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    And plug draws 1000 W
    And 3 hours pass
    Then meanwhile plug published {"power": 1000} 18 to 20 times
    And plug publishes "energy" between 2.9 and 3.2 within 700 seconds

  Scenario: Permission to join ends by itself
    Given a ZNCZ02LM called plug that has not joined
    When joining is permitted for 200 seconds
    Then bridge/info holds {"permit_join": true}
    When 3 minutes pass
    Then bridge/info holds {"permit_join": true}
    When 1 minute passes
    Then bridge/info holds {"permit_join": false}
    When plug is paired
    And 3 minutes pass
    Then meanwhile bridge/event published nothing

  Scenario: A device that joins at the last moment
    Given a ZNCZ02LM called plug that has not joined
    When joining is permitted for 200 seconds
    And 195 seconds pass
    And plug is paired
    Then plug is interviewed and supported

  Scenario: A debounce lasts minutes
    Given a ZNCZ02LM called plug has joined
    And plug has the options {"debounce": 120}
    When the button of plug is pressed
    And 1 minute passes
    And plug draws 40 W
    And 100 seconds pass
    Then meanwhile plug published nothing
    When 1 minute passes
    Then meanwhile plug published {"state": "ON", "power": 40} 1 time

  Scenario: A device is without power for two days
    Given a ZNCZ02LM called plug has joined
    When plug loses power
    And 2 days pass
    Then meanwhile plug published nothing
    And meanwhile the host logged no error or warning
    When plug regains power
    Then plug publishes {"power_outage_count": 1} within 20 seconds
