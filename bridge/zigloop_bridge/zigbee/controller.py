"""zigpy's view of the network: its application on a Z-Stack radio, reduced to what the bridge uses.

zigpy does the radio's protocol, forms and starts the network, and handles ZDO, routes and retries. Three things differ.
Frames of devices go to the network's fast path first (`zcl/codec.py` has the reason). The network decides what follows
when a device joins, in Zigbee2MQTT's order. And zigpy doesn't interview, scan or download by itself.
"""

import logging
import struct
from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Any, Protocol

from zigloop_bridge.config.schema import AdvancedConfig, SerialConfig
from zigloop_bridge.zigbee.deferred import defer
from zigloop_bridge.zigbee.device import COORDINATOR, END_DEVICE, Device, Endpoint

defer("aiohttp", "jsonschema")  # before zigpy

import zigpy.device  # noqa: E402
import zigpy.endpoint  # noqa: E402
import zigpy.types as t  # noqa: E402
import zigpy.zdo.types as zdo_t  # noqa: E402
import zigpy_znp.commands as c  # noqa: E402
from zigpy_znp.frames import TransportFrame  # noqa: E402
from zigpy_znp.types import DeviceState  # noqa: E402
from zigpy_znp.zigbee.application import ControllerApplication  # noqa: E402

LOGGER = logging.getLogger(__name__)

# AF_INCOMING_MSG: group, cluster, source, its endpoint, ours, broadcast, LQI, security, timestamp, TSN,
# data's length; then the data, and what the MAC knows. Source: Z-Stack Monitor and Test API, 3.2.2.2.
_INCOMING = c.AF.IncomingMsg.Callback.header
_SOF, _INCOMING_BYTES = b"\xfe", b"\x44\x81"  # how its frame begins; the length lies between
# SYS_RESET_IND: after it the radio's network stands still until a host starts it, which zigpy-znp doesn't notice.
_RESET = c.SYS.ResetInd.Callback.header
_MESSAGE = struct.Struct("<HHHBBBBBIBB")
_OUR_ENDPOINTS = (1, 2)  # Home Automation and Light Link; Green Power's 242 is zigpy's


class ControllerEvents(Protocol):
    """Events of a controller."""

    def frame_received(
        self, nwk: int, group: int, endpoint: int, cluster: int, data: bytes, linkquality: int, unicast: bool
    ) -> bool:
        """A ZCL frame came in, `group` 0 when it was for none; True when zigpy need not handle it."""

    def device_joined(self, ieee: str, nwk: int) -> None:
        """The trust center let a device in."""

    def device_announced(self, ieee: str, nwk: int) -> None:
        """A device announced itself."""

    def device_moved(self, ieee: str, nwk: int) -> None:
        """A device's network address became known."""

    def device_left(self, ieee: str) -> None:
        """A device left."""

    def radio_lost(self, reason: Exception | None) -> None:
        """The port closed, or the radio no longer answers."""


class _Node(zigpy.device.ZigbeeDevice):  # type: ignore[misc]
    """A zigpy device with addresses and clusters only; it starts nothing by itself."""

    def get_sequence(self) -> int:
        """Taken from the application's counter: data confirms carry nothing else, so it must not repeat soon."""
        return int(self._application.get_sequence())

    def schedule_initialize(self) -> None:
        """Disabled: the network interviews."""

    def schedule_group_membership_scan(self) -> None:
        """Disabled."""


