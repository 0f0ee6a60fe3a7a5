Feature: Availability
  NAME/availability, retained: mains-powered devices are pinged after ten minutes of silence, battery-powered ones are
  offline after 25 hours of it.

  Scenario: Nothing is published unless availability is enabled
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug/availability publishes nothing

  Scenario: A device that joins is online
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    Then plug/availability holds {"state": "online"}

  Scenario: Availability is enabled for a single device
    Given a ZNCZ02LM called plug has joined
    When plug is given the options {"availability": true}
    And the button of plug is pressed
    Then plug/availability holds {"state": "online"}

  Scenario: Availability is disabled for a single device
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When plug is given the options {"availability": false}
    And plug loses power
    And 1 hours pass
    And plug regains power
    Then plug/availability never publishes {"state": "online"}

  Scenario: It moves when the device is renamed
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When the request device/rename is made with {"from": "plug", "to": "kitchen/plug"}
    Then kitchen/plug/availability holds {"state": "online"}
    And the last message on plug/availability is not retained

  @zigbee2mqtt-fails:what-it-retained-for-a-removed-device-stays
  Scenario: It is cleared when the device is removed
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

  Scenario: It is published again after a restart
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

  Scenario: A plug without power goes offline ten minutes later, and online with its next frame
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    When plug loses power
    And 9 minutes pass
    Then plug/availability holds {"state": "online"}
    When 3 minutes pass
    Then plug/availability holds {"state": "offline"}
    When plug regains power
    Then plug/availability publishes {"state": "online"} within 3 seconds

  Scenario: A timeout set for one device
    Given a ZNCZ02LM called plug has joined
    And plug has the options {"availability": {"timeout": 0.1, "max_jitter": 0}}
    When the button of plug is pressed
    Then plug/availability holds {"state": "online"}
    When plug loses power
    Then plug/availability publishes {"state": "offline"} within 60 seconds
    When plug regains power
    Then plug/availability publishes {"state": "online"}

  Scenario: A device that returns is asked for its state
    Given a ZNCZ02LM called plug has joined
    When plug loses power
    And plug regains power
    Then plug publishes {"state": "OFF"}

  Scenario: A device that is offline doesn't keep others from being pinged
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNCZ02LM called plug has joined
    And a ZNCZ02LM called other has joined
    When plug loses power
    And 2 hours pass
    Then plug/availability holds {"state": "offline"}
    And other/availability holds {"state": "online"}

  # Batteries

  Scenario: A battery-powered device goes offline after 25 hours
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNXNKG02LM called knob has joined
    When knob loses power
    And 24 hours pass
    Then knob/availability holds {"state": "online"}
    When 2 hours pass
    Then knob/availability holds {"state": "offline"}
    And no command is sent to knob
    When knob regains power
    And knob is pressed
    Then knob/availability holds {"state": "online"}

  Scenario: A battery-powered device that reports stays online
    Given the host has the configuration {"availability": {"enabled": true}}
    And a ZNXNKG02LM called knob has joined
    When 3 days pass
    Then knob/availability holds {"state": "online"}

  # Last seen

  Scenario Outline: Messages carry the time when the device was last seen
    Given the host has the configuration {"advanced": {"last_seen": "<format>"}}
    And a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then the "last_seen" of plug matches <pattern>

    Examples:
      | format         | pattern                                             |
      | ISO_8601       | \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z              |
      | ISO_8601_local | \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d         |
      | epoch          | \d{13}                                              |

  Scenario: By default messages carry no last_seen
    Given a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug never publishes a "last_seen"

  Scenario: With last_seen every frame is published, even one with no other value
    Given the host has the configuration {"advanced": {"last_seen": "epoch"}}
    And a ZNCZ02LM called plug has joined
    When plug loses power
    And plug regains power
    Then plug publishes "last_seen" between 1e12 and 1e13

  Scenario: Messages carry the time since the previous one
    Given the host has the configuration {"advanced": {"elapsed": true}}
    And a ZNCZ02LM called plug has joined
    When the button of plug is pressed
    Then plug publishes {"state": "ON"}
    When 5 seconds pass
    And the button of plug is pressed
    Then plug publishes "elapsed" between 4000 and 8000
