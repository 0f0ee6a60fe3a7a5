Feature: ZNXNKG02LM, the Aqara smart rotary knob H1 (wireless)
  The promises of its page: each expose, each /get, each /set, the notes on pairing. It sleeps: it receives only right
  after it has joined or has been used.

  Background:
    Given a ZNXNKG02LM called knob has joined

  Scenario: It joins although it sleeps, and exposes what the page says
    Then the host lists knob with {"supported": true, "type": "EndDevice", "model_id": "lumi.remote.rkba01", "power_source": "Battery"}
    And the host lists knob with {"definition": {"model": "ZNXNKG02LM", "vendor": "Aqara", "description": "Smart rotary knob H1 (wireless)"}}
    And knob exposes:
      | property                      | type    | unit | access            |
      | operation_mode                | enum    |      | published set get |
      | battery                       | numeric | %    | published         |
      | voltage                       | numeric | mV   | published         |
      | action_rotation_button_state  | enum    |      | published         |
      | action_rotation_angle         | numeric | *    | published         |
      | action_rotation_angle_speed   | numeric | *    | published         |
      | action_rotation_percent       | numeric | %    | published         |
      | action_rotation_percent_speed | numeric | %    | published         |
      | action_rotation_time          | numeric | ms   | published         |
      | sensitivity                   | enum    |      | published set get |
      | action                        | enum    |      | published         |
      | linkquality                   | numeric | lqi  | published         |

  Scenario: Joining switches it to event mode
    Then knob itself has {"operation_mode": "event", "sensitivity": "medium"}

  # The button

  Scenario Outline: Its button is used
    When <deed>
    Then knob publishes {"action": "<action>"}

    Examples:
      | deed                  | action |
      | knob is pressed       | single |
      | knob is pressed twice | double |
      | knob is held          | hold   |

  Scenario: Its button is held and released
    Given knob is held
    When knob is released
    Then knob publishes {"action": "release"}

  Scenario: Each press is an event of its own
    When knob is pressed
    Then knob publishes {"action": "single"}
    When knob is pressed
    Then knob publishes {"action": "single"}

  Scenario: An action isn't repeated
    When knob is pressed
    Then knob publishes {"action": "single"}
    When knob sends its heartbeat
    Then knob publishes "voltage" between 2850 and 3000
    And knob never publishes {"action": "single"}

  # The wheel

  Scenario Outline: It is turned
    When knob is turned by <degrees>° at <speed>°/s
    Then knob publishes {"action": "start_rotating", "action_rotation_button_state": "released", "action_rotation_time": 200, "action_rotation_angle": <first>, "action_rotation_angle_speed": <first>, "action_rotation_percent": <percent>, "action_rotation_percent_speed": <percent>}
    And knob publishes {"action": "stop_rotating", "action_rotation_button_state": "released", "action_rotation_angle": <degrees>}

    Examples:
      | degrees | speed | first | percent            |
      | 36      | 180   | 36    | 10                 |
      | -36     | 180   | -36   | -10                |
      | 12      | 60    | 12    | 3.3333332538604736 |
      | 360     | 360   | 84    | 23.33333396911621  |

  Scenario: During a long turn it reports its progress
    When knob is turned by 360° at 360°/s
    Then knob publishes {"action": "rotation", "action_rotation_angle": 264, "action_rotation_angle_speed": 180, "action_rotation_percent": 73.33333587646484, "action_rotation_percent_speed": 50, "action_rotation_time": 700}
    And knob publishes {"action": "stop_rotating", "action_rotation_angle": 360, "action_rotation_percent": 100}

  Scenario: It is turned while pressed
    When knob is pressed and turned by -96° at 120°/s
    Then knob publishes {"action": "start_rotating", "action_rotation_button_state": "pressed", "action_rotation_angle": -36}
    And knob publishes {"action": "rotation", "action_rotation_button_state": "pressed", "action_rotation_angle": -96, "action_rotation_angle_speed": -60}
    And knob publishes {"action": "stop_rotating", "action_rotation_button_state": "pressed", "action_rotation_angle": -96}

  Scenario: It is turned while held
    Given knob is held
    When knob is turned by 24° at 120°/s
    Then knob publishes {"action": "start_rotating", "action_rotation_button_state": "pressed", "action_rotation_angle": 24}

  Scenario: Some firmware doesn't report that it is pressed
    Given a ZNXNKG02LM called other with the quirk pressed_bit_missing has joined
    When other is pressed and turned by 24° at 120°/s
    Then other publishes {"action": "start_rotating", "action_rotation_button_state": "released", "action_rotation_angle": 24}

  Scenario: The details of a turn aren't repeated
    When knob is turned by 36° at 180°/s
    Then knob publishes {"action": "stop_rotating"}
    When knob sends its heartbeat
    Then knob publishes "voltage" between 2850 and 3000
    And knob never publishes {"action_rotation_angle": 36}

  # Sensitivity

  Scenario Outline: Its sensitivity scales the percentage of a turn
    Given the pairing button of knob is pressed briefly
    When {"sensitivity": "<sensitivity>"} is published to knob/set
    Then knob publishes {"sensitivity": "<sensitivity>"}
    And knob itself has {"sensitivity": "<sensitivity>"}
    When knob is turned by 36° at 180°/s
    Then knob publishes {"action": "start_rotating", "action_rotation_angle": 36, "action_rotation_percent": <percent>}

    Examples:
      | sensitivity | percent |
      | low         | 5       |
      | medium      | 10      |
      | high        | 20      |

  @zigbee2mqtt-fails:it-publishes-the-word-as-it-was-written
  Scenario: Its sensitivity is accepted in any case, and published as the page spells it
    Given the pairing button of knob is pressed briefly
    When {"sensitivity": "HIGH"} is published to knob/set
    Then knob publishes {"sensitivity": "high"}
    And knob itself has {"sensitivity": "high"}

  Scenario: Its sensitivity is read
    Given the pairing button of knob is pressed briefly
    When {"sensitivity": ""} is published to knob/get
    Then knob publishes {"sensitivity": "medium"}

  # Operation mode

  Scenario Outline: Its mode is switched
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": "<written>"} is published to knob/set
    Then knob publishes {"operation_mode": "<mode>"}
    And knob itself has {"operation_mode": "<mode>"}

    Examples:
      | written | mode    |
      | event   | event   |
      | command | command |
      | Command | command |

  @zigbee2mqtt-fails:the-page-has-a-/get-and-its-answer-is-never-published
  Scenario: Its mode is read
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": ""} is published to knob/get
    Then knob publishes {"operation_mode": "event"}

  @zigbee2mqtt-fails:the-page-has-a-/get-and-its-answer-is-never-published
  Scenario Outline: Its mode is read after it was set
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": "<mode>"} is published to knob/set
    Then knob publishes {"operation_mode": "<mode>"}
    When the pairing button of knob is pressed briefly
    And {"operation_mode": ""} is published to knob/get
    Then knob publishes {"operation_mode": "<mode>"}

    Examples:
      | mode    |
      | event   |
      | command |

  Scenario Outline: In command mode it sends commands, and has no actions
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": "command"} is published to knob/set
    Then knob publishes {"operation_mode": "command"}
    When <deed>
    Then knob never publishes a "action"

    Examples:
      | deed                                        |
      | knob is pressed                             |
      | knob is pressed twice                       |
      | knob is held                                |
      | knob is turned by 48° at 240°/s             |
      | knob is pressed and turned by 48° at 240°/s |

  Scenario: Back in event mode it has actions again
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": "command"} is published to knob/set
    Then knob publishes {"operation_mode": "command"}
    When the pairing button of knob is pressed briefly
    And {"operation_mode": "event"} is published to knob/set
    Then knob publishes {"operation_mode": "event"}
    When knob is pressed
    Then knob publishes {"action": "single"}

  Scenario: Its settings survive a change of the battery
    Given the pairing button of knob is pressed briefly
    When {"operation_mode": "command", "sensitivity": "low"} is published to knob/set
    Then knob publishes {"operation_mode": "command", "sensitivity": "low"}
    When knob loses power
    And knob regains power
    And {"sensitivity": ""} is published to knob/get
    Then knob publishes {"sensitivity": "low"}
    And knob itself has {"operation_mode": "command", "sensitivity": "low"}

  # What the page forbids

  Scenario Outline: A value that isn't on the page is an error
    Given the pairing button of knob is pressed briefly
    When {"<property>": <value>} is published to knob/set
    Then the host logs an error with "<property>"
    And no command is sent to knob
    And knob itself has {"operation_mode": "event", "sensitivity": "medium"}

    Examples:
      | property       | value    |
      | operation_mode | "toggle" |
      | operation_mode | 1        |
      | sensitivity    | "medial" |
      | sensitivity    | true     |

  Scenario Outline: What can't be read or set is an error
    When {"<property>": <value>} is published to knob/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to knob

    Examples:
      | property                     | verb | value    |
      | battery                      | get  | ""       |
      | battery                      | set  | 1        |
      | voltage                      | get  | ""       |
      | voltage                      | set  | 1        |
      | action                       | get  | ""       |
      | action                       | set  | "single" |
      | action_rotation_angle        | get  | ""       |
      | action_rotation_angle        | set  | 12       |
      | action_rotation_button_state | get  | ""       |
      | linkquality                  | get  | ""       |
      | linkquality                  | set  | 1        |

  # Battery

  Scenario Outline: It reports its battery
    Given the battery voltage of knob is <millivolts> mV
    When knob sends its heartbeat
    Then knob publishes {"voltage": <millivolts>, "battery": <percent>}

    Examples:
      | millivolts | percent |
      | 2600       | 0       |
      | 2850       | 0       |
      | 2851       | 1       |
      | 2925       | 50      |
      | 2999       | 99      |
      | 3000       | 100     |
      | 3270       | 100     |

  # Sleep

  Scenario: It receives nothing while it sleeps
    When 30 minutes pass
    And {"sensitivity": "high"} is published to knob/set
    Then knob never publishes {"sensitivity": "high"} within 60 seconds
    And knob itself has {"sensitivity": "medium"}

  Scenario: A command sent while it sleeps arrives once, when it is next used
    When 30 minutes pass
    And {"sensitivity": "high"} is published to knob/set
    Then knob itself has {"sensitivity": "medium"}
    When knob is pressed
    Then knob publishes {"action": "single"}
    And knob publishes {"sensitivity": "high"}
    And knob itself has {"sensitivity": "high"}
    When 1 minutes pass
    And knob is pressed
    Then knob publishes {"action": "single"}
    And no command is sent to knob

  Scenario: It asks not to be reset, and the host prevents it
    When knob is about to reset itself
    Then knob itself has {"reset_prevented": true}

  # Link quality

  Scenario: Every message carries the link quality
    When the link quality of knob is 77
    And knob is pressed
    Then knob publishes {"action": "single", "linkquality": 77}
