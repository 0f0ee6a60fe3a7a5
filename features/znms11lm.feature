Feature: ZNMS11LM, the Aqara smart door lock
  The promises of its page: each expose, each action, the option, and what can't be read or written.

  Background:
    Given a ZNMS11LM called lock has joined

  Scenario: It is supported, and exposes what the page says
    Then the host lists lock with {"supported": true, "type": "EndDevice", "model_id": "lumi.lock.aq1", "power_source": "Battery"}
    And the host lists lock with {"definition": {"model": "ZNMS11LM", "vendor": "Aqara", "description": "Smart door lock", "supports_ota": true}}
    And lock exposes:
      | property    | type    | unit | access    |
      | state       | binary  |      | published |
      | reverse     | binary  |      | published |
      | action      | enum    |      | published |
      | linkquality | numeric | lqi  | published |

  # Actions

  Scenario Outline: Each use of the lock is an action of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                              | action             |
      | a wrong password is tried 3 times on lock | password_not_match |
      | the doorbell of lock is rung           | ring_bell          |
      | finger 4 is added to lock                 | finger_add         |
      | finger 4 is deleted from lock             | finger_delete      |
      | password 7 is added to lock               | password_add       |
      | password 7 is deleted from lock           | password_delete    |

  @zigbee2mqtt-fails:it-reads-neither-0xFFF6-nor-0xFFF2
  Scenario Outline: Each move of the lock is an action of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                           | action              |
      | the reverse lock of lock is turned on  | reverse_lock        |
      | the reverse lock of lock is turned off | reverse_lock_cancel |
      | lock is locked                         | locked              |
      | lock is opened from inside             | lock_opened_inside  |
      | lock is opened from outside            | lock_opened_outside |
      | the door of lock closes                | door_closed         |
      | the language of lock is set to english | change_language_to  |

  @zigbee2mqtt-fails:it-counts-hexadecimal-digits-that-aren't-there
  Scenario: Opening its menu is an action of the page
    When user 7 opens the menu of lock
    Then lock publishes {"action": "lock_opened", "action_user": 7}

  @zigbee2mqtt-fails:it-calls-the-key-action_action,-or-glues-role-and-user-to-the-action
  Scenario Outline: Accepted and rejected fingers are actions of the page
    When <this happens>
    Then lock publishes {"action": "<action>"}

    Examples:
      | this happens                            | action           |
      | a wrong finger is tried 3 times on lock | finger_not_match |
      | lock accepts the finger of user 3       | finger_open      |
      | lock accepts the password of user 3     | password_open    |

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
      | finger   | user  | 128  |
      | password | admin | 255  |

  Scenario Outline: An action counts wrong passwords
    When a wrong password is tried <times> times on lock
    Then lock publishes {"action": "password_not_match", "action_repeat": <times>}

    Examples:
      | times |
      | 1     |
      | 3     |
      | 15    |

  @zigbee2mqtt-fails:from-16-on-it-counts-the-wrong-digits
  Scenario Outline: An action counts many wrong passwords
    When a wrong password is tried <times> times on lock
    Then lock publishes {"action": "password_not_match", "action_repeat": <times>}

    Examples:
      | times |
      | 16    |
      | 255   |

  @zigbee2mqtt-fails:it-calls-the-key-action_action
  Scenario Outline: An action counts wrong fingers
    When a wrong finger is tried <times> times on lock
    Then lock publishes {"action": "finger_not_match", "action_repeat": <times>}
    And lock never publishes a "action_action"

    Examples:
      | times |
      | 1     |
      | 3     |
      | 16    |

  Scenario Outline: An action names the user whose finger or password is added or deleted
    When <key> <user> is <done> lock
    Then lock publishes {"action": "<action>", "action_user": <user>}

    Examples:
      | key      | user | done         | action          |
      | finger   | 4    | added to     | finger_add      |
      | finger   | 0    | deleted from | finger_delete   |
      | password | 128  | added to     | password_add    |
      | password | 255  | deleted from | password_delete |

  @zigbee2mqtt-fails:it-throws-on-an-octet-string
  Scenario: An octet string is decoded like a character string
    Given a ZNMS11LM called other with the quirk octet_strings has joined
    When finger 4 is added to other
    Then other publishes {"action": "finger_add", "action_user": 4}

  @zigbee2mqtt-fails:it-doesn't-read-0xFFF2
  Scenario Outline: An action names the language
    When the language of lock is set to <language>
    Then lock publishes {"action": "change_language_to", "action_language": "<language>"}

    Examples:
      | language |
      | chinese  |
      | english  |

  Scenario: The doorbell has no repeat count
    When the doorbell of lock is rung
    Then lock publishes {"action": "ring_bell"}
    And lock never publishes a "action_repeat"
    And lock never publishes a "repeat"

  Scenario: An action is published once and isn't repeated
    When finger 4 is added to lock
    Then lock publishes {"action": "finger_add", "action_user": 4}
    When the doorbell of lock is rung
    Then lock publishes {"action": "ring_bell"}
    And lock never publishes a "action_user"

  # State and reverse

  @zigbee2mqtt-fails:it-doesn't-read-0xFFF6
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

  @zigbee2mqtt-fails:it-doesn't-read-0xFFF6
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

  @zigbee2mqtt-fails:it-doesn't-read-0xFFF6
  Scenario: Its state is in every message, its action only in one
    When lock is locked
    Then lock publishes {"action": "locked"}
    When finger 4 is added to lock
    Then lock publishes {"action": "finger_add", "state": "LOCK", "reverse": "UNLOCK"}
    And lock never publishes {"action": "locked"}

  # Its page has no battery

  Scenario: Its heartbeat publishes nothing
    When lock sends its heartbeat
    Then lock publishes nothing

  # The option

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: By default it also publishes the legacy user, repeat and data
    When a wrong password is tried 3 times on lock
    Then lock publishes {"action_repeat": 3, "repeat": 3, "data": "3000002"}
    When lock accepts the finger of admin 128
    Then lock publishes {"action_user": 128, "user": 128, "data": "1100080"}

  @zigbee2mqtt-fails:the-option-is-gone-since-2.0
  Scenario: With legacy on it also publishes the legacy keys
    Given lock has the options {"legacy": true}
    When finger 4 is added to lock
    Then lock publishes {"action_user": 4, "user": 4, "data": "1000004"}

  Scenario: With legacy off it publishes no user and no data
    Given lock has the options {"legacy": false}
    When finger 4 is added to lock
    Then lock publishes {"action": "finger_add", "action_user": 4}
    And lock never publishes a "user"
    And lock never publishes a "data"

  @zigbee2mqtt-fails:it-always-publishes-data
  Scenario: With legacy off it publishes no repeat and no data
    Given lock has the options {"legacy": false}
    When a wrong password is tried 3 times on lock
    Then lock publishes {"action": "password_not_match", "action_repeat": 3}
    And lock never publishes a "repeat"
    And lock never publishes a "data"

  # What the page forbids

  Scenario Outline: What the page forbids is an error
    When {"<property>": <value>} is published to lock/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to lock

    Examples:
      | property    | verb | value    |
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
    Given a ZNMS11LM called hubs with the quirk hub_encrypted has joined
    When <this happens>
    Then hubs never publishes a "action"
    And hubs never publishes a "state"

    Examples:
      | this happens                           |
      | hubs is locked                         |
      | the language of hubs is set to english |
      | finger 4 is added to hubs              |

  @zigbee2mqtt-fails:it-makes-an-action-called-undefined-of-any-bytes
  Scenario: The encrypted user who opens it isn't published
    Given a ZNMS11LM called hubs with the quirk hub_encrypted has joined
    When hubs accepts the finger of user 3
    Then hubs never publishes a "action"

  @zigbee2mqtt-fails:it-doesn't-log-it
  Scenario: The host logs that it is encrypted, and what to do
    Given a ZNMS11LM called keyed with the quirk hub_encrypted has joined
    When keyed is locked
    Then the host logs a warning with "is encrypted for its hub"

  # Link quality

  Scenario: Every message carries the link quality
    When the link quality of lock is 77
    And the doorbell of lock is rung
    Then lock publishes {"linkquality": 77}
