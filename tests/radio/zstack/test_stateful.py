"""Whatever sequence of commands a host sends, what must hold of a radio holds."""

import random
from typing import Any

import zigpy_znp.commands as c
import zigpy_znp.types as t
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from zigpy_znp.types.nvids import ExNvIds, NvSysIds, OsalNvIds

from tests.support.receiver import ROUTER, SLEEPY, Receiver
from tests.support.serial_host import HARDWARE_IEEE, Host
from zigloop.air.air import Air
from zigloop.clock import VIRTUAL, clock_loop
from zigloop.radio import Radio
from zigloop.radio.zstack import ZStack
from zigloop.radio.zstack.mt.dispatch import header_of
from zigloop.radio.zstack.mt.framing import MAX_DATA

Status = t.Status
#: Requests that have no response: LED control, as on a CC2652.
SILENT = {0x270A}
SRSP = 0x4000
REQUESTS = sorted(
    header_of(command.Req)
    for subsystem in (c.SYS, c.UTIL, c.ZDO, c.AF, c.AppConfig, c.SAPI, c.ZGP)
    for command in subsystem
    if command.Req is not None and header_of(command.Req) & 0xE000 == 0x2000
)
#: Writes to NV and registrations have their own rules, where the model hears of them.
MODELLED = {
    header_of(command.Req)
    for command in (
        c.SYS.OSALNVItemInit, c.SYS.OSALNVDelete, c.SYS.OSALNVWrite, c.SYS.OSALNVWriteExt,
        c.SYS.NVCreate, c.SYS.NVDelete, c.SYS.NVWrite, c.SYS.NVUpdate,
        c.AF.Register, c.AF.Delete,
    )
}  # fmt: skip
#: Items that the firmware doesn't touch, so that a dictionary is a model of them.
items = st.integers(0x0301, 0x0304)
sub_items = st.integers(0, 3)
values = st.binary(min_size=1, max_size=300)
#: How hosts change what the firmware does look at.
wishes = st.sampled_from(
    [
        (OsalNvIds.STARTUP_OPTION, b"\x00"),
        (OsalNvIds.STARTUP_OPTION, b"\x02"),
        (OsalNvIds.STARTUP_OPTION, b"\x03"),
        (OsalNvIds.STARTUP_OPTION, b"\x80"),
        (OsalNvIds.PANID, b"\xff\xff"),
        (OsalNvIds.PANID, b"\x34\x12"),
        (OsalNvIds.CHANLIST, b"\x00\x80\x00\x00"),
        (OsalNvIds.CHANLIST, b"\xff\xff\xff\xff"),
        (OsalNvIds.PRECFGKEY, bytes(16)),
        (OsalNvIds.PRECFGKEY, bytes(range(16))),
        (OsalNvIds.APS_USE_EXT_PANID, bytes(range(8))),
        (OsalNvIds.ZDO_DIRECT_CB, b"\x00"),
    ]
)


