"""The link to the radio: connects, reconnects, and saves backups of the network."""

import asyncio
import logging
import os
from collections.abc import Coroutine
from typing import Any, Protocol

import zigpy.exceptions
from zigpy_znp.exceptions import CommandNotRecognized, InvalidCommandResponse

from zigloop_bridge.config.file import ConfigFile
from zigloop_bridge.errors import RadioError, RequestError
from zigloop_bridge.tasks import Tasks
from zigloop_bridge.zigbee import formation
from zigloop_bridge.zigbee.controller import Controller, ControllerEvents

LOGGER = logging.getLogger(__name__)

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0  # seconds between tries to reach the radio again
BACKUP_DELAY, BACKUP_INTERVAL = 60.0, 86_400.0  # seconds; reading the radio's tables isn't done while starting

# What zigpy, zigpy-znp and the port raise when the radio fails.
_FAILURES = (
    OSError,
    RuntimeError,
    TimeoutError,
    ValueError,
    CommandNotRecognized,
    InvalidCommandResponse,
    zigpy.exceptions.ZigbeeException,
    zigpy.exceptions.RadioException,
)


class LinkEvents(ControllerEvents, Protocol):
    """Events of a link, beside those of its controller."""

    def radio_up(self, controller: Controller) -> None:
        """The network runs on this controller now."""

    def radio_down(self) -> None:
        """The network no longer runs; the link is reconnecting."""


class Link:
    """The connection to the radio that the configuration names. It reconnects by itself."""

    def __init__(self, file: ConfigFile, events: LinkEvents) -> None:
        self._file = file
        self._events = events
        self.firmware: dict[str, int] = {}
        self._controller: Controller | None = None
        self._unfinished = False  # the radio disconnected while a network was written to it
        self._tasks = Tasks(LOGGER)

    @property
    def up(self) -> bool:
        """Whether there is a controller."""
        return self._controller is not None

    @property
    def controller(self) -> Controller:
        """The controller. Raises `RequestError` while there is none."""
        if self._controller is None:
            raise RequestError("the radio is not connected")
        return self._controller

    async def start(self) -> str:
        """Bring the network up; returns resumed, restored or reset. Raises `RadioError`."""
        try:
            return await self._connect()
        except formation.WrongNetworkError as error:
            raise RadioError(str(error)) from None
        except _FAILURES as error:
            raise RadioError(f"The radio at {self._file.config.serial.port} failed to start: {reason(error)}") from None

    async def stop(self) -> None:
        """Disconnect from the radio. Its network stays."""
        await self._tasks.cancel()
        controller, self._controller = self._controller, None
        if controller is not None:
            await _shut_down(controller)

    def lost(self, why: Exception | None) -> None:
        """The port closed, or the radio no longer answers: reconnect."""
        controller, self._controller = self._controller, None
        if controller is None:
            return
        LOGGER.error("Adapter disconnected (%s), reconnecting", reason(why) if why else "the port closed")
        self._events.radio_down()
        self._tasks.spawn(self._reconnect(controller), "reconnect")

    async def ask(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await a call of zigpy, and convert its exceptions to one. Raises `RequestError`."""
        try:
            return await work
        except _FAILURES as error:
            raise RequestError(reason(error)) from None

    async def _connect(self) -> str:
        controller = Controller(self._file.config.serial, self._file.config.advanced, self._events)
        try:
            await controller.connect()
            done = await self._settle(controller)
            await controller.initialize()
            self.firmware = await controller.version()
            if controller.lost:
                raise ConnectionResetError("the port closed")
        except BaseException:
            await _shut_down(controller)
            raise
        controller.settled = True
        self._controller = controller
        self._events.radio_up(controller)
        self._tasks.spawn(self._back_up(controller), "backup")
        return done

    async def _settle(self, controller: Controller) -> str:
        try:
            done = await formation.settle(controller, self._file, unfinished=self._unfinished)
        except formation.UnfinishedError as error:
            self._unfinished = True
            raise error.__cause__ or error from None
        self._unfinished = False
        return done

    async def _reconnect(self, controller: Controller) -> None:
        await _shut_down(controller)
        delay = FIRST_RETRY
        while True:
            await asyncio.sleep(delay)
            try:
                await self._connect()
            except (formation.WrongNetworkError, *_FAILURES) as error:
                delay = min(delay * 2, LONGEST_RETRY)
                LOGGER.warning("Adapter still unavailable (%s), retrying in %g s", reason(error), delay)
            else:
                LOGGER.info("Adapter reconnected")
                return

    async def _back_up(self, controller: Controller) -> None:
        await asyncio.sleep(BACKUP_DELAY)
        while controller is self._controller:
            try:
                await formation.save_backup(controller, self._file)
            except _FAILURES as error:
                LOGGER.warning("Failed to back up the radio (%s)", reason(error))
            await asyncio.sleep(BACKUP_INTERVAL)


async def _shut_down(controller: Controller) -> None:
    """Shut a controller down, whatever state it is in."""
    try:
        await controller.shutdown()
    except _FAILURES as error:
        LOGGER.debug("shutting down: %r", error)


def reason(error: BaseException) -> str:
    """A readable reason for an exception."""
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
