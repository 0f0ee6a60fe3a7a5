Feature: Devices that sleep
  A battery-powered device receives only right after it has sent something. The host keeps commands until the device is
  next heard. Zigbee2MQTT keeps them only for devices with the Poll Control cluster, which these lack.

  Background:
    Given a ZNXNKG02LM called knob has joined
    And 1 minute passes

  Scenario: A command waits while the device sleeps, and the host logs it
    When {"sensitivity": "high"} is published to knob/set
    Then the host logs an info with "Publish 'set' 'sensitivity' to 'knob' is pending" within 60 seconds
    And knob never publishes {"sensitivity": "high"} within 60 seconds
    And the host logs no error
    And knob itself has {"sensitivity": "medium"}

  Scenario: The command is sent when the device is next heard, whatever it sends
    When {"sensitivity": "high"} is published to knob/set
    And 2 hours pass
    Then knob itself has {"sensitivity": "high"}

  Scenario: A command is sent at once while the device is awake
    When knob is pressed
    And {"sensitivity": "low"} is published to knob/set
    Then knob publishes {"sensitivity": "low"} within 2 seconds

  Scenario: Only the last of several values is sent, once
    When {"sensitivity": "high"} is published to knob/set
    And {"sensitivity": "low"} is published to knob/set
    And 2 minutes pass
    And knob is pressed
    Then knob publishes {"sensitivity": "low"}
    And knob never publishes {"sensitivity": "high"} within 10 seconds
    And knob itself has {"sensitivity": "low"}

  Scenario: Several commands can wait
    When {"sensitivity": "high", "operation_mode": "command"} is published to knob/set
    And 2 minutes pass
    And knob is pressed
    Then knob publishes {"sensitivity": "high"}
    And knob publishes {"operation_mode": "command"}
    And knob itself has {"sensitivity": "high", "operation_mode": "command"}

  Scenario: A read waits too
    When {"sensitivity": ""} is published to knob/get
    Then the host logs an info with "Publish 'get' 'sensitivity' to 'knob' is pending" within 60 seconds
    When knob is pressed
    Then knob publishes {"sensitivity": "medium"}
    And the host logs no error

  Scenario: A command expires
    Given knob loses power
    When {"sensitivity": "high"} is published to knob/set
    And 25 hours pass
    And knob regains power
    And knob is pressed
    And 1 minutes pass
    Then knob itself has {"sensitivity": "medium"}

  Scenario: An error is logged when a command expires after a day of silence
    Given knob loses power
    When {"sensitivity": "high"} is published to knob/set
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: it wasn't heard for 24 hours'" within 90000 seconds

  Scenario: An error is logged when the device is removed while a command waits
    When {"sensitivity": "high"} is published to knob/set
    And 1 minutes pass
    And the request device/remove is made with {"id": "knob", "force": true}
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: the device was removed'"

  Scenario: Waiting commands are lost when the host stops
    When {"sensitivity": "high"} is published to knob/set
    And 1 minutes pass
    And the host restarts
    Then the host logs an error with "Publish 'set' 'sensitivity' to 'knob' failed: 'Error: the bridge is stopping'"