class Controller(ControllerApplication):  # type: ignore[misc]
    """One connection to a radio, from connect to loss; the next connection gets a new one."""

    _znp: Any

    def __init__(self, serial: SerialConfig, advanced: AdvancedConfig, events: ControllerEvents) -> None:
        super().__init__(_zigpy_config(serial, advanced))
        self._events = events
        self._found: dict[int, Any] = {}  # the node that was found last at each network address
        self.lost = False
        #: The network runs, and no reset of the radio is expected.
        self.settled = False

    def add_device(self, ieee: Any, nwk: Any) -> Any:
        """As zigpy's, but with a `_Node`."""
        node = _Node(self, ieee, nwk)
        self.devices[ieee] = node
        return node

    def get_device(self, ieee: Any = None, nwk: Any = None) -> Any:
        """As zigpy's, which looks at all devices for a network address with each answer that comes in."""
        if ieee is None:
            node = self._found.get(nwk)
            if node is None or node.nwk != nwk or self.devices.get(node.ieee) is not node:
                node = self._found[nwk] = super().get_device(nwk=nwk)
            return node
        return super().get_device(ieee=ieee)

    def attach(self, device: Device) -> Any:
        """Add a device that the bridge knows to zigpy, without sending it anything."""
        ieee = t.EUI64.convert(device.ieee[2:])
        node = self.devices.get(ieee)
        if node is None:
            node = self.add_device(ieee, t.NWK(device.nwk))
        node.nwk = t.NWK(device.nwk)
        if device.type in (COORDINATOR, "Unknown"):
            return node
        sleepy = device.type == END_DEVICE
        node.node_desc = zdo_t.NodeDescriptor(
            logical_type=zdo_t.LogicalType.EndDevice if sleepy else zdo_t.LogicalType.Router,
            complex_descriptor_available=0,
            user_descriptor_available=0,
            reserved=0,
            aps_flags=0,
            frequency_band=zdo_t.NodeDescriptor.FrequencyBand.Freq2400MHz,
            mac_capability_flags=zdo_t.NodeDescriptor.MACCapabilityFlags(0x80 if sleepy else 0x8E),
            manufacturer_code=device.manufacturer_id or 0,
            maximum_buffer_size=82,
            maximum_incoming_transfer_size=82,
            server_mask=0,
            maximum_outgoing_transfer_size=82,
            descriptor_capability_field=0,
        )
        for endpoint in device.endpoints.values():
            _attach_endpoint(node, endpoint)
        return node

    def detach(self, device: Device) -> None:
        """zigpy forgets a device."""
        node = self.devices.pop(t.EUI64.convert(device.ieee[2:]), None)
        if node is not None:
            node.on_remove()

    def node(self, device: Device) -> Any:
        """zigpy's object for a device."""
        node = self.devices.get(t.EUI64.convert(device.ieee[2:]))
        return self.attach(device) if node is None else node

    async def permit_join(self, seconds: int, device: Device | None) -> None:
        """Open the network, everywhere or at one device; 0 closes it."""
        target = None
        if device is not None:
            target = self.state.node_info.ieee if device.type == COORDINATOR else self.node(device).ieee
        await self.permit(seconds, target)

    async def leave(self, device: Device) -> int:
        """Make a device leave; returns the status of its answer, 0 for success."""
        reply = await self.node(device).zdo.leave(remove_children=False, rejoin=False)
        return int(reply[0])

    def coordinator(self) -> Device:
        """The radio as a device of its own network."""
        ours = self._device
        device = Device(
            ieee=format_ieee(ours.ieee),
            nwk=int(ours.nwk),
            type=COORDINATOR,
            manufacturer_id=0xFFFF,
            interview_state="SUCCESSFUL",
        )
        for number, endpoint in ours.endpoints.items():
            if number:
                device.endpoints[number] = Endpoint(
                    number,
                    endpoint.profile_id,
                    int(endpoint.device_type or 0),
                    [int(each) for each in endpoint.in_clusters],
                    [int(each) for each in endpoint.out_clusters],
                )
        return device

    # What zigpy calls

    async def connect(self) -> None:
        """As zigpy-znp's, and then look at the radio's frames before zigpy-znp does."""
        await super().connect()
        port, from_frame = self._znp._uart, self._znp.frame_received
        from_port = port.data_received

        def data_received(data: bytes) -> None:
            if not port._buffer:
                data = data[self._messages_received(data, from_frame) :]
            if data:
                from_port(data)

        port.data_received = data_received
        self._znp.frame_received = lambda frame: self._frame_received(frame) or from_frame(frame)

    async def disconnect(self) -> None:
        """As zigpy-znp's, which resets the radio first; skips that when the radio is not connected."""
        self.settled = False
        znp = self._znp
        if self.lost and znp is not None:
            self._znp = None
            await znp.disconnect()
        else:
            await super().disconnect()

    def _messages_received(self, data: bytes, to_zigpy: Callable[[Any], object]) -> int:
        """Handle the devices' messages at the beginning of what the port brought; returns their length.

        zigpy-znp takes 0.15 ms to find a frame in the bytes, and as long again to make an object of each of a message's
        13 fields, which is longer than all that follows.
        """
        start = 0
        while data[start : start + 1] == _SOF and data[start + 2 : start + 4] == _INCOMING_BYTES:
            end = start + data[start + 1] + 5
            if end > len(data) or reduce(xor, data[start + 1 : end]):  # the checksum cancels out
                break
            try:
                if not self._message_received(data[start + 4 : end - 1]):
                    to_zigpy(TransportFrame.deserialize(data[start:end])[0].payload)
            except Exception:
                LOGGER.exception("A message could not be handled: %s", data[start:end].hex())
            start = end
        return start

    def _frame_received(self, frame: Any) -> bool:
        """A frame that came in pieces or behind others; True when zigpy needn't see it."""
        if frame.header == _INCOMING:
            return self._message_received(bytes(frame.data))
        if frame.header == _RESET and self.settled:
            self.connection_lost(ConnectionResetError("the radio has restarted"))
        return False

    def _message_received(self, data: bytes) -> bool:
        """Pass a device's message to the network; True when zigpy needn't see it."""
        try:
            group, cluster, nwk, endpoint, ours, broadcast, linkquality, _, _, _, length = _MESSAGE.unpack_from(data)
        except struct.error:
            return False
        content = data[_MESSAGE.size : _MESSAGE.size + length]
        return (
            len(content) == length
            and ours in _OUR_ENDPOINTS
            and self._events.frame_received(
                nwk, group, endpoint, cluster, content, linkquality, not broadcast and group == 0
            )
        )

    def on_zdo_tc_device_join(self, msg: Any) -> None:
        """The trust center let a device in. Routes are discovered at once: the interview needs them."""
        self.create_task(self._discover_route(msg.SrcNwk))
        self._events.device_joined(format_ieee(msg.SrcIEEE), int(msg.SrcNwk))

    def handle_join(self, nwk: Any, ieee: Any, parent_nwk: Any, *, handle_rejoin: bool = True) -> None:
        """zigpy saw an announcement (`handle_rejoin`), or found a device's address."""
        if ieee == t.EUI64.UNKNOWN or ieee == self.state.node_info.ieee:
            return
        if handle_rejoin:
            self._events.device_announced(format_ieee(ieee), int(nwk))
        else:
            self._events.device_moved(format_ieee(ieee), int(nwk))

    def handle_leave(self, nwk: Any, ieee: Any) -> None:
        """A device left."""
        self._events.device_left(format_ieee(ieee))

    async def _watchdog_feed(self) -> None:
        """Every 30 s: does the radio answer, and is its network up? A reset indication may get lost on the line."""
        info = await self._znp.request(c.UTIL.GetDeviceInfo.Req())
        if self.settled and info.DeviceState != DeviceState.StartedAsCoordinator:
            raise ConnectionResetError("the radio has restarted")

    def connection_lost(self, exc: Exception | None) -> None:
        """The port closed, or the watchdog's ping wasn't answered. Passed on once."""
        if not self.lost:
            self.lost = True
            self._events.radio_lost(exc)

    async def version(self) -> dict[str, int]:
        """The firmware, as Zigbee2MQTT's `bridge/info` has it."""
        reply = await self._znp.request(c.SYS.Version.Req())
        return {
            "transportrev": int(reply.TransportRev),
            "product": int(reply.ProductId),
            "majorrel": int(reply.MajorRel),
            "minorrel": int(reply.MinorRel),
            "maintrel": int(reply.MaintRel),
            "revision": int(reply.CodeRevision or 0),
        }


