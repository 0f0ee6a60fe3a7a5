Feature: ZNCZ02LM, the Mi power plug
  The promises of its page: each expose, each /get, each /set, each option, the notes.

  Background:
    Given a ZNCZ02LM called plug has joined

  Scenario: It is supported, and exposes what the page says
    Then the host lists plug with {"supported": true, "type": "Router", "model_id": "lumi.plug", "power_source": "Mains (single phase)"}
    And the host lists plug with {"definition": {"model": "ZNCZ02LM", "vendor": "Xiaomi", "supports_ota": true}}
    And plug exposes:
      | property            | type    | unit | access            |
      | state               | binary  |      | published set get |
      | power               | numeric | W    | published get     |
      | energy              | numeric | kWh  | published         |
      | device_temperature  | numeric | °C   | published         |
      | power_outage_memory | binary  |      | published set get |
      | linkquality         | numeric | lqi  | published         |

  # Switch

  Scenario Outline: It is switched over MQTT
    When {"state": "<first>"} is published to plug/set
    Then plug publishes {"state": "ON"}
    And plug itself has {"on": true}
    When {"state": "<then>"} is published to plug/set
    Then plug publishes {"state": "OFF"}
    And plug itself has {"on": false}

    Examples:
      | first | then |
      | ON    | OFF  |
      | on    | off  |

  Scenario: It is toggled over MQTT
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When {"state": "TOGGLE"} is published to plug/set
    Then plug publishes {"state": "OFF"}
    And plug itself has {"on": false}

  Scenario Outline: It is switched by every form of topic
    When <payload> is published to <topic>
    Then plug publishes {"state": "ON"}
    And plug itself has {"on": true}

    Examples:
      | topic          | payload         |
      | plug/set       | {"state": "ON"} |
      | plug/set/state | ON              |
      | plug/set       | ON              |

  Scenario: Its state is read
    Given the button of plug is pressed
    When {"state": ""} is published to plug/get
    Then plug publishes {"state": "ON"}

  Scenario: Its button switches it
    When the button of plug is pressed
    Then plug publishes {"state": "ON"}
    When the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  Scenario: A state that doesn't exist is an error
    When {"state": "BLINK"} is published to plug/set
    Then the host logs an error
    And no command is sent to plug

  # Power and energy

  Scenario: It measures power
    Given the button of plug is pressed
    When plug draws 42.5 W
    Then plug publishes {"power": 42.5}

  Scenario: Its power is read
    Given the button of plug is pressed
    And plug draws 12.25 W
    When {"power": ""} is published to plug/get
    Then plug publishes {"power": 12.25}

  Scenario: It reports energy
    Given the meter of plug reads 1.5 kWh
    When plug sends its heartbeat
    Then plug publishes {"energy": 1.5}

  Scenario: It reports its temperature
    Given plug is at 41 °C
    When plug sends its heartbeat
    Then plug publishes {"device_temperature": 41}

  Scenario Outline: What the page forbids is an error
    When {"<property>": <value>} is published to plug/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to plug

    Examples:
      | property           | verb | value |
      | power              | set  | 1     |
      | energy             | get  | ""    |
      | energy             | set  | 1     |
      | device_temperature | get  | ""    |
      | device_temperature | set  | 1     |
      | linkquality        | get  | ""    |
      | linkquality        | set  | 1     |

  # Power outage memory

  Scenario Outline: The memory is switched
    When {"power_outage_memory": <value>} is published to plug/set
    Then plug publishes {"power_outage_memory": <value>} within 20 seconds
    And plug itself has {"power_outage_memory": <value>}

    Examples:
      | value |
      | true  |
      | false |

  @zigbee2mqtt-2.14.1-fails:the-page-has-a-/get-and-it-reads-a-cluster-that-the-plug-lacks
  Scenario Outline: The memory is read
    When {"power_outage_memory": <value>} is published to plug/set
    Then plug publishes {"power_outage_memory": <value>} within 20 seconds
    When {"power_outage_memory": ""} is published to plug/get
    Then plug publishes {"power_outage_memory": <value>}
    And the host logs no error

    Examples:
      | value |
      | true  |
      | false |

  Scenario: With the memory on and the plug toggled once by hand, an outage keeps its state
    When {"power_outage_memory": true} is published to plug/set
    Then plug publishes {"power_outage_memory": true} within 20 seconds
    When the button of plug is pressed
    And plug loses power
    And plug regains power
    Then plug itself has {"on": true}
    When {"state": ""} is published to plug/get
    Then plug publishes {"state": "ON"}

  Scenario: The new setting has no effect until the plug is toggled by hand
    When {"power_outage_memory": true} is published to plug/set
    Then plug publishes {"power_outage_memory": true} within 20 seconds
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When plug loses power
    And plug regains power
    Then plug itself has {"on": false}

  Scenario: With the memory off, an outage switches it off
    Given the button of plug is pressed
    When plug loses power
    And plug regains power
    Then plug itself has {"on": false}

  @zigbee2mqtt-fails:any-text-counts-as-true,-even-"false"
  Scenario Outline: The memory accepts only true and false
    When {"power_outage_memory": <value>} is published to plug/set
    Then the host logs an error with "power_outage_memory" within 5 seconds
    And no command is sent to plug
    And plug itself has {"power_outage_memory": false}

    Examples:
      | value   |
      | "false" |
      | "ON"    |

  # Options

  Scenario: The temperature is calibrated
    Given plug has the options {"device_temperature_calibration": -2}
    And plug is at 41 °C
    When plug sends its heartbeat
    Then plug publishes {"device_temperature": 39}

  Scenario: An option takes effect on the next report
    Given plug is at 30 °C
    When plug sends its heartbeat
    Then plug publishes {"device_temperature": 30}
    When plug is given the options {"device_temperature_calibration": 5}
    And plug sends its heartbeat
    Then plug publishes {"device_temperature": 35}

  Scenario Outline: The temperature is rounded to the digits of the option
    Given plug has the options {"device_temperature_calibration": 1.23456, "device_temperature_precision": <digits>}
    And plug is at 35 °C
    When plug sends its heartbeat
    Then plug publishes {"device_temperature": <published>}

    Examples:
      | digits | published |
      | 1      | 36.2      |
      | 2      | 36.23     |
      | 3      | 36.235    |

  Scenario: The lowest precision is whole degrees
    Given plug has the options {"device_temperature_calibration": 0.5, "device_temperature_precision": 0}
    And plug is at 35 °C
    When plug sends its heartbeat
    Then plug publishes {"device_temperature": 36}

  # Notes

  Scenario: The firmware of 02-28-2017 reports the voltage
    Given a ZNCZ02LM called old with firmware 02-28-2017 has joined
    When old sends its heartbeat
    Then old publishes "voltage" between 200 and 260
    And the host lists old with {"date_code": "02-28-2017"}

  Scenario: Later firmware doesn't report the voltage
    When plug sends its heartbeat
    Then plug publishes "device_temperature" between -20 and 80
    And plug never publishes a "voltage"

  # Link quality

  Scenario: Every message carries the link quality
    When the button of plug is pressed
    Then plug publishes "linkquality" between 0 and 255
    When the link quality of plug is 77
    And the button of plug is pressed
    Then plug publishes {"linkquality": 77}
