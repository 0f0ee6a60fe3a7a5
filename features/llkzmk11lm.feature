Feature: LLKZMK11LM, the Aqara relay with two channels
  What its page promises: each expose, each /get, each /set, each option, the notes.

  Background:
    Given a LLKZMK11LM called relay has joined

  Scenario: It is known, and exposes what the page says
    Then the host lists relay with {"supported": true, "type": "Router", "model_id": "lumi.relay.c2acn01", "date_code": "09-20-2018"}
    And the host lists relay with {"definition": {"model": "LLKZMK11LM", "supports_ota": true}}
    And relay exposes:
      | property            | type    | unit | access            |
      | power               | numeric | W    | published get     |
      | energy              | numeric | kWh  | published         |
      | device_temperature  | numeric | °C   | published         |
      | voltage             | numeric | V    | published         |
      | current             | numeric | A    | published         |
      | state_l1            | binary  |      | published set get |
      | state_l2            | binary  |      | published set get |
      | power_outage_count  | numeric |      | published         |
      | power_outage_memory | binary  |      | published set get |
      | interlock           | binary  |      | published set     |
      | linkquality         | numeric | lqi  | published         |

  @zigbee2mqtt-fails:vendor-and-description-have-changed-since
  Scenario: Vendor and description are the page's
    Then the host lists relay with {"definition": {"vendor": "Xiaomi", "description": "Aqara wireless relay controller"}}

  # Switching

  Scenario Outline: A channel is switched over MQTT, the other stays
    When {"state_<channel>": "<on>"} is published to relay/set
    Then relay publishes {"state_<channel>": "ON"}
    And relay itself has {"on_<channel>": true, "on_<other>": false}
    When {"state_<channel>": "<off>"} is published to relay/set
    Then relay publishes {"state_<channel>": "OFF"}
    And relay itself has {"on_<channel>": false, "on_<other>": false}

    Examples:
      | channel | other | on | off |
      | l1      | l2    | ON | OFF |
      | l2      | l1    | ON | OFF |
      | l1      | l2    | on | off |
      | l2      | l1    | On | Off |

  Scenario Outline: A channel is toggled over MQTT
    When {"state_<channel>": "ON"} is published to relay/set
    Then relay publishes {"state_<channel>": "ON"}
    When {"state_<channel>": "<word>"} is published to relay/set
    Then relay publishes {"state_<channel>": "OFF"}
    And relay itself has {"on_<channel>": false}
    When {"state_<channel>": "<word>"} is published to relay/set
    Then relay publishes {"state_<channel>": "ON"}
    And relay itself has {"on_<channel>": true}

    Examples:
      | channel | word   |
      | l1      | TOGGLE |
      | l2      | toggle |

  Scenario Outline: A command reaches its channel in every form of topic
    When <payload> is published to <topic>
    Then relay publishes {"state_<channel>": "ON"}
    And relay itself has {"on_<channel>": true, "on_<other>": false}

    Examples:
      | topic              | payload            | channel | other |
      | relay/set          | {"state_l2": "ON"} | l2      | l1    |
      | relay/set/state_l1 | ON                 | l1      | l2    |
      | relay/set/state_l2 | ON                 | l2      | l1    |
      | relay/l1/set       | {"state": "ON"}    | l1      | l2    |
      | relay/l2/set       | {"state": "ON"}    | l2      | l1    |
      | relay/l2/set       | ON                 | l2      | l1    |
      | relay/l2/set/state | ON                 | l2      | l1    |

  Scenario: A key's own suffix overrides the topic's
    When {"state_l1": "ON"} is published to relay/l2/set
    Then relay publishes {"state_l1": "ON"}
    And relay itself has {"on_l1": true, "on_l2": false}

  Scenario: Without a suffix it is the first channel
    When {"state": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON"}
    And relay itself has {"on_l1": true, "on_l2": false}

  Scenario: Both at once
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    And relay itself has {"on_l1": true, "on_l2": true}
    When {"state_l1": "OFF", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}
    And relay itself has {"on_l1": false, "on_l2": true}

  Scenario Outline: The switch on the wall works its channel
    When switch <number> of relay is pressed
    Then relay publishes {"state_l<number>": "ON"}
    When switch <number> of relay is pressed
    Then relay publishes {"state_l<number>": "OFF"}

    Examples:
      | number |
      | 1      |
      | 2      |

  Scenario Outline: A channel's state is read
    Given switch <number> of relay is pressed
    When <payload> is published to <topic>
    Then relay publishes {"state_l<number>": "ON"}

    Examples:
      | number | topic        | payload          |
      | 1      | relay/get    | {"state_l1": ""} |
      | 2      | relay/get    | {"state_l2": ""} |
      | 2      | relay/l2/get | {"state": ""}    |

  Scenario Outline: A state that doesn't exist is an error
    When 3 seconds pass
    And <payload> is published to <topic>
    Then the host logs an error
    And no command is sent to relay

    Examples:
      | topic        | payload                 |
      | relay/set    | {"state_l1": "BLINK"}   |
      | relay/set    | {"state_l2": true}      |
      | relay/set    | {"state_l1": 1}         |
      | relay/set    | {"state_l1": null}      |
      | relay/set    | {"state_l3": "ON"}      |
      | relay/l3/set | {"state": "ON"}         |

  # What it measures

  Scenario: Its power is that of the channels that are on
    Given switch 1 of relay is pressed
    When channel 1 of relay draws 42.5 W
    Then relay publishes {"power": 42.5}
    When channel 2 of relay draws 7.25 W
    And switch 2 of relay is pressed
    Then relay publishes {"power": 49.75, "state_l2": "ON"}
    When switch 1 of relay is pressed
    Then relay publishes {"power": 7.25, "state_l1": "OFF"}
    When switch 2 of relay is pressed
    Then relay publishes {"power": 0, "state_l2": "OFF"}

  Scenario: Its power is read
    Given switch 2 of relay is pressed
    And channel 2 of relay draws 12.25 W
    When {"power": ""} is published to relay/get
    Then relay publishes {"power": 12.25}

  Scenario: It sums energy
    Given the meter of relay is at 1.5 kWh
    When relay says its heartbeat
    Then relay publishes {"energy": 1.5}

  Scenario: It tells the mains' voltage
    Given the mains of relay are at 225.5 V
    When relay says its heartbeat
    Then relay publishes {"voltage": 225.5}

  Scenario: It tells the current
    Given switch 1 of relay is pressed
    And the mains of relay are at 200 V
    And channel 1 of relay draws 300 W
    When relay says its heartbeat
    Then relay publishes {"current": 1.5, "power": 300}

  Scenario: The current is more when the power factor is less
    Given switch 1 of relay is pressed
    And the mains of relay are at 200 V
    And the power factor of relay is 0.5
    And channel 1 of relay draws 300 W
    When relay says its heartbeat
    Then relay publishes {"current": 3, "power": 300}

  Scenario: It tells its temperature
    Given relay is at 41 °C
    When relay says its heartbeat
    Then relay publishes {"device_temperature": 41}

  Scenario: Its heartbeat tells both channels
    Given switch 2 of relay is pressed
    When relay says its heartbeat
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}

  Scenario Outline: What the page forbids is an error
    When 3 seconds pass
    And {"<property>": <value>} is published to relay/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to relay

    Examples:
      | property           | verb | value |
      | power              | set  | 1     |
      | energy             | get  | ""    |
      | energy             | set  | 1     |
      | device_temperature | get  | ""    |
      | device_temperature | set  | 1     |
      | voltage            | get  | ""    |
      | voltage            | set  | 1     |
      | current            | get  | ""    |
      | current            | set  | 1     |
      | power_outage_count | get  | ""    |
      | power_outage_count | set  | 1     |
      | interlock          | get  | ""    |
      | linkquality        | get  | ""    |
      | linkquality        | set  | 1     |

  # Power outages

  Scenario: It counts power outages
    When relay says its heartbeat
    Then relay publishes {"power_outage_count": 0}
    When relay loses power
    And relay gets power again
    Then relay publishes {"power_outage_count": 1} within 15 seconds

  Scenario: With the memory on an outage changes nothing
    When {"power_outage_memory": true} is published to relay/set
    Then relay publishes {"power_outage_memory": true} within 20 seconds
    When {"state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l2": "ON"}
    When relay loses power
    And relay gets power again
    Then relay itself has {"on_l1": false, "on_l2": true}
    And relay publishes {"state_l1": "OFF", "state_l2": "ON", "power_outage_count": 1} within 15 seconds

  Scenario: With the memory off an outage leaves both off
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    When relay loses power
    And relay gets power again
    Then relay itself has {"on_l1": false, "on_l2": false}
    And relay publishes {"state_l1": "OFF", "state_l2": "OFF", "power_outage_count": 1} within 15 seconds

  Scenario Outline: The memory is switched
    When {"power_outage_memory": <value>} is published to relay/set
    Then relay publishes {"power_outage_memory": <value>} within 20 seconds
    And relay itself has {"power_outage_memory": <value>}

    Examples:
      | value |
      | true  |
      | false |

  @zigbee2mqtt-fails:the-page-has-a-/get,-and-it-says-not-supported
  Scenario Outline: The memory is read
    When {"power_outage_memory": <value>} is published to relay/set
    Then relay publishes {"power_outage_memory": <value>} within 20 seconds
    When {"power_outage_memory": ""} is published to relay/get
    Then relay publishes {"power_outage_memory": <value>}
    And the host logs no error

    Examples:
      | value |
      | true  |
      | false |

  @zigbee2mqtt-fails:any-text-counts-as-true,-even-"false"
  Scenario Outline: The memory takes true and false, nothing else
    When 3 seconds pass
    And {"power_outage_memory": <value>} is published to relay/set
    Then the host logs an error with "power_outage_memory" within 5 seconds
    And no command is sent to relay
    And relay itself has {"power_outage_memory": false}

    Examples:
      | value   |
      | "false" |
      | "ON"    |

  # Interlock (the page's notes)

  Scenario: By default both may be on
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    And relay itself has {"on_l1": true, "on_l2": true, "interlock": false}

  Scenario Outline: The interlock is switched
    When {"interlock": <value>} is published to relay/set
    Then relay publishes {"interlock": <value>}
    And relay itself has {"interlock": <value>}

    Examples:
      | value |
      | true  |
      | false |

  Scenario Outline: With the interlock the relay switches the other channel off
    When {"interlock": true} is published to relay/set
    Then relay publishes {"interlock": true}
    When switch <first> of relay is pressed
    Then relay publishes {"state_l<first>": "ON"}
    When {"state_l<then>": "ON"} is published to relay/set
    Then relay publishes {"state_l<first>": "OFF", "state_l<then>": "ON", "interlock": true}
    And relay itself has {"on_l<first>": false, "on_l<then>": true}

    Examples:
      | first | then |
      | 1     | 2    |
      | 2     | 1    |

  Scenario: The interlock holds for the switches on the wall too
    When {"interlock": true} is published to relay/set
    Then relay publishes {"interlock": true}
    When switch 1 of relay is pressed
    Then relay publishes {"state_l1": "ON"}
    When switch 2 of relay is pressed
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}

  Scenario: Without the interlock both may be on again
    When {"interlock": true} is published to relay/set
    Then relay publishes {"interlock": true}
    When {"interlock": false} is published to relay/set
    Then relay publishes {"interlock": false}
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    And relay itself has {"on_l1": true, "on_l2": true}

  @zigbee2mqtt-fails:any-text-counts-as-true,-even-"false"
  Scenario Outline: The interlock takes true and false, nothing else
    When 3 seconds pass
    And {"interlock": <value>} is published to relay/set
    Then the host logs an error with "interlock" within 5 seconds
    And no command is sent to relay
    And relay itself has {"interlock": false}

    Examples:
      | value   |
      | "false" |
      | "ON"    |

  # Options

  Scenario Outline: The temperature is calibrated
    Given relay has the options {"device_temperature_calibration": <offset>}
    And relay is at 38 °C
    When relay says its heartbeat
    Then relay publishes {"device_temperature": <published>}

    Examples:
      | offset | published |
      | -2     | 36        |
      | 2.55   | 41        |
      | 0      | 38        |

  Scenario: An option takes effect on the next report
    Given relay is at 30 °C
    When relay says its heartbeat
    Then relay publishes {"device_temperature": 30}
    When relay is given the options {"device_temperature_calibration": 5}
    And relay says its heartbeat
    Then relay publishes {"device_temperature": 35}

  Scenario Outline: The temperature has as many digits as the option says
    Given relay has the options {"device_temperature_calibration": 1.23456, "device_temperature_precision": <digits>}
    And relay is at 35 °C
    When relay says its heartbeat
    Then relay publishes {"device_temperature": <published>}

    Examples:
      | digits | published |
      | 0      | 36        |
      | 1      | 36.2      |
      | 2      | 36.23     |
      | 3      | 36.235    |

  # Firmware and its oddities

  Scenario: The newer firmware has a stray byte in its heartbeat, and is understood
    Given a LLKZMK11LM called newer with firmware 9-22-2021 has joined
    And newer is at 44 °C
    And the mains of newer are at 231 V
    And the meter of newer is at 12.5 kWh
    When newer says its heartbeat
    Then newer publishes {"device_temperature": 44, "voltage": 231, "energy": 12.5, "state_l1": "OFF", "power_outage_count": 0}
    And the host lists newer with {"date_code": "9-22-2021"}

  Scenario: The newer firmware is switched like the other
    Given a LLKZMK11LM called newer with firmware 9-22-2021 has joined
    When {"state_l2": "ON"} is published to newer/set
    Then newer publishes {"state_l2": "ON"}
    And newer itself has {"on_l1": false, "on_l2": true}

  Scenario: A heartbeat without tags tells the outages
    Given a LLKZMK11LM called old with the quirk heartbeat_in_0xff02 has joined
    When old loses power
    And old gets power again
    Then old publishes {"power_outage_count": 1} within 15 seconds

  @zigbee2mqtt-fails:it-tells-tenths-of-a-volt
  Scenario: A heartbeat without tags tells the voltage
    Given a LLKZMK11LM called old with the quirk heartbeat_in_0xff02 has joined
    And the mains of old are at 230 V
    When old says its heartbeat
    Then old publishes {"voltage": 230}

  Scenario: Reports without the extra attribute are the same
    Given a LLKZMK11LM called plain without the quirk reports_0xf000 has joined
    When switch 2 of plain is pressed
    Then plain publishes {"state_l2": "ON"}

  @zigbee2mqtt-fails:the-page-has-a-/get,-and-it-says-not-supported
  Scenario: A relay that doesn't tell its memory has the one that was set last
    Given a LLKZMK11LM called mute with the quirk refuses_power_outage_memory_read has joined
    When {"power_outage_memory": true} is published to mute/set
    Then mute publishes {"power_outage_memory": true} within 20 seconds
    When {"power_outage_memory": ""} is published to mute/get
    Then mute publishes {"power_outage_memory": true}
    And the host logs no error

  # Link quality

  Scenario: Every message carries the link quality
    When switch 1 of relay is pressed
    Then relay publishes "linkquality" between 0 and 255
    When the link quality of relay is 77
    And switch 1 of relay is pressed
    Then relay publishes {"linkquality": 77}
