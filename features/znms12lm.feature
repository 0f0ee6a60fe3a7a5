Feature: ZNMS12LM, the Aqara S2 lock
  What its page promises: each expose, each action, the option, and what can't be read or written.

  Background:
    Given a ZNMS12LM called lock has joined

  Scenario: It is known, and exposes what the page says
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
  Scenario: It is Xiaomi's, says the page
    Then the host lists lock with {"definition": {"vendor": "Xiaomi", "description": "Aqara S2 lock"}}

  # Actions

  Scenario Outline: What is done to it is an action of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                              | action              |
      | a wrong finger is tried 3 times at lock   | finger_not_match    |
      | a wrong password is tried 3 times at lock | password_not_match  |
      | the reverse lock of lock is turned on     | reverse_lock        |
      | the reverse lock of lock is turned off    | reverse_lock_cancel |
      | lock is locked                            | locked              |
      | lock is opened from inside                | lock_opened_inside  |
      | lock is opened from outside               | lock_opened_outside |
      | somebody rings the bell of lock           | ring_bell           |
      | the door of lock closes                   | door_closed         |

  @zigbee2mqtt-fails:it-takes-the-string-for-a-structure,-and-throws
  Scenario Outline: What is done to its users is an action of the page
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
  Scenario Outline: Actions of the page that say more
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                           | action             |
      | the language of lock is set to english | change_language_to |
      | lock accepts the finger of user 3      | finger_open        |
      | lock accepts the password of user 3    | password_open      |

  @zigbee2mqtt-fails:it-glues-role-and-user-to-the-action
  Scenario Outline: Who opens it
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

  Scenario Outline: How often it was tried
    When a wrong <key> is tried <times> times at lock
    Then lock publishes {"action": "<key>_not_match", "action_repeat": <times>}

    Examples:
      | key      | times |
      | finger   | 1     |
      | finger   | 3     |
      | password | 16    |
      | password | 127   |

  @zigbee2mqtt-fails:bytes-from-128-on-are-corrupted
  Scenario: It was tried very often
    When a wrong finger is tried 255 times at lock
    Then lock publishes {"action": "finger_not_match", "action_repeat": 255}

  Scenario Outline: Whose finger or password is added or deleted
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
  Scenario Outline: The same in character strings
    When <key> <user> is <done> lock
    Then lock publishes {"action": "<action>", "action_user": <user>}

    Examples:
      | key      | user | done         | action          |
      | finger   | 128  | added to     | finger_add      |
      | password | 255  | deleted from | password_delete |

  @zigbee2mqtt-fails:it-glues-the-language-to-the-action,-and-that-is-always-chinese
  Scenario Outline: Which language it speaks
    When the language of lock is set to <language>
    Then lock publishes {"action": "change_language_to", "action_language": "<language>"}

    Examples:
      | language |
      | chinese  |
      | english  |

  @zigbee2mqtt-fails:its-repeat-is-null
  Scenario: The bell is rung, not repeated
    When somebody rings the bell of lock
    Then lock publishes {"action": "ring_bell"}
    And lock never publishes a "action_repeat"
    And lock never publishes a "repeat"

  Scenario: An action is an event: it comes once, and isn't kept
    When a wrong finger is tried 2 times at lock
    Then lock publishes {"action": "finger_not_match", "action_repeat": 2}
    When lock says its heartbeat
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

  Scenario Outline: The reverse lock, bolted or not
    Given <before>
    When the reverse lock of lock is turned on
    Then lock publishes {"action": "reverse_lock", "state": "<state>", "reverse": "LOCK"}
    When the reverse lock of lock is turned off
    Then lock publishes {"action": "reverse_lock_cancel", "state": "<state>", "reverse": "UNLOCK"}

    Examples:
      | before                      | state  |
      | lock is locked              | LOCK   |
      | lock is opened from outside | UNLOCK |

  Scenario: Its state is kept, and comes with all it says
    Given lock is locked
    When somebody rings the bell of lock
    Then lock publishes {"action": "ring_bell", "state": "LOCK", "reverse": "UNLOCK"}

  # Battery

  Scenario Outline: It tells its battery
    Given the battery of lock gives <millivolts> mV
    When lock says its heartbeat
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

  Scenario: Its oldest firmware tells it in another way
    Given a ZNMS12LM called old with the quirk heartbeat_in_0xff02 has joined
    And the battery of old gives 3900 mV
    When old says its heartbeat
    Then old publishes {"voltage": 3900, "battery": 75}

  Scenario: It tells its temperature and its outages too
    Given lock is at -7 °C
    When lock says its heartbeat
    Then lock publishes {"device_temperature": -7, "power_outage_count": 0}

  Scenario: It warns of a low battery
    When the low battery warning of lock is turned on
    Then lock publishes {"battery_low": true}
    When the low battery warning of lock is turned off
    Then lock publishes {"battery_low": false}

  Scenario: Nobody asks, and it tells its battery all the same
    Given the battery of lock is at 75 %
    When 2 hours pass
    And a wrong finger is tried 1 times at lock
    Then lock publishes {"battery": 75}

  # The option

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: By default it says user and repeat as in old times too
    When a wrong password is tried 16 times at lock
    Then lock publishes {"action_repeat": 16, "repeat": 16}
    When lock accepts the finger of admin 128
    Then lock publishes {"action_user": 128, "user": 128}
    And lock never publishes a "data"

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: With legacy on it does so too
    Given lock has the options {"legacy": true}
    When finger 4 is added to lock
    Then lock publishes {"action_user": 4, "user": 4}

  Scenario: Without legacy it doesn't
    Given lock has the options {"legacy": false}
    When a wrong password is tried 16 times at lock
    Then lock publishes {"action": "password_not_match", "action_repeat": 16}
    And lock never publishes a "repeat"

  @zigbee2mqtt-fails:it-glues-role-and-user-to-the-action
  Scenario: Without legacy no user either
    Given lock has the options {"legacy": false}
    When lock accepts the finger of user 3
    Then lock publishes {"action": "finger_open", "action_user": 3, "action_user_role": "user"}
    And lock never publishes a "user"

  # What it can't do

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

  Scenario Outline: What it encrypts for a hub is no news
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When <this happens>
    Then hubs never publishes a "action"
    And hubs never publishes a "state"

    Examples:
      | this happens              |
      | hubs is locked            |
      | finger 4 is added to hubs |

  @zigbee2mqtt-fails:it-makes-users-and-languages-of-any-bytes
  Scenario Outline: Nor are the users and languages that it encrypts
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When <this happens>
    Then hubs never publishes a "action"

    Examples:
      | this happens                           |
      | hubs accepts the finger of user 3      |
      | the language of hubs is set to english |

  @zigbee2mqtt-fails:it-doesn't-say-so
  Scenario: The host says what that is, and what to do
    Given a ZNMS12LM called secretive with the quirk hub_encrypted has joined
    When secretive is locked
    Then the host logs a warning with "is encrypted for its hub"

  Scenario: Its battery can be read all the same
    Given a ZNMS12LM called hubs with the quirk hub_encrypted has joined
    When hubs says its heartbeat
    Then hubs publishes {"voltage": 4200, "battery": 100}

  # Link quality

  Scenario: Every message carries the link quality
    When the link quality of lock is 77
    And lock is locked
    Then lock publishes {"linkquality": 77}
