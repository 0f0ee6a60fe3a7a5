"""Pages to read: those of the products, and one of ours with everything."""

from tests.support.paths import PAGES

#: A page of ours in the form of today's, with one of each kind that the five products don't have.
MODERN = """---
title: "x"
---

# Maker X-1/b

|     |     |
|-----|-----|
| Model | X-1/b  |
| Vendor  | [Maker](/supported-devices/#v=Maker)  |
| Description | A thing | for tests |
| Exposes | light (state, brightness, color_xy), climate (local_temperature, system_mode), cover (state, position), lock (state, lock_state), fan (state, mode), gadget, schedule, reply, boost |

<!-- Notes BEGIN: You can edit here. -->
## Notes
### Pairing
Hold it.
## Options
* `fake`: not an option but a note. The value must be a number.
<!-- Notes END: Do not edit below this line -->

## Options
*[How to use device type specific configuration](../guide/x.md)*

* `wait`: How long, in seconds. The value must be a number with a minimum value of `-0.5`

* `mode`: Which. The value must be one of `a`, `b|c`

* `words`: Several. The value must be a list of text.

* `text`: Any. The value must be textual.

* `brightness`: Simulated. Example:
```yaml
simulated_brightness:
  delta: 20
```


## Exposes

### Light (l1 endpoint)
This light supports the following features: `state`, `brightness`, `color_xy`, `mystery`.
- `state`: To control the state publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"state_l1": "ON"}`, `{"state_l1": "OFF"}` or `{"state_l1": "TOGGLE"}`. To read the state send a message to `zigbee2mqtt/FRIENDLY_NAME/get` with payload `{"state_l1": ""}`.
- `brightness`: To control the brightness publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"brightness_l1": VALUE}` where `VALUE` is a number between `0` and `254`. To read the brightness send a message to `zigbee2mqtt/FRIENDLY_NAME/get` with payload `{"brightness_l1": ""}`.
- `color_xy`: To control the XY color publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"color_l1": {"x": X_VALUE, "y": Y_VALUE}}`. To read the XY color send a message to `zigbee2mqtt/FRIENDLY_NAME/get` with payload `{"color_l1":{"x":"","y":""}}`.

#### Transition
One may.

### Climate
This climate device supports the following features: `local_temperature`, `system_mode`.
- `local_temperature`: How warm (in °C). Reading (`/get`) this attribute is not possible.
- `system_mode`: Mode. To control publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"system_mode": VALUE}` where `VALUE` is one of: `off`, `heat`. To read send a message to `zigbee2mqtt/FRIENDLY_NAME/get` with payload `{"system_mode": ""}`.

### Cover
The current state of this cover is in the published state under the `state` property (value is `OPEN` or `CLOSE`).
To control this cover publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"state": "OPEN"}`, `{"state": "CLOSE"}`, `{"state": "STOP"}`.
It's not possible to read (`/get`) this value.
To change the position publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"position": VALUE}` where `VALUE` is a number between `0` and `100`.

### Lock (front endpoint)
The current state of this lock is in the published state under the `state_front` property (value is `LOCK` or `UNLOCK`).
To control this lock publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"state_front": "LOCK"}` or `{"state_front": "UNLOCK"}`.
To read the current state of this lock publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/get` with payload `{"state_front": ""}`.
This lock exposes a lock state which can be found in the published state under the `lock_state` property. It's not possible to read (`/get`) or write (`/set`) this value. The possible values are: `locked`, `unlocked`.

### Fan
The current state of this fan is in the published state under the `fan_state` property (value is `ON` or `OFF`).
To control this fan publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"fan_state": "ON"}` or `{"fan_state": "OFF"}`.
It's not possible to read (`/get`) this value.
To change the mode publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"fan_mode": VALUE}` where `VALUE` can be: `low`, `high`.

### Gadget (siren)
Howls.

### Weekly schedule (composite)
When to heat.
Can be set by publishing to `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"schedule": {"day": VALUE, "hour": VALUE}}`
- `day` (enum): Which day allowed values: `mo`, `tu`
- `hour` (numeric): Hour unit is h

### Reply (text)
Value will **not** be published in the state.
It's not possible to read (`/get`) this value.
To write (`/set`) a value publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"reply": NEW_VALUE}`.
A sentence of tomorrow.

### Boost (numeric, l2 endpoint)
Value will **not** be published in the state.
It's not possible to read (`/get`) this value.
To write (`/set`) a value publish a message to topic `zigbee2mqtt/FRIENDLY_NAME/set` with payload `{"boost_l2": NEW_VALUE}`.
The minimal value is `0` and the maximum value is `0.25`.
Besides the numeric values the following values are accepted: `never`, `always`.

### Power (numeric)
How much.
Value can be found in the published state on the `power` property.
It's not possible to read (`/get`) or write (`/set`) this value.
The unit of this value is `W`.

### Power (numeric)
Once more.
Value can be found in the published state on the `power` property.
It's not possible to read (`/get`) or write (`/set`) this value.
"""  # noqa: E501 - the form of the pages


def page_of(model: str) -> str:
    return (PAGES / f"{model}.md").read_text(encoding="utf-8")
