Feature: WSDCGQ11LM, Aqara temperature, humidity and pressure sensor
  The promises of its page: each expose, each option; and when it reports.

  Background:
    Given a WSDCGQ11LM called sensor has joined

  Scenario: It is supported, and exposes what the page says
    Then the host lists sensor with {"supported": true, "type": "EndDevice", "model_id": "lumi.weather", "power_source": "Battery"}
    And the host lists sensor with {"definition": {"model": "WSDCGQ11LM", "supports_ota": false}}
    And sensor exposes:
      | property    | type    | unit | access    |
      | battery     | numeric | %    | published |
      | temperature | numeric | °C   | published |
      | humidity    | numeric | %    | published |
      | pressure    | numeric | hPa  | published |
      | voltage     | numeric | mV   | published |
      | linkquality | numeric | lqi  | published |

  @zigbee2mqtt-fails:vendor-and-description-have-changed-since
  Scenario: Vendor and description are those of the page
    Then the host lists sensor with {"definition": {"vendor": "Xiaomi", "description": "Aqara temperature, humidity and pressure sensor"}}

  # Measurements

  Scenario Outline: It reports the temperature
    When it is <celsius> °C at sensor
    Then sensor publishes {"temperature": <celsius>}

    Examples:
      | celsius |
      | 25.13   |
      | 0       |
      | -20.05  |
      | 64.99   |

  Scenario Outline: It reports the humidity
    When the humidity at sensor is <percent> %
    Then sensor publishes {"humidity": <percent>}

    Examples:
      | percent |
      | 0       |
      | 62.41   |
      | 100     |

  Scenario Outline: It reports the pressure
    When the pressure at sensor is <exactly> hPa
    Then sensor publishes {"pressure": <published>}

    Examples:
      | exactly | published |
      | 995.1   | 995.1     |
      | 1030    | 1030      |
      | 300     | 300       |

  Scenario: It reports all three when one changes
    Given it is 30 °C at sensor
    Then sensor publishes {"temperature": 30, "humidity": 50, "pressure": 1013}

  Scenario: Small changes wait for the heartbeat
    Given it is 21.4 °C at sensor
    And the humidity at sensor is 54.5 %
    And the pressure at sensor is 1013.6 hPa
    Then sensor never publishes a "temperature"
    When sensor sends its heartbeat
    Then sensor publishes {"temperature": 21.4, "humidity": 54.5, "pressure": 1013.6}

  Scenario: Small changes are reported when its button is pressed
    Given it is 21.4 °C at sensor
    When the pairing button of sensor is pressed briefly
    Then sensor publishes {"temperature": 21.4, "humidity": 50, "pressure": 1013}

  Scenario: It sends a heartbeat about once an hour
    When 54 minutes pass
    Then meanwhile sensor published nothing
    And sensor publishes "battery" between 0 and 100 within 120 seconds

  Scenario: Without its battery it is silent
    Given sensor loses power
    When it is 30 °C at sensor
    Then sensor publishes nothing
    When sensor regains power
    Then sensor publishes {"temperature": 30}

  Scenario: A sensor with a broken chip reports what it still measures
    Given a WSDCGQ11LM called broken with the quirk broken_chip has joined
    When the pressure at broken is 1018.5 hPa
    Then broken publishes {"pressure": 1018.5}
    And broken never publishes a "temperature"
    When broken sends its heartbeat
    Then broken publishes {"pressure": 1018.5}
    And broken never publishes a "humidity"

  # Battery

  Scenario Outline: It reports its battery
    Given the battery voltage of sensor is <millivolts> mV
    When sensor sends its heartbeat
    Then sensor publishes {"battery": <percent>, "voltage": <millivolts>}

    Examples:
      | millivolts | percent |
      | 3215       | 100     |
      | 3000       | 100     |
      | 2925       | 50      |
      | 2850       | 0       |
      | 2100       | 0       |

  # Options

  Scenario Outline: A value is calibrated
    Given sensor has the options {"<property>_calibration": <offset>}
    When the pairing button of sensor is pressed briefly
    Then sensor publishes {"<property>": <published>}

    Examples:
      | property    | offset | published |
      | temperature | -1.5   | 19.5      |
      | humidity    | 2.25   | 52.25     |
      | pressure    | -10.5  | 1002.5    |

  Scenario Outline: A value is rounded to the digits of the option
    Given sensor has the options {"<property>_precision": <digits>}
    And it is 23.46 °C at sensor
    And the humidity at sensor is 61.87 %
    And the pressure at sensor is 1001.6 hPa
    When the pairing button of sensor is pressed briefly
    Then sensor publishes {"<property>": <published>}

    Examples:
      | property    | digits | published |
      | temperature | 0      | 23        |
      | temperature | 1      | 23.5      |
      | temperature | 3      | 23.46     |
      | humidity    | 0      | 62        |
      | humidity    | 1      | 61.9      |
      | humidity    | 3      | 61.87     |
      | pressure    | 0      | 1002      |
      | pressure    | 1      | 1001.6    |
      | pressure    | 3      | 1001.6    |

  Scenario: An option takes effect on the next report
    When the pairing button of sensor is pressed briefly
    Then sensor publishes {"temperature": 21}
    When sensor is given the options {"temperature_calibration": 2}
    And the pairing button of sensor is pressed briefly
    Then sensor publishes {"temperature": 23}

  Scenario Outline: What the page forbids is an error
    When {"<property>": <value>} is published to sensor/<verb>
    Then the host logs an error with "<property>"
    And no command is sent to sensor

    Examples:
      | property    | verb | value |
      | battery     | get  | ""    |
      | battery     | set  | 50    |
      | temperature | get  | ""    |
      | temperature | set  | 21    |
      | humidity    | get  | ""    |
      | humidity    | set  | 50    |
      | pressure    | get  | ""    |
      | pressure    | set  | 1013  |
      | voltage     | get  | ""    |
      | voltage     | set  | 3000  |
      | linkquality | get  | ""    |
      | linkquality | set  | 0     |

  # Link quality

  Scenario: Every message carries the link quality
    Given the link quality of sensor is 77
    When the pairing button of sensor is pressed briefly
    Then sensor publishes {"linkquality": 77}
