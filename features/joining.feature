Feature: Joining and leaving the network

  # Joining

  Scenario: A device joins while joining is permitted
    Given a ZNCZ02LM called plug that has not joined
    When joining is permitted
    And plug is paired
    Then bridge/event publishes {"type": "device_joined"}
    And bridge/event publishes {"type": "device_interview", "data": {"status": "started"}}
    And plug is interviewed and supported
    And the host lists plug
    And plug itself has {"joined": true}

  Scenario: Nothing joins while joining is closed
    Given a ZNCZ02LM called plug that has not joined
    When plug is paired
    Then bridge/event publishes nothing
    And plug itself has {"joined": false}
    And the host does not list plug

  Scenario: Joining closes by itself
    Given a ZNCZ02LM called plug that has not joined
    When joining is permitted for 5 seconds
    And 6 seconds pass
    And plug is paired
    Then bridge/event publishes nothing
    And plug itself has {"joined": false}

  Scenario: The host publishes whether joining is permitted
    When joining is permitted
    Then bridge/info holds {"permit_join": true}
    When joining is closed
    Then bridge/info holds {"permit_join": false}

  Scenario: Several devices join at once
    Given a ZNCZ02LM called one that has not joined
    And a ZNCZ02LM called two that has not joined
    And a ZNCZ02LM called three that has not joined
    When joining is permitted
    And one is paired
    And at once two is paired
    And at once three is paired
    Then one is interviewed and supported
    And two is interviewed and supported
    And three is interviewed and supported

  # Staying in the network

  Scenario: A device returns after a power outage without a new interview
    Given a ZNCZ02LM called plug has joined
    When plug loses power
    And plug regains power
    Then bridge/event publishes {"type": "device_announce", "data": {"friendly_name": "plug"}}
    And bridge/event never publishes {"type": "device_interview"}
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  Scenario: A device without power cannot be controlled until it returns
    Given a ZNCZ02LM called plug has joined
    When plug loses power
    And {"state": "ON"} is published to plug/set
    Then the host logs an error with "plug" within 60 seconds
    When plug regains power
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  Scenario: Devices are kept when the host restarts
    Given a ZNCZ02LM called plug has joined
    When {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}
    When the host restarts
    Then bridge/state holds {"state": "online"}
    And the host lists plug
    And bridge/event never publishes {"type": "device_interview"}
    When {"state": "OFF"} is published to plug/set
    Then plug publishes {"state": "OFF"}
    And plug itself has {"on": false}

  Scenario: A device that is paired again keeps its name
    Given a ZNCZ02LM called plug has joined
    When joining is permitted
    And plug is paired
    Then bridge/event publishes {"data": {"friendly_name": "plug"}}
    When 5 seconds pass
    And {"state": "ON"} is published to plug/set
    Then plug publishes {"state": "ON"}

  # Names

  Scenario: A device is renamed
    Given a ZNCZ02LM called plug has joined
    When the request device/rename is made with {"from": "plug", "to": "kitchen/plug"}
    Then the request returns {"from": "plug", "to": "kitchen/plug"}
    When {"state": "ON"} is published to kitchen/plug/set
    Then kitchen/plug publishes {"state": "ON"}

  Scenario: A name can be used only once
    Given a ZNCZ02LM called one has joined
    And a ZNCZ02LM called two has joined
    When the request device/rename is made with {"from": "one", "to": "two"}
    Then the request is refused with "friendly_name 'two' is already in use"

  # Leaving

  Scenario: A device is removed over MQTT
    Given a ZNCZ02LM called plug has joined
    When the request device/remove is made with {"id": "plug"}
    Then the request returns {"id": "plug", "block": false, "force": false}
    And the host does not list plug
    And plug itself has {"joined": false}

  Scenario: A device leaves by itself
    Given a ZNCZ02LM called guest has joined
    When guest leaves
    Then bridge/event publishes {"type": "device_leave"}
    And the host does not list guest

  Scenario: An unknown device can't be removed
    When the request device/remove is made with {"id": "nosuch"}
    Then the request is refused with "Device 'nosuch' does not exist"

  # Requests

  Scenario: The host is healthy
    When the request health_check is made
    Then the request returns {"healthy": true}

  Scenario: A device is interviewed again
    Given a ZNCZ02LM called plug has joined
    When the request device/interview is made with {"id": "plug"}
    Then the request returns {"id": "plug"}
    And bridge/event publishes {"type": "device_interview", "data": {"status": "successful"}}
    And plug is interviewed and supported

  Scenario: A device is configured again
    Given a ZNCZ02LM called plug has joined
    When the request device/configure is made with {"id": "plug"}
    Then the request succeeds
