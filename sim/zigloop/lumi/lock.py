"""An Aqara door lock: events by people, and its reports of them in the door lock cluster.

It is mechanical: no command moves it. Each control is one event and one report. The bench doesn't check that events are
plausible: closing the door implies that it was open, accepting a finger that the lock knows it.

Five manufacturer-specific attributes carry all events (herdsman-converters: lock_aq1 and lock_acn02 have their
layouts). 0xFFF6 is the state of the lock, 0xFF10 an accepted key, 0xFF11 a refused one, and the bell, 0xFF01 the
management of users, 0xFFF2 the language.

Not modelled: Bluetooth, keys, cards, the tamper alarm, the exchange with Lumi's hub that ends in encrypted values.
"""

from typing import Any, ClassVar, Final

from zigloop.controls.arguments import Choice, Number
from zigloop.controls.control import control
from zigloop.device.product import Quirk
from zigloop.lumi.battery import BatteryDevice
from zigloop.lumi.quirks import OLD_STRUCTURE
from zigloop.lumi.structure import IN_BASIC, IN_BASIC_OLD, MANUFACTURER, Entry
from zigloop.zcl.attributes import Attribute
from zigloop.zcl.cluster import ClusterDeclaration
from zigloop.zcl.clusters.basic import BATTERY, TIME, basic, time
from zigloop.zcl.clusters.door_lock import (
    DOOR_CLOSED,
    DOOR_LOCK,
    DOOR_OPEN,
    DOOR_STATE,
    LOCK_STATE,
    LOCKED,
    UNLOCKED,
    door_lock,
)
from zigloop.zcl.clusters.identify import identify
from zigloop.zcl.clusters.ota import OTA
from zigloop.zcl.clusters.power import BATTERY_VOLTAGE, POWER_CONFIGURATION, battery_configuration
from zigloop.zcl.endpoint import EndpointDeclaration
from zigloop.zcl.types import CHARACTER_STRING, INT8, OCTET_STRING, UINT8, UINT16, UINT64, Value

DOOR_LOCK_DEVICE: Final = 0x000A

STATUS: Final = 0xFFF6
OPENING: Final = 0xFF10
ATTEMPT: Final = 0xFF11
MANAGEMENT: Final = 0xFF01
LANGUAGE: Final = 0xFFF2

# 0xFFF6: what happened in the high byte, the state after it in the low one (herdsman-converters: lock_acn02). What the
# bits of the low byte mean follows from that table, which has names for whole codes only.
_LOCKED: Final = 0x0111
_REVERSE_ON: Final = 0x0205
_REVERSE_OFF: Final = 0x0301
_OPENED: Final = {"outside": 0x0B00, "inside": 0x0C00}
_BOLT_BIT: Final = 0x0010
#: ASSUMPTION: these models are not known to report that their door closes. It is the code of the sibling ZNMS13LM.
_DOOR_CLOSED: Final = 0x2400

# 0xFF10 and 0xFF11 are numbers of four bytes. Of the former, highest first: method, role in the high nibble, 0, user;
# of the latter: times, 0, 0, what was wrong.
_METHODS: Final = {"finger": 1, "password": 2}
_ROLES: Final = {"admin": 1, "user": 2}
_WRONG: Final = {"finger": 0x40, "password": 0x02}
_BELL: Final = 0x00

# 0xFF01: what is done to a user.
_ADDED: Final = {"finger": 1, "password": 3}
_DELETED: Final = {"finger": 2, "password": 4}
#: ASSUMPTION: no frame is known to mean `lock_opened`. Other bridges read it from this code, the one before those of
#: adding and deleting; so here it means that a user has opened the lock's menu.
_MENU_OPENED: Final = 0

_LANGUAGES: Final = {"chinese": 1, "english": 2}  # 0xFFF2 (decision 14)

HUB_ENCRYPTED: Final = Quirk(
    "hub_encrypted",
    "it was paired with a hub of Lumi's, so its reports in the door lock cluster are 16 bytes that only the hub reads",
    "XiaomiGateway3#713",
    default=False,
)
OCTET_STRINGS: Final = Quirk(
    "octet_strings",
    "its reports in the door lock cluster are octet strings, not character strings",
    "docs/decisions.md 5 and 16: no captures of all five attributes are published, so both are modelled",
    default=False,
)

_KEYS: Final = Choice(("finger", "password"))
_USERS: Final = Number(0, 255, whole=True)


