Feature: LLKZMK11LM, the Aqara relay with two channels
  The promises of its page: each expose, each /get, each /set, each option, the notes.

  Background:
    Given a LLKZMK11LM called relay has joined

  Scenario: It is supported, and exposes what the page says
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
  Scenario: Vendor and description are those of the page
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

  Scenario Outline: A channel is switched by every form of topic
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

  Scenario: Without a suffix the first channel is switched
    When {"state": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON"}
    And relay itself has {"on_l1": true, "on_l2": false}

  Scenario: Both channels are switched at once
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    And relay itself has {"on_l1": true, "on_l2": true}
    When {"state_l1": "OFF", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}
    And relay itself has {"on_l1": false, "on_l2": true}

  Scenario Outline: A wall switch toggles its channel
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
    When <payload> is published to <topic>
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

  # Measurements

  Scenario: Its power is the sum of the channels that are on
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

  Scenario: It reports energy
    Given the meter of relay reads 1.5 kWh
    When relay sends its heartbeat
    Then relay publishes {"energy": 1.5}

  Scenario: It reports the mains voltage
    Given the mains voltage of relay is 225.5 V
    When relay sends its heartbeat
    Then relay publishes {"voltage": 225.5}

  Scenario: It reports the current
    Given switch 1 of relay is pressed
    And the mains voltage of relay is 200 V
    And channel 1 of relay draws 300 W
    When relay sends its heartbeat
    Then relay publishes {"current": 1.5, "power": 300}

  Scenario: A lower power factor means a higher current
    Given switch 1 of relay is pressed
    And the mains voltage of relay is 200 V
    And the power factor of relay is 0.5
    And channel 1 of relay draws 300 W
    When relay sends its heartbeat
    Then relay publishes {"current": 3, "power": 300}

  Scenario: It reports its temperature
    Given relay is at 41 °C
    When relay sends its heartbeat
    Then relay publishes {"device_temperature": 41}

  Scenario: Its heartbeat reports both channels
    Given switch 2 of relay is pressed
    When relay sends its heartbeat
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}

  Scenario Outline: What the page forbids is an error
    When {"<property>": <value>} is published to relay/<verb>
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
    When relay sends its heartbeat
    Then relay publishes {"power_outage_count": 0}
    When relay loses power
    And relay regains power
    Then relay publishes {"power_outage_count": 1} within 15 seconds

  Scenario: With the memory on, an outage keeps the state
    When {"power_outage_memory": true} is published to relay/set
    Then relay publishes {"power_outage_memory": true} within 20 seconds
    When {"state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l2": "ON"}
    When relay loses power
    And relay regains power
    Then relay itself has {"on_l1": false, "on_l2": true}
    And relay publishes {"state_l1": "OFF", "state_l2": "ON", "power_outage_count": 1} within 15 seconds

  Scenario: With the memory off, an outage switches both off
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    When relay loses power
    And relay regains power
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
  Scenario Outline: The memory accepts only true and false
    When {"power_outage_memory": <value>} is published to relay/set
    Then the host logs an error with "power_outage_memory" within 5 seconds
    And no command is sent to relay
    And relay itself has {"power_outage_memory": false}

    Examples:
      | value   |
      | "false" |
      | "ON"    |

  # Interlock (the page's notes)

  Scenario: By default both channels may be on
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

  Scenario Outline: With the interlock on, the relay switches the other channel off
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

  Scenario: The interlock applies to the wall switches too
    When {"interlock": true} is published to relay/set
    Then relay publishes {"interlock": true}
    When switch 1 of relay is pressed
    Then relay publishes {"state_l1": "ON"}
    When switch 2 of relay is pressed
    Then relay publishes {"state_l1": "OFF", "state_l2": "ON"}

  Scenario: With the interlock off, both channels may be on again
    When {"interlock": true} is published to relay/set
    Then relay publishes {"interlock": true}
    When {"interlock": false} is published to relay/set
    Then relay publishes {"interlock": false}
    When {"state_l1": "ON", "state_l2": "ON"} is published to relay/set
    Then relay publishes {"state_l1": "ON", "state_l2": "ON"}
    And relay itself has {"on_l1": true, "on_l2": true}

  @zigbee2mqtt-fails:any-text-counts-as-true,-even-"false"
  Scenario Outline: The interlock accepts only true and false
    When {"interlock": <value>} is published to relay/set
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
    When relay sends its heartbeat
    Then relay publishes {"device_temperature": <published>}

    Examples:
      | offset | published |
      | -2     | 36        |
      | 2.55   | 41        |
      | 0      | 38        |

  Scenario: An option takes effect on the next report
    Given relay is at 30 °C
    When relay sends its heartbeat
    Then relay publishes {"device_temperature": 30}
    When relay is given the options {"device_temperature_calibration": 5}
    And relay sends its heartbeat
    Then relay publishes {"device_temperature": 35}

  Scenario Outline: The temperature is rounded to the digits of the option
    Given relay has the options {"device_temperature_calibration": 1.23456, "device_temperature_precision": <digits>}
    And relay is at 35 °C
    When relay sends its heartbeat
    Then relay publishes {"device_temperature": <published>}

    Examples:
      | digits | published |
      | 0      | 36        |
      | 1      | 36.2      |
      | 2      | 36.23     |
      | 3      | 36.235    |

  # Firmware and quirks

  Scenario: The heartbeat of the newer firmware is decoded despite its stray byte
    Given a LLKZMK11LM called newer with firmware 9-22-2021 has joined
    And newer is at 44 °C
    And the mains voltage of newer is 231 V
    And the meter of newer reads 12.5 kWh
    When newer sends its heartbeat
    Then newer publishes {"device_temperature": 44, "voltage": 231, "energy": 12.5, "state_l1": "OFF", "power_outage_count": 0}
    And the host lists newer with {"date_code": "9-22-2021"}

  Scenario: The newer firmware is switched like the older one
    Given a LLKZMK11LM called newer with firmware 9-22-2021 has joined
    When {"state_l2": "ON"} is published to newer/set
    Then newer publishes {"state_l2": "ON"}
    And newer itself has {"on_l1": false, "on_l2": true}

  Scenario: A heartbeat without tags reports the outages
    Given a LLKZMK11LM called old with the quirk heartbeat_in_0xff02 has joined
    When old loses power
    And old regains power
    Then old publishes {"power_outage_count": 1} within 15 seconds

  @zigbee2mqtt-fails:it-publishes-tenths-of-a-volt
  Scenario: A heartbeat without tags reports the voltage
    Given a LLKZMK11LM called old with the quirk heartbeat_in_0xff02 has joined
    And the mains voltage of old is 230 V
    When old sends its heartbeat
    Then old publishes {"voltage": 230}

  Scenario: Reports without the extra attribute are decoded alike
    Given a LLKZMK11LM called plain without the quirk reports_0xf000 has joined
    When switch 2 of plain is pressed
    Then plain publishes {"state_l2": "ON"}

  @zigbee2mqtt-fails:the-page-has-a-/get,-and-it-says-not-supported
  Scenario: The memory of a relay that refuses to read it is the one set last
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
