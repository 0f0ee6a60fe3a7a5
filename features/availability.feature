Feature: Availability
  Who is there, told on NAME/availability and retained: devices on mains are pinged when they were silent for ten minutes,
  those on batteries are given 25 hours.

  Scenario: Nothing is told unless it is wanted
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug/availability publishes nothing

  Scenario: A device that joins is online
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    Then plug/availability holds {"state": "online"}

  Scenario: A single device is watched
    Given a ZNCZ02LM called plug has joined
    When plug is given the options {"availability": true}
    And the button of plug is pressed
    Then plug/availability holds {"state": "online"}

  Scenario: A single device isn't watched
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When plug is given the options {"availability": false}
    And plug loses power
    And 1 hours pass
    And plug gets power again
    Then plug/availability never publishes {"state": "online"}

  Scenario: It moves with the name
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When the request device/rename is made with {"from": "plug", "to": "kitchen/plug"}
    Then kitchen/plug/availability holds {"state": "online"}
    And the last message on plug/availability is not retained

  @zigbee2mqtt-fails:what-it-retained-for-a-removed-device-stays
  Scenario: It goes with the device
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When the request device/remove is made with {"id": "plug"}
    Then the last message on plug/availability is not retained

  @zigbee2mqtt-fails:a-device-that-left-stays-online
  Scenario: A device that left is offline
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called guest has joined
    When guest leaves
    Then guest/availability holds {"state": "offline"}

  Scenario: It is told again after a restart
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When the host restarts
    Then plug/availability publishes {"state": "online"}

  # Mains

  Scenario: A silent plug is pinged, and answers
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When 30 minutes pass
    Then plug/availability holds {"state": "online"}

  Scenario: A plug without power is offline ten minutes later, and online as soon as it is heard
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When plug loses power
    And 9 minutes pass
    Then plug/availability holds {"state": "online"}
    When 3 minutes pass
    Then plug/availability holds {"state": "offline"}
    When plug gets power again
    Then plug/availability publishes {"state": "online"} within 3 seconds

  Scenario: A short timeout of its own
    Given a ZNCZ02LM called plug has joined
    And plug has the options {"availability": {"timeout": 0.1, "max_jitter": 0}}
    When the button of plug is pressed
    Then plug/availability holds {"state": "online"}
    When plug loses power
    Then plug/availability publishes {"state": "offline"} within 60 seconds
    When plug gets power again
    Then plug/availability publishes {"state": "online"}

  Scenario: Who is back is asked for its state
    Given a ZNCZ02LM called plug has joined
    When plug loses power
    And plug gets power again
    Then plug publishes {"state": "OFF"}

  Scenario: One that is away doesn't keep the others from being pinged
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    And a ZNCZ02LM called other has joined
    When plug loses power
    And 2 hours pass
    Then plug/availability holds {"state": "offline"}
    And other/availability holds {"state": "online"}

  # Batteries

  Scenario: A device on a battery is given 25 hours
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNXNKG02LM called knob has joined
    When knob loses power
    And 24 hours pass
    Then knob/availability holds {"state": "online"}
    When 2 hours pass
    Then knob/availability holds {"state": "offline"}
    And no command is sent to knob
    When knob gets power again
    And knob is pressed
    Then knob/availability holds {"state": "online"}

  Scenario: A device on a battery that speaks stays online
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNXNKG02LM called knob has joined
    When 3 days pass
    Then knob/availability holds {"state": "online"}

  # When it was last seen

  Scenario Outline: Messages tell when the device was last seen
    Given the host has the configuration {"advanced": {"last_seen": "<format>"}}
    And a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then the "last_seen" of plug looks like <pattern>

    Examples:
      | format         | pattern                                             |
      | ISO_8601       | \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z              |
      | ISO_8601_local | \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d         |
      | epoch          | \d{13}                                              |

  Scenario: Unless it is wanted, they don't
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug never publishes a "last_seen"

  Scenario: Then every frame is told, also one that says nothing else
    Given the host has the configuration {"advanced": {"last_seen": "epoch"}}
    And a ZNCZ02LM called plug has joined
    When plug loses power
    And plug gets power again
    Then plug publishes "last_seen" between 1e12 and 1e13

  Scenario: Messages tell how long it was since the one before
    Given the host has the configuration {"advanced": {"elapsed": true}}
    And a ZNCZ02LM called plug has joined
    # Its first heartbeat comes within 10 s.
    When 12 seconds pass
    And the button of plug is pressed
    Then plug publishes {"state": "ON"}
    When 5 seconds pass
    And the button of plug is pressed
    Then plug publishes "elapsed" between 4000 and 8000
