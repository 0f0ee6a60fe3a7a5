Feature: Faults, and how the host recovers

  # The radio

  @zigbee2mqtt-fails:it-does-not-start-the-network-again-on-a-radio-that-has-reset-by-itself
  Scenario: The radio resets
    Given a ZNCZ02LM called plug has joined
    When the radio resets
    Then the host recovers within 120 seconds
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    And plug itself has {"on": true}
    When the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  Scenario: The radio hangs briefly, and answers late
    Given a ZNCZ02LM called plug has joined
    When the radio hangs for 3 s
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 15 seconds
    And plug itself has {"on": true}

  Scenario: The radio hangs for a minute
    Given a ZNCZ02LM called plug has joined
    When the radio hangs for 60 s
    And 60 seconds pass
    Then the host recovers within 180 seconds
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  Scenario Outline: The radio has no buffers for a while
    Given a ZNCZ02LM called plug has joined
    When the radio refuses a frame with <status>
    And {"state": "ON"} is published to plug/set
    And 5 seconds pass
    And {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"}
    And plug itself has {"on": false}

    Examples:
      | status      |
      | no_memory   |
      | buffer_full |

  Scenario: The radio runs out of buffers
    Given a ZNCZ02LM called plug has joined
    When the radio runs out of buffers for 10 s
    And {"state": "ON"} is published to plug/set
    And 12 seconds pass
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    And plug itself has {"on": true}

  Scenario Outline: The radio cannot send a frame, and the host retries
    Given a ZNCZ02LM called plug has joined
    When the radio fails to send a frame with <status>
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 15 seconds
    And plug itself has {"on": true}

    Examples:
      | status       |
      | no_ack       |
      | no_route     |
      | channel_busy |
      | no_resources |
      | buffer_full  |

  Scenario: The radio never confirms a frame
    Given a ZNCZ02LM called plug has joined
    When the radio never confirms a frame
    And {"state": "ON"} is published to plug/set
    And 12 seconds pass
    And {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"} within 15 seconds
    And plug itself has {"on": false}

  Scenario: The radio loses its memory
    Given a ZNCZ02LM called plug has joined
    When 2 minutes pass
    And the radio loses its memory
    Then the host recovers within 180 seconds
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  # The line

  Scenario: The line delivers byte by byte
    Given a ZNCZ02LM called plug has joined
    When the line delivers 1 bytes at a time
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  Scenario Outline: The line <damage>
    Given a ZNCZ02LM called plug has joined
    When the line <damage>
    And the button of plug is pressed
    And the line is good
    And the button of plug is pressed
    Then plug publishes {"state": "OFF"}
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 15 seconds
    And plug itself has {"on": true}

    Examples:
      | damage                   |
      | drops the next 10 bytes  |
      | garbles the next 3 bytes |

  Scenario Outline: The line <damage>, continuously
    Given a ZNCZ02LM called plug has joined
    When the line <damage>
    And plug draws 42 W
    And {"state": "ON"} is published to plug/set
    And 60 seconds pass
    And the line is good
    Then the host recovers
    When {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF", "power": 0} within 60 seconds
    And plug itself has {"on": false}

    Examples:
      | damage               |
      | drops 1 % of bytes   |
      | garbles 1 % of bytes |

  @zigbee2mqtt-fails:it-ends-when-its-port-closes
  Scenario: The line closes for a while
    Given a ZNCZ02LM called plug has joined
    When the line closes for 5 s
    And 5 seconds pass
    Then the host recovers within 120 seconds
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  # The air

  Scenario: The air loses a tenth of the frames
    Given a ZNCZ02LM called plug has joined
    When the air loses 10 % of frames
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  Scenario: Frames arrive late, twice and out of order
    Given a ZNCZ02LM called plug has joined
    When the air delays frames by 100 ms
    And the air delays frames by up to 200 ms
    And the air duplicates 50 % of frames
    And the air reorders 20 % of frames
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"}
    And plug itself has {"on": false}

  Scenario: The radio doesn't hear a plug, and reaches it through another
    Given a ZNCZ02LM called near has joined
    And a ZNCZ02LM called far has joined
    When radio and far do not hear each other
    And {"state": "ON"} is published to far/set
    Then far publishes {"state": "ON"} within 15 seconds
    When the button of far is pressed
    Then far publishes {"state": "OFF"}
    When radio and far hear each other again
    And near loses power
    And {"state": "ON"} is published to far/set
    Then far publishes {"state": "ON"} within 15 seconds

  Scenario: A plug behind two walls joins through one between them
    Given radio is placed at 0 m, 0 m
    And a ZNCZ02LM called middle has joined
    And a ZNCZ02LM called far that has not joined
    And middle is placed at 10 m, 0 m
    And far is placed at 20 m, 0 m
    And a wall of 25 dB stands from 5 m, -5 m to 5 m, 5 m
    And a wall of 25 dB stands from 15 m, -5 m to 15 m, 5 m
    When joining is permitted
    And far is paired
    Then far is interviewed and supported
    When the request device/rename is made with {"last": true, "to": "far"}
    And the button of far is pressed
    Then far publishes {"state": "ON"}
    When {"state": "OFF"} is published to far/set
    Then far publishes {"state": "OFF"}

  # The device

  Scenario: A device drops off, and comes back
    Given a ZNCZ02LM called plug has joined
    When plug drops off
    And {"state": "ON"} is published to plug/set
    Then the host logs an error with "plug"
    And plug itself has {"on": false}
    When plug comes back
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  Scenario: A device is moved out of range and back
    Given a ZNCZ02LM called plug has joined
    When plug is out of range
    And the button of plug is pressed
    Then plug publishes nothing
    When plug is in range again
    And the button of plug is pressed
    Then plug publishes {"state": "OFF"}

  Scenario: A device is reset
    Given a ZNCZ02LM called plug has joined
    When plug is reset
    Then the host does not list plug
    When joining is permitted
    And plug is paired
    Then plug is interviewed and supported

  Scenario: A battery dies
    Given a WSDCGQ11LM called sensor has joined
    When the battery of sensor dies within 5 s
    And 6 seconds pass
    Then sensor itself has {"powered": false}
    When sensor regains power
    And 2 seconds pass
    And sensor sends its heartbeat
    Then sensor publishes {"battery": 100}

  Scenario: A device babbles while another is controlled
    Given a ZNCZ02LM called plug has joined
    And a ZNCZ02LM called babbler has joined
    When babbler babbles 50 frames/s for 5 s
    And at once {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 2 seconds
    When 6 seconds pass
    And the button of babbler is pressed
    Then babbler publishes {"state": "ON"}

  Scenario Outline: A <kind> report does no harm
    Given a ZNCZ02LM called plug has joined
    When plug sends a <kind> report
    And 1 seconds pass
    And the button of plug is pressed
    Then plug publishes {"state": "ON"}

    Examples:
      | kind         |
      | truncated    |
      | unknown-type |
      | wrong-length |
      | header-only  |
      | half-header  |

  Scenario Outline: A device <fault>
    Given a ZNCZ02LM called plug has joined
    When plug <fault>
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"} within 30 seconds
    When plug works normally again
    And {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"} within 15 seconds
    And plug itself has {"on": false}

    Examples:
      | fault                                |
      | answers 2 s late                     |
      | answers twice                        |
      | answers with the wrong sequence number |
      | stops answering                      |

  # The broker

  Scenario: The broker stops for a while
    Given a ZNCZ02LM called plug has joined
    When the broker stops for 10 s
    And the button of plug is pressed
    Then the host recovers within 120 seconds
    And bridge/state holds {"state": "online"}
    And the host lists plug
    When {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"}

  @zigbee2mqtt-fails:it-retains-its-state-again-and-nothing-else
  Scenario: The broker restarts without retained messages
    Given a ZNCZ02LM called plug has joined
    When the broker restarts without retained messages
    Then the host recovers within 120 seconds
    And bridge/state holds {"state": "online"}
    And bridge/info holds {"permit_join": false}
    And the host lists plug
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  @zigbee2mqtt-fails:it-never-connects-again-to-a-broker-that-has-refused-it
  Scenario: The broker refuses connections for a while
    Given a ZNCZ02LM called plug has joined
    When the broker refuses connections for 10 s
    Then the host recovers within 120 seconds
    And bridge/state holds {"state": "online"}
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
