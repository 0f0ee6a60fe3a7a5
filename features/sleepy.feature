Feature: Devices that sleep
  A device on a battery hears only right after it spoke. What it is told meanwhile waits until it is next heard. Zigbee2MQTT
  keeps messages only for devices that check in by the specification's poll control, which these don't have.

  Background:
    Given a ZNXNKG02LM called knob has joined
    When 1 minutes pass

  Scenario: What it is told waits, and the host says so
    When {"sensitivity": "high"} is published to knob/set
    Then the host logs an info with "Publish 'set' 'sensitivity' to 'knob' waits" within 60 seconds
    And knob never publishes {"sensitivity": "high"} within 60 seconds
    And the host logs no error
    And knob itself has {"sensitivity": "medium"}

  Scenario: It gets it as soon as it is heard, whatever it says
    When {"sensitivity": "high"} is published to knob/set
    And 2 hours pass
    Then knob itself has {"sensitivity": "high"}

  Scenario: It hears at once while it is awake
    When knob is pressed
    And {"sensitivity": "low"} is published to knob/set
    Then knob publishes {"sensitivity": "low"} within 2 seconds

  Scenario: The last of several settings counts, and is sent once
    When {"sensitivity": "high"} is published to knob/set
    And {"sensitivity": "low"} is published to knob/set
    And 2 minutes pass
    And knob is pressed
    Then knob publishes {"sensitivity": "low"}
    And knob never publishes {"sensitivity": "high"} within 10 seconds
    And knob itself has {"sensitivity": "low"}

  Scenario: Several things wait at once
    When {"sensitivity": "high", "operation_mode": "command"} is published to knob/set
    And 2 minutes pass
    And knob is pressed
    Then knob publishes {"sensitivity": "high"}
    And knob publishes {"operation_mode": "command"}
    And knob itself has {"sensitivity": "high", "operation_mode": "command"}

  Scenario: A question waits, too
    When {"sensitivity": ""} is published to knob/get
    Then the host logs an info with "Publish 'get' 'sensitivity' to 'knob' waits" within 60 seconds
    When knob is pressed
    Then knob publishes {"sensitivity": "medium"}
    And the host logs no error

  Scenario: Nobody waits for ever
    Given knob loses power
    When {"sensitivity": "high"} is published to knob/set
    And 25 hours pass
    And knob gets power again
    And knob is pressed
    And 1 minutes pass
    Then knob itself has {"sensitivity": "medium"}

  Scenario: It is told what becomes of it when nobody hears of the device for a day
    Given knob loses power
    When {"sensitivity": "high"} is published to knob/set
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: it wasn't heard for 24 hours'" within 90000 seconds

  Scenario: What waits for a device that is removed is told
    When {"sensitivity": "high"} is published to knob/set
    And 1 minutes pass
    And the request device/remove is made with {"id": "knob", "force": true}
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: the device was removed'"

  Scenario: What waits doesn't outlive the host
    When {"sensitivity": "high"} is published to knob/set
    And 1 minutes pass
    And the host restarts
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: the bridge stops'"