def format_ieee(ieee: Any) -> str:
    """An address as MQTT has it."""
    return "0x" + bytes(ieee.serialize())[::-1].hex()


def _attach_endpoint(node: Any, endpoint: Endpoint) -> None:
    if endpoint.number in node.endpoints:
        return
    ours = node.add_endpoint(endpoint.number)
    ours.profile_id = endpoint.profile
    ours.device_type = endpoint.device_type
    ours.status = zigpy.endpoint.Status.ZDO_INIT
    for cluster in endpoint.input_clusters:
        ours.add_input_cluster(cluster)
    for cluster in endpoint.output_clusters:
        ours.add_output_cluster(cluster)


def _zigpy_config(serial: SerialConfig, advanced: AdvancedConfig) -> dict[str, Any]:
    port = serial.port or ""
    if port.startswith("tcp://"):
        port = "socket://" + port.removeprefix("tcp://")
    remote = port.startswith("socket://")
    return {
        "device": {
            "path": port,
            "baudrate": serial.baudrate,
            "flow_control": "hardware" if serial.rtscts else None,
        },
        "database_path": None,
        "ota": {
            "enabled": False,
            "broadcast_enabled": False,
            "disable_default_providers": [],
            "providers": [],
        },
        "backup_enabled": False,
        "topology_scan_enabled": False,
        "znp_config": {
            # The CC2652 never answers an LED command, and zigpy-znp waits half a second for it: not
            # sent unless it is configured.
            "led_mode": "off" if serial.disable_led else None,
            "tx_power": advanced.transmit_power,
            # There are no modem pins behind a socket, but zigpy-znp takes its 150 ms for each toggle all the
            # same.
            **({"connect_dtr_pin_states": [], "connect_rts_pin_states": []} if remote else {}),
        },
    }