class Lock(BatteryDevice):
    """A door lock. A product defines how numbers and user management are packed."""

    application_version: ClassVar[int]
    number_type: ClassVar[int | None] = None  # ZCL data type; None: a string

    def packed_number(self, number: int) -> Value:
        """A number of four bytes as 0xFF10 and 0xFF11 carry it, in `number_type`."""
        raise NotImplementedError

    def packed_management(self, code: int, user: int) -> bytes:
        """An action (a code) on a user, as 0xFF01 carries it."""
        raise NotImplementedError

    def endpoints(self) -> tuple[EndpointDeclaration, ...]:
        """ASSUMPTION: no list of these models' endpoints is published.

        Clusters are those of lumi.lock.v1 (zha-device-handlers#669) and the door lock's, which captures show on
        endpoint 1 (XiaomiGateway3#551, #713).
        """
        product = self.product
        return (
            EndpointDeclaration(
                1,
                device_id=DOOR_LOCK_DEVICE,
                servers=(
                    basic(
                        (IN_BASIC_OLD if self.has(OLD_STRUCTURE) else IN_BASIC).declaration(),
                        model=product.zigbee_model,
                        manufacturer="LUMI",
                        date_code=self.firmware,
                        power_source=BATTERY,
                        zcl_version=1,  # this and the following are ASSUMPTIONS
                        application_version=self.application_version,
                        stack_version=2,
                        hardware_version=1,
                    ),
                    battery_configuration(),
                    identify(),
                    time(),
                    ClusterDeclaration(OTA),
                    door_lock(*(self._declared(each) for each in (STATUS, OPENING, ATTEMPT, MANAGEMENT, LANGUAGE))),
                ),
                clients=(TIME, OTA),
            ),
        )

    def _declared(self, attribute: int) -> Attribute:
        if attribute in (OPENING, ATTEMPT) and self.number_type is not None and not self.has(HUB_ENCRYPTED):
            return Attribute(attribute, self.number_type, 0, manufacturer=MANUFACTURER)
        string = OCTET_STRING if self.has(OCTET_STRINGS) else CHARACTER_STRING
        return Attribute(attribute, string, b"", manufacturer=MANUFACTURER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        servers = self.node.endpoints[1].servers
        self._lock = servers[DOOR_LOCK]
        self.battery_cluster = servers[POWER_CONFIGURATION]
        self.bolted = False
        self.reversed = False  # the bolt that can only be turned from inside
        self.door_open = False
        self.language_spoken = "chinese"
        self.known: dict[str, set[int]] = {"finger": set(), "password": set()}
        self.reported: dict[str, Any] = {}  # its last events, by the page's properties: reported once, and not readable
        self.temperature = 25.0
        self.outages = 0
        self._lock.attributes.computed(LOCK_STATE, lambda: LOCKED if self.bolted else UNLOCKED)
        self._lock.attributes.computed(DOOR_STATE, lambda: DOOR_OPEN if self.door_open else DOOR_CLOSED)
        self.battery_cluster.attributes.computed(
            BATTERY_VOLTAGE, lambda: min(round(self.battery.millivolts / 100), 0xFE)
        )

    # Its state

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "bolted": self.bolted,
            "reversed": self.reversed,
            "door_open": self.door_open,
            "language": self.language_spoken,
            "fingers": sorted(self.known["finger"]),
            "passwords": sorted(self.known["password"]),
            "device_temperature": self.temperature,
            "power_outage_count": self.outages,
        }

    def expected_state(self) -> dict[str, Any]:
        """It reports its state when that changes, and at no other time: a host publishes the last report."""
        return super().expected_state() | self.reported

    def snapshot(self) -> dict[str, Any]:
        own = ("bolted", "reversed", "door_open", "language_spoken", "temperature", "outages")
        known = {key: sorted(users) for key, users in self.known.items()}
        return (
            super().snapshot()
            | {each: getattr(self, each) for each in own}
            | {"known": known, "told": dict(self.reported)}
        )

    def restore_snapshot(self, snapshot: dict[str, Any]) -> None:
        self.bolted, self.reversed = snapshot["bolted"], snapshot["reversed"]
        self.door_open, self.language_spoken = snapshot["door_open"], snapshot["language_spoken"]
        self.reported = dict(snapshot["told"])
        self.temperature, self.outages = snapshot["temperature"], snapshot["outages"]
        self.known = {key: set(users) for key, users in snapshot["known"].items()}
        super().restore_snapshot(snapshot)

    def left_network(self) -> None:
        self.reported.clear()

    def power_came_back(self) -> None:
        self.outages += 1

    # Its reports

    def heartbeat_entries(self) -> list[Entry]:
        """As in golden vector ZNMS12LM.in.heartbeat.full. Tags 4, 6, 8 and 0x64 are unknown; the values are its."""
        return [
            (0x01, UINT16, self.battery.millivolts),
            (0x03, INT8, round(self.temperature)),
            (0x04, UINT16, 0x13A8),
            (0x05, UINT16, min(self.outages + 1, 0xFFFF)),
            (0x06, UINT64, 1),
            (0x08, UINT16, 0x0109),
            (0x0A, UINT16, 0x0000),  # ASSUMPTION: its parent's short address, as in other Lumi products
            (0x64, UINT8, 1),
        ]

    def _send(self, attribute: int, value: Value) -> None:
        """One report of one attribute; encrypted, it is 16 bytes that only a hub can read."""
        if self.has(HUB_ENCRYPTED):
            value = self.node.rng.randbytes(16)
        self._lock.attributes.set(attribute, value, MANUFACTURER)
        self.send_report(self._lock, attribute, manufacturer=MANUFACTURER)

    def _send_status(self, code: int) -> None:
        self._send(STATUS, bytes(3) + code.to_bytes(2, "big"))
        if self.node.announced and not self.has(HUB_ENCRYPTED):
            self.reported["state"] = "LOCK" if self.bolted else "UNLOCK"
            self.reported["reverse"] = "LOCK" if self.reversed else "UNLOCK"

    # Controls: without power they have no effect.

    @control("{name} accepts the {key} of {role} {user}", key=_KEYS, role=Choice(tuple(_ROLES)), user=_USERS)
    def accept(self, key: str, role: str, user: int) -> None:
        """Accept a finger or password of an admin or user, by number. Opening the door is another control."""
        if self.powered:
            self.known[key].add(user)
            self._send(OPENING, self.packed_number(_METHODS[key] << 24 | _ROLES[role] << 20 | user))

    @control("a wrong {key} is tried {times} times on {name}", key=_KEYS, times=Number(1, 255, whole=True))
    def refuse(self, key: str, times: int = 1) -> None:
        """Refuse a finger or password; it is reported once, with the number of attempts."""
        if self.powered:
            self._send(ATTEMPT, self.packed_number(times << 24 | _WRONG[key]))

    @control("the doorbell of {name} is rung")
    def ring(self) -> None:
        """Ring the doorbell."""
        if self.powered:
            self._send(ATTEMPT, self.packed_number(1 << 24 | _BELL))

    @control("{name} is opened from {side}", side=Choice(tuple(_OPENED)))
    def open(self, side: str) -> None:
        """Turn the handle inside or outside: the bolts go in, and the door opens."""
        if self.powered:
            self.bolted = self.reversed = False
            self.door_open = True
            self._send_status(_OPENED[side])

    @control("the door of {name} closes")
    def close(self) -> None:
        """Push the door shut; that doesn't lock it."""
        if self.powered:
            self.bolted = self.reversed = self.door_open = False
            self._send_status(_DOOR_CLOSED)

    @control("{name} is locked")
    def lock(self) -> None:
        """Lift the handle: the bolts go out.

        The reverse lock is off then: ASSUMPTION, from the low byte of the code.
        """
        if self.powered:
            self.bolted, self.reversed, self.door_open = True, False, False
            self._send_status(_LOCKED)

    @control("the reverse lock of {name} is turned {position}", position=Choice(("on", "off")))
    def reverse(self, position: str) -> None:
        """Turn the knob inside; while it is on, the lock can't be opened from outside."""
        if self.powered:
            self.reversed = position == "on"
            self.door_open = False
            code = _REVERSE_ON if self.reversed else _REVERSE_OFF
            self._send_status(code | _BOLT_BIT if self.bolted else code)

    @control("{key} {user} is added to {name}", key=_KEYS, user=_USERS)
    def add(self, key: str, user: int) -> None:
        """Add a finger or password, by number."""
        if self.powered:
            self.known[key].add(user)
            self._manage(_ADDED[key], user)

    @control("{key} {user} is deleted from {name}", key=_KEYS, user=_USERS)
    def delete(self, key: str, user: int) -> None:
        """Delete a finger or password, by number."""
        if self.powered:
            self.known[key].discard(user)
            self._manage(_DELETED[key], user)

    @control("user {user} opens the menu of {name}", user=Number(1, 255, whole=True))
    def menu(self, user: int) -> None:
        """Let a user open the lock's menu; hosts publish lock_opened."""
        if self.powered:
            self._manage(_MENU_OPENED, user)

    def _manage(self, code: int, user: int) -> None:
        self._send(MANAGEMENT, self.packed_management(code, user))

    @control("the language of {name} is set to {language}", language=Choice(tuple(_LANGUAGES)))
    def speak(self, language: str) -> None:
        """Set its voice to Chinese or English."""
        if self.powered:
            self.language_spoken = language
            self._send(LANGUAGE, bytes((0, 0, 0, _LANGUAGES[language])))

    @control("{name} is at {celsius} °C", celsius=Number(-128, 127, "°C"))
    def heat(self, celsius: float) -> None:
        """Bring the lock to this temperature; its next heartbeat reports it."""
        self.temperature = celsius
