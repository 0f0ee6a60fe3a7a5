"""The bench, which tests, command line and web interfaces work with: clock, air, radio and devices, assembled."""

import asyncio
import json
import random
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zigloop import jsonfile
from zigloop.air.air import Air
from zigloop.air.controls import AirPart
from zigloop.air.station import Station
from zigloop.clock import ClockLoop
from zigloop.controls.arguments import ControlError
from zigloop.controls.control import PARTS, Control, Controlled, Part, faults_of
from zigloop.device.device import Device
from zigloop.device.product import Product
from zigloop.device.registry import find
from zigloop.events import Events, TimeJumped
from zigloop.products import adds_products
from zigloop.radio import Family, LinePart, PtyPort, Radio, RadioPart, TcpPort, family, serve_pty, serve_tcp

#: The radio's IEEE address, in TI's block.
RADIO_IEEE = 0x00124B0029C0FFEE

STATE_FORMAT = 1


class Bench:
    """An air with a radio and devices on it. All randomness comes from one seed.

    Create it in a running event loop, or pass a loop. The same seed, the same devices and the same controls at the same
    times give the same bytes on the air.

    `radio` is the family of its radio: a name (ValueError when it is unknown), or what `family` returns. `state` is the
    file of the radio's memory, in the format of its family (Z-Stack: as zigpy-znp's tools dump it); the devices' memory
    is kept beside it, in the file with `.devices` appended to its name. Both are read here (ValueError when they are
    invalid), and written by `save` and `close`.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop | None = None,
        *,
        seed: int = 0,
        radio: str | Family = "zstack",
        radio_ieee: int = RADIO_IEEE,
        state: Path | None = None,
    ) -> None:
        self.loop = asyncio.get_running_loop() if loop is None else loop
        self.seed = seed
        self._state = None if state is None else state.with_name(state.name + ".devices")
        self._memories = {} if self._state is None else _load(self._state)
        #: Everything that happens on the bench.
        self.events = Events({TimeJumped: self.loop.jumps} if isinstance(self.loop, ClockLoop) else None)
        self.air = Air(self.loop, seed=seed, events=self.events)
        made = family(radio) if isinstance(radio, str) else radio
        self.radio = Radio(made(self.air, ieee=radio_ieee, rng=self.rng("radio"), state=state))
        self.devices: dict[str, Device] = {}
        self._ports: list[TcpPort | PtyPort] = []
        #: Controllable parts other than devices, by name.
        self.parts: dict[str, Part] = {}
        for part in (
            RadioPart(self.radio),
            LinePart(self.radio.uart, lambda: self._ports, self.rng("line")),
            AirPart(self.air, self._station, self._all_in_range),
        ):
            self.add_part(part)

    def add_part(self, part: Part) -> None:
        """Make a part controllable under its name; uses of its controls are emitted on `events`."""
        self.parts[part.name] = part
        part.uses.emit_on(self.events, part.name, self.loop.time)

    def rng(self, name: str) -> random.Random:
        """A random generator for this name: one device's draws don't affect another's."""
        return random.Random(f"{self.seed}/{name}")

    # Devices

    @adds_products
    def add(self, model: str, name: str | None = None, *, ieee: int | None = None, **declaration: Any) -> Device:
        """Put a product on the bench. It is in no network, unless `state` has it in one.

        `declaration` chooses its firmware by date code, and its quirks by name. ControlError or ValueError lists the
        known ones when the bench has no such thing; ValueError also when its state in `state` doesn't fit.
        """
        product = find(model)
        name = self.free_name(model) if name is None else name
        if name in PARTS:
            raise ControlError(f"{name!r} can't be a device's name: the bench has a {name} of its own")
        if name in self.devices:
            raise ControlError(f"there already is a device called {name!r}: give each device a name of its own")
        if not name or any(character in name for character in " \t\n/#+='\""):
            raise ControlError(f"{name!r} can't be a device's name: no spaces, quotes, slashes, # + or =")
        memory = self._memories.get(name)
        if memory is not None and memory["model"] != product.product.model:
            raise ControlError(f"{name} is a {memory['model']} in {self._state}, not a {product.product.model}")
        if ieee is None:
            ieee = memory["ieee"] if memory is not None else self._free_ieee(name, product.product)
        elif any(each.ieee == ieee for each in self.air.stations):
            raise ControlError(f"there already is a device with the address 0x{ieee:016x}")
        device = product(self.air, name=name, ieee=ieee, rng=self.rng(name), **declaration)
        if memory is not None:
            try:
                device.restore_snapshot(memory)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                device.node.close()
                raise ValueError(
                    f"the state of {name} in {self._state} doesn't fit ({type(error).__name__}: {error}): it is "
                    "damaged, or from another version; remove the file, or give the device another name"
                ) from error
            del self._memories[name]  # not before: a state that doesn't fit stays in the file
        self.devices[name] = device
        return device

    def remove(self, name: str) -> None:
        """Take a device off the bench, without announcing it."""
        self[name].node.close()
        del self.devices[name]

    def __getitem__(self, name: str) -> Device:
        if name not in self.devices:
            there = f"there are {', '.join(self.devices)}" if self.devices else "there are none"
            raise ControlError(f"no device is called {name!r}; {there}")
        return self.devices[name]

    def named(self, name: str) -> Controlled:
        """A device or a part by its name; ControlError lists the known names."""
        if name in self.parts:
            return self.parts[name]
        if name in PARTS:
            raise ControlError(f"this bench has no {name} of its own, so there is nothing to control")
        return self[name]

    def faults(self, *, undoable: bool = True) -> list[tuple[Controlled, Control]]:
        """All faults of devices and parts, in the order of the bench; see `zigloop.controls.control.Fault`."""
        everything = [*self.devices.values(), *self.parts.values()]
        return [(each, it) for each in everything for it in faults_of(each, undoable=undoable)]

    def mend(self) -> None:
        """End all faults, except for power and network of the devices."""
        for device in self.devices.values():
            device.faults.mend()
        for part in self.parts.values():
            part.mend()

    def _station(self, name: str) -> Station:
        """The station with this name."""
        return self.radio.station if name == "radio" else self[name].node

    def _all_in_range(self) -> None:
        """The air is ideal again."""
        for device in self.devices.values():
            device.faults.is_in_range()

    def free_name(self, model: str, taken: Collection[str | None] = ()) -> str:
        """The default name for a device of this model: "plug2" if "plug" exists on the bench or in `taken`."""
        name = nickname = find(model).product.nickname
        number = 2
        while name in self.devices or name in taken:
            name, number = f"{nickname}{number}", number + 1
        return name

    def _free_ieee(self, name: str, product: Product) -> int:
        """An address in the product's block, by seed, name and model: hosts remember the device at an address."""
        chance = self.rng(f"{name}/{product.model}/ieee")
        taken = {each.ieee for each in self.air.stations}
        while (ieee := product.ieee_block | chance.getrandbits(32)) in taken:
            pass
        return ieee

    # Ports

    async def serve_tcp(self, host: str = "127.0.0.1", port: int = 0, *, baud: int = 115_200) -> TcpPort:
        """Open a TCP port for a host; the port's `url` is its address. `baud` 0: unlimited."""
        it = await serve_tcp(self.radio.uart, host, port, baud=baud)
        self._ports.append(it)
        return it

    def serve_pty(self, path: str | Path, *, baud: int = 115_200) -> PtyPort:
        """Create a serial port for a host at `path`."""
        it = serve_pty(self.radio.uart, path, baud=baud)
        self._ports.append(it)
        return it

    # State

    def save(self) -> None:
        """Write the state of radio and devices; does nothing without a state file. OSError when that fails."""
        self.radio.save()
        if self._state is not None:
            devices = self._memories | {name: device.snapshot() for name, device in self.devices.items()}
            jsonfile.write(self._state, {"format": STATE_FORMAT, "devices": devices})

    async def close(self) -> None:
        """Save, close the ports, and take everything off the air, even when saving raises OSError."""
        for part in self.parts.values():
            part.stop_waiting()
        try:
            self.save()
        finally:
            while self._ports:
                await self._ports.pop().close()
            for name in list(self.devices):
                self.remove(name)
            self.radio.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _load(file: Path) -> dict[str, dict[str, Any]]:
    """The saved state of each device, by name."""
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] != STATE_FORMAT:
            raise ValueError(f"format {content['format']}, not {STATE_FORMAT}")
        devices: dict[str, dict[str, Any]] = content["devices"]
        for memory in devices.values():
            str(memory["model"]), int(memory["ieee"]), memory["node"], memory["powered"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{file} is not the state of a bench's devices ({type(error).__name__}: {error}); "
            "remove it to start with devices that were never paired"
        ) from error
    return devices
