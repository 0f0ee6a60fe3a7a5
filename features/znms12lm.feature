Feature: ZNMS12LM, the Aqara S2 lock
  The promises of its page: each expose, each action, the option, and what can't be read or written.

  Background:
    Given a ZNMS12LM called lock has joined

  Scenario: It is supported, and exposes what the page says
    Then the host lists lock with {"supported": true, "type": "EndDevice", "model_id": "lumi.lock.acn02", "power_source": "Battery"}
    And the host lists lock with {"definition": {"model": "ZNMS12LM", "supports_ota": true}}
    And lock exposes:
      | property    | type    | unit | access    |
      | battery     | numeric | %    | published |
      | voltage     | numeric | mV   | published |
      | battery_low | binary  |      | published |
      | state       | binary  |      | published |
      | reverse     | binary  |      | published |
      | action      | enum    |      | published |
      | linkquality | numeric | lqi  | published |

  @zigbee2mqtt-fails:today-its-vendor-is-Aqara
  Scenario: Vendor and description are those of the page
    Then the host lists lock with {"definition": {"vendor": "Xiaomi", "description": "Aqara S2 lock"}}

  # Actions

  Scenario Outline: Each use of the lock is an action of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                              | action              |
      | a wrong finger is tried 3 times on lock   | finger_not_match    |
      | a wrong password is tried 3 times on lock | password_not_match  |
      | the reverse lock of lock is turned on     | reverse_lock        |
      | the reverse lock of lock is turned off    | reverse_lock_cancel |
      | lock is locked                            | locked              |
      | lock is opened from inside                | lock_opened_inside  |
      | lock is opened from outside               | lock_opened_outside |
      | the doorbell of lock is rung           | ring_bell           |
      | the door of lock closes                   | door_closed         |

  @zigbee2mqtt-fails:it-takes-the-string-for-a-structure,-and-throws
  Scenario Outline: Each change of its users is an action of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                    | action          |
      | user 7 opens the menu of lock   | lock_opened     |
      | finger 4 is added to lock       | finger_add      |
      | finger 4 is deleted from lock   | finger_delete   |
      | password 7 is added to lock     | password_add    |
      | password 7 is deleted from lock | password_delete |

  @zigbee2mqtt-fails:it-glues-role,-user-and-language-to-the-action
  Scenario Outline: Actions with more details are actions of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                           | action             |
      | the language of lock is set to english | change_language_to |
      | lock accepts the finger of user 3      | finger_open        |
      | lock accepts the password of user 3    | password_open      |

  @zigbee2mqtt-fails:it-glues-role-and-user-to-the-action
  Scenario Outline: An action names the user who opens it
    When lock accepts the <key> of <role> <user>
    Then lock publishes {"action": "<key>_open", "action_user": <user>, "action_user_role": "<role>"}

    Examples:
      | key      | role  | user |
      | finger   | user  | 3    |
      | finger   | admin | 1    |
      | password | user  | 5    |
      | password | admin | 2    |
      | finger   | user  | 0    |
      | finger   | user  | 127  |
      | finger   | user  | 128  |
      | password | admin | 255  |

  Scenario Outline: An action counts wrong fingers and passwords
    When a wrong <key> is tried <times> times on lock
    Then lock publishes {"action": "<key>_not_match", "action_repeat": <times>}

    Examples:
      | key      | times |
      | finger   | 1     |
      | finger   | 3     |
      | password | 16    |
      | password | 127   |

  @zigbee2mqtt-fails:bytes-from-128-on-are-corrupted
  Scenario: An action counts many wrong fingers
    When a wrong finger is tried 255 times on lock
    Then lock publishes {"action": "finger_not_match", "action_repeat": 255}

  Scenario Outline: An action names the user whose finger or password is added or deleted
    Given a ZNMS12LM called other with the quirk octet_strings has joined
    When <key> <user> is <done> other
    Then other publishes {"action": "<action>", "action_user": <user>}

    Examples:
      | key      | user | done         | action          |
      | finger   | 4    | added to     | finger_add      |
      | finger   | 0    | deleted from | finger_delete   |
      | password | 128  | added to     | password_add    |
      | password | 255  | deleted from | password_delete |

  @zigbee2mqtt-fails:it-takes-the-string-for-a-structure,-and-throws
  Scenario Outline: A character string is decoded like an octet string
    When <key> <user> is <done> lock
    Then lock publishes {"action": "<action>", "action_user": <user>}

    Examples:
      | key      | user | done         | action          |
      | finger   | 128  | added to     | finger_add      |
      | password | 255  | deleted from | password_delete |

  @zigbee2mqtt-fails:it-glues-the-language-to-the-action,-and-that-is-always-chinese
  Scenario Outline: An action names the language
    When the language of lock is set to <language>
    Then lock publishes {"action": "change_language_to", "action_language": "<language>"}

    Examples:
      | language |
      | chinese  |
      | english  |

  @zigbee2mqtt-fails:its-repeat-is-null
  Scenario: The doorbell has no repeat count
    When the doorbell of lock is rung
    Then lock publishes {"action": "ring_bell"}
    And lock never publishes a "action_repeat"
    And lock never publishes a "repeat"

  Scenario: An action is published once and isn't repeated
    When a wrong finger is tried 2 times on lock
    Then lock publishes {"action": "finger_not_match", "action_repeat": 2}
    When lock sends its heartbeat
    Then lock publishes "voltage" between 3000 and 4200
    And lock never publishes a "action"
    And lock never publishes a "action_repeat"

  # State and reverse

  Scenario: It is locked and opened
    When lock is locked
    Then lock publishes {"state": "LOCK", "reverse": "UNLOCK"}
    And lock itself has {"bolted": true, "door_open": false}
    When lock is opened from inside
    Then lock publishes {"state": "UNLOCK", "reverse": "UNLOCK"}
    And lock itself has {"bolted": false, "door_open": true}
    When the door of lock closes
    Then lock publishes {"state": "UNLOCK", "reverse": "UNLOCK"}
    And lock itself has {"bolted": false, "door_open": false}

  Scenario Outline: The reverse lock is turned, bolted or not
    Given <before>
    When the reverse lock of lock is turned on
    Then lock publishes {"action": "reverse_lock", "state": "<state>", "reverse": "LOCK"}
    When the reverse lock of lock is turned off
    Then lock publishes {"action": "reverse_lock_cancel", "state": "<state>", "reverse": "UNLOCK"}

    Examples:
      | before                      | state  |
      | lock is locked              | LOCK   |
      | lock is opened from outside | UNLOCK |

  Scenario: Its state is in every message
    Given lock is locked
    When the doorbell of lock is rung
    Then lock publishes {"action": "ring_bell", "state": "LOCK", "reverse": "UNLOCK"}

  # Battery

  Scenario Outline: It reports its battery
    Given the battery voltage of lock is <millivolts> mV
    When lock sends its heartbeat
    Then lock publishes {"voltage": <millivolts>, "battery": <percent>}

    Examples:
      | millivolts | percent |
      | 2999       | 0       |
      | 3000       | 0       |
      | 3006       | 1       |
      | 3376       | 31      |
      | 3600       | 50      |
      | 4200       | 100     |
      | 6000       | 100     |

  Scenario: Its oldest firmware reports its battery in another format
    Given a ZNMS12LM called old with the quirk heartbeat_in_0xff02 has joined
    And the battery voltage of old is 3900 mV
    When old sends its heartbeat
    Then old publishes {"voltage": 3900, "battery": 75}

  Scenario: It reports its temperature and its outages too
    Given lock is at -7 °C
    When lock sends its heartbeat
    Then lock publishes {"device_temperature": -7, "power_outage_count": 0}

  Scenario: It warns of a low battery
    When the low battery warning of lock is turned on
    Then lock publishes {"battery_low": true}
    When the low battery warning of lock is turned off
    Then lock publishes {"battery_low": false}

  Scenario: It reports its battery without being asked
    Given the battery of lock is at 75 %
    When 2 hours pass
    And a wrong finger is tried 1 times on lock
    Then lock publishes {"battery": 75}

  # The option

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: By default it also publishes the legacy user and repeat
    When a wrong password is tried 16 times on lock
    Then lock publishes {"action_repeat": 16, "repeat": 16}
    When lock accepts the finger of admin 128
    Then lock publishes {"action_user": 128, "user": 128}
    And lock never publishes a "data"

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: With legacy on it also publishes the legacy keys
    Given lock has the options {"legacy": true}
    When finger 4 is added to lock
    Then lock publishes {"action_user": 4, "user": 4}

  Scenario: With legacy off it publishes no repeat
    Given lock has the options {"legacy": false}
    When a wrong password is tried 16 times on lock
    Then lock publishes {"action": "password_not_match", "action_repeat": 16}
    And lock never publishes a "repeat"

  @zigbee2mqtt-fails:it-glues-role-and-user-to-the-action
  Scenario: With legacy off it publishes no user
    Given lock has the options {"legacy": false}
    When lock accepts the finger of user 3
    Then lock publishes {"action": "finger_open", "action_user": 3, "action_user_role": "user"}
    And lock never publishes a "user"

  # What the page forbids

  Scenario Outline: What the page forbids is an error
    When {"<property>": <value>} is published to lock/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to lock

    Examples:
      | property    | verb | value    |
      | battery     | get  | ""       |
      | battery     | set  | 1        |
      | voltage     | get  | ""       |
      | voltage     | set  | 1        |
      | battery_low | get  | ""       |
      | battery_low | set  | true     |
      | state       | get  | ""       |
      | state       | set  | "LOCK"   |
      | reverse     | get  | ""       |
      | reverse     | set  | "LOCK"   |
      | action      | get  | ""       |
      | action      | set  | "locked" |
      | linkquality | get  | ""       |
      | linkquality | set  | 1        |

  # Paired with a hub

  Scenario Outline: Frames encrypted for a hub publish nothing
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When <this happens>
    Then hubs never publishes a "action"
    And hubs never publishes a "state"

    Examples:
      | this happens              |
      | hubs is locked            |
      | finger 4 is added to hubs |

  @zigbee2mqtt-fails:it-makes-users-and-languages-of-any-bytes
  Scenario Outline: Encrypted users and languages aren't published
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When <this happens>
    Then hubs never publishes a "action"

    Examples:
      | this happens                           |
      | hubs accepts the finger of user 3      |
      | the language of hubs is set to english |

  @zigbee2mqtt-fails:it-doesn't-log-it
  Scenario: The host logs that it is encrypted, and what to do
    Given a ZNMS12LM called secretive with the quirk hub_encrypted has joined
    When secretive is locked
    Then the host logs a warning with "is encrypted for its hub"

  Scenario: Its battery isn't encrypted
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When hubs sends its heartbeat
    Then hubs publishes {"voltage": 4200, "battery": 100}

  # Link quality

  Scenario: Every message carries the link quality
    When the link quality of lock is 77
    And lock is locked
    Then lock publishes {"linkquality": 77}