class AnyHost(RuleBasedStateMachine):
    """A host that knows all commands and no manners."""

    @initialize(seed=st.integers(0, 2**16))
    def power_up(self, seed: int) -> None:
        self.context = clock_loop(VIRTUAL)
        self.loop = self.context.__enter__()
        self.air = Air(self.loop)
        self.firmware = ZStack(self.air, ieee=HARDWARE_IEEE, rng=random.Random(seed))
        self.radio = Radio(self.firmware)
        self.host = Host(self.loop, self.radio)
        self.items: dict[int, bytes] = {}
        self.sub_items: dict[tuple[int, int], bytes] = {}
        self.endpoints: list[int] = []
        self.devices: list[Receiver] = []
        self.was_formed: tuple[int, int, int] | None = None

    def teardown(self) -> None:
        self.host.run(30)
        self.radio.close()
        assert not self.loop.timers
        self.context.__exit__(None, None, None)

    # Any command at all

    @rule(header=st.sampled_from(REQUESTS), payload=st.binary(max_size=60))
    def any_request(self, header: int, payload: bytes) -> None:
        if header in MODELLED:
            return
        answers = self.host.raw(header, payload)
        if header in SILENT:
            assert len(answers) <= 1  # an RPC error, when it is too short
            return
        first, data = answers[0]
        assert first == header + SRSP or (first == 0x6000 and data[1:] == header.to_bytes(2, "big"))
        # exactly one response, and nothing else before it
        assert not [h for h, _ in answers[1:] if h & 0xE000 == 0x6000]
        assert all(len(data) <= MAX_DATA for _, data in answers)

    @rule(header=st.integers(0, 0xFFFF), payload=st.binary(max_size=30))
    def no_command(self, header: int, payload: bytes) -> None:
        if header in REQUESTS or header == 0x4100:
            return
        answers = self.host.raw(header, payload)
        if header & 0xE000 == 0x2000:
            ((answer, data),) = answers
            assert answer == 0x6000
            assert data[0] in (1, 2)
        else:
            assert answers == []

    @rule(seconds=st.sampled_from([0.01, 0.5, 20.0, 300.0]))
    def wait(self, seconds: float) -> None:
        self.host.run(seconds)

    # NV memory against a model

    @rule(item=items, value=values)
    def init(self, item: int, value: bytes) -> None:
        request = c.SYS.OSALNVItemInit.Req(Id=item, ItemLen=len(value), Value=t.ShortBytes(value[:200]))
        existed = item in self.items
        assert self.host.ask(request).Status == (Status.SUCCESS if existed else Status.NV_ITEM_UNINIT)
        if not existed:
            self.items[item] = value[:200].ljust(len(value), b"\xff")

    @rule(item=items, offset=st.integers(0, 400), value=st.binary(max_size=200))
    def write(self, item: int, offset: int, value: bytes) -> None:
        status = self.host.ask(c.SYS.OSALNVWriteExt.Req(Id=item, Offset=offset, Value=t.LongBytes(value))).Status
        old = self.items.get(item)
        if old is None:
            assert status == Status.NV_ITEM_UNINIT
        elif offset + len(value) > len(old):
            assert status == Status.NV_BAD_ITEM_LEN
        else:
            assert status == Status.SUCCESS
            self.items[item] = old[:offset] + value + old[offset + len(value) :]

    @rule(item=items, length=st.none() | st.integers(0, 300))
    def delete(self, item: int, length: int | None) -> None:
        old = self.items.get(item)
        length = len(old or b"") if length is None else length
        status = self.host.ask(c.SYS.OSALNVDelete.Req(Id=item, ItemLen=length)).Status
        if old is None:
            assert status == Status.NV_ITEM_UNINIT
        elif length != len(old):
            assert status == Status.NV_BAD_ITEM_LEN
        else:
            assert status == Status.SUCCESS
            del self.items[item]

    @rule(item=items, sub=sub_items, value=st.binary(min_size=1, max_size=200))
    def update(self, item: int, sub: int, value: bytes) -> None:
        request = c.SYS.NVUpdate.Req(SysId=7, ItemId=item, SubId=sub, Value=t.ShortBytes(value))
        assert self.host.ask(request).Status == Status.SUCCESS
        self.sub_items[item, sub] = value

    @rule(item=items, sub=sub_items)
    def delete_sub_item(self, item: int, sub: int) -> None:
        existed = self.sub_items.pop((item, sub), None) is not None
        status = self.host.ask(c.SYS.NVDelete.Req(SysId=7, ItemId=item, SubId=sub)).Status
        assert (status == Status.SUCCESS) is existed

    @rule(wish=wishes)
    def wish(self, wish: tuple[int, bytes]) -> None:
        self.host.write_nv(*wish)

    @invariant()
    def memory_is_what_the_model_says(self) -> None:
        if not hasattr(self, "host") or self.firmware.processor.booting:
            return
        for item in range(0x0301, 0x0305):
            expected = self.items.get(item, b"")
            assert self.host.ask(c.SYS.OSALNVLength.Req(Id=item)).ItemLen == len(expected)
            got = b""
            while len(got) < len(expected):
                got += self._read(item, len(got))
            assert got == expected
            for sub in range(4):
                value = self.sub_items.get((item, sub), b"")
                key: dict[str, Any] = {"SysId": 7, "ItemId": item, "SubId": sub}
                assert self.host.ask(c.SYS.NVLength.Req(**key)).Length == len(value)
                if value:
                    read = self.host.ask(c.SYS.NVRead.Req(**key, Offset=0, Length=len(value)))
                    assert read.Value == value

    def _read(self, item: int, offset: int) -> bytes:
        answer = self.host.ask(c.SYS.OSALNVReadExt.Req(Id=item, Offset=offset))
        assert answer.Status == Status.SUCCESS
        assert answer.Value
        return bytes(answer.Value)

    # Life of a network

    @rule(endpoint=st.integers(1, 3))
    def register(self, endpoint: int) -> None:
        request = c.AF.Register.Req(
            Endpoint=endpoint, ProfileId=0x0104, DeviceId=0, DeviceVersion=0,
            LatencyReq=c.af.LatencyReq.NoLatencyReqs, InputClusters=[], OutputClusters=[],
        )  # fmt: skip
        known = endpoint in self.endpoints
        assert self.host.ask(request).Status == (Status.APS_DUPLICATE_ENTRY if known else Status.SUCCESS)
        if not known:
            self.endpoints.insert(0, endpoint)

    @rule()
    def reset(self) -> None:
        self.host.frames.clear()
        self.host.raw(0x4100, b"\x01")
        self.host.run(1)
        assert [header for header, _ in self.host.frames][:1] == [0x4180]
        self.endpoints = []
        assert not self.radio.network.started

    @rule()
    def start(self) -> None:
        self.host.frames.clear()
        formation = c.app_config.BDBCommissioningMode.NwkFormation
        self.host.ask(c.AppConfig.BDBStartCommissioning.Req(Mode=formation))
        self.host.run(1)
        done = self.host.callbacks(c.AppConfig.BDBCommissioningNotification.Callback)[-1]
        assert done.RemainingModes == 0
        states = [int(state.State) for state in self.host.callbacks(c.ZDO.StateChangeInd.Callback)]
        assert (states[-1:] == [9]) == self.radio.network.started

    @rule(capability=st.sampled_from([ROUTER, SLEEPY]))
    def join(self, capability: int) -> None:
        if len(self.devices) < 6:
            device = Receiver(self.air, 0x1000 + len(self.devices), capability)
            self.devices.append(device)
        else:
            device = self.devices[capability % 6]
        self.host.permit(60)
        network = self.radio.network
        assert device.join() == (network.started and not network.joins_need_install_code)

    @precondition(lambda self: any(device.nwk < 0xFFF8 for device in self.devices))
    @rule()
    def speak(self) -> None:
        for device in self.devices:
            if device.nwk < 0xFFF8:
                device.send(1, 1, 6, b"\x18\x01\x0a\x00\x00\x10\x01")
        self.host.run(0.1)

    @invariant()
    def the_network_is_told_alike_everywhere(self) -> None:
        if not hasattr(self, "host") or self.firmware.processor.booting:
            return
        network = self.radio.network
        info = self.host.raw(0x2550)[0][1]
        pan_id = int.from_bytes(info[3:5], "little")
        assert info[2] == self.firmware.commissioning.state
        assert self.host.raw(0x2700)[0][1][12] == self.firmware.commissioning.state
        if network.started:
            nib = t.NIB.deserialize(self.host.nv(OsalNvIds.NIB), align=True)[0]
            assert (nib.nwkPanId, nib.nwkLogicalChannel) == (pan_id, info[-1])
            assert info[-1] in range(11, 27)
            assert pan_id < 0xFFFE
            assert nib.extendedPANID.serialize() == info[7:15]
            assert self.host.nv(OsalNvIds.BDBNODEISONANETWORK) == b"\x01"
            assert self.host.nv(OsalNvIds.NWKKEY)[:17] == self.host.nv(OsalNvIds.NWK_ACTIVE_KEY_INFO)
            used = [address.nwk for address in self.firmware.store.addresses.entries() if address.nwk < 0xFFF8]
            assert len(used) == len(set(used))
        else:
            assert int.from_bytes(info[:2], "little") == 0xFFFE

    @invariant()
    def active_endpoints_are_the_registered_ones(self) -> None:
        if hasattr(self, "host") and not self.firmware.processor.booting:
            assert list(self.firmware.af.endpoints) == self.endpoints

    @invariant()
    def tables_keep_their_size(self) -> None:
        if hasattr(self, "host"):
            length = c.SYS.NVLength.Req(SysId=NvSysIds.ZSTACK, ItemId=ExNvIds.TCLK_TABLE, SubId=199)
            beyond = length.replace(SubId=t.uint16_t(200))
            if not self.firmware.processor.booting:
                assert self.host.ask(length).Length == 20
                assert self.host.ask(beyond).Length == 0


AnyHost.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestAnyHost = AnyHost.TestCase
