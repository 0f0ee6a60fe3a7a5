"""Maps MT commands to the methods that answer them.

A method marked with `handles` gets the parsed request, one marked with `handles_raw` its payload. Either
returns what the response carries: a typed response, a status, ready bytes, or None for the few commands to
which this firmware gives no response at all.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import zigpy_znp.types as t
from zigpy_znp.commands.rpc_error import ErrorCode

#: zigpy-znp's commands have no types that mypy could follow.
Command = Any
Reply = Any
F = TypeVar("F", bound=Callable[..., Reply])
#: Maps a request's payload to its response's; None: no response.
Handler = Callable[[bytes], bytes | None]

_MARK = "_mt_commands"


class MtError(Exception):
    """The command can't be executed; the host gets an RPC error (0x6000)."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code)
        self.code = code


def handles(*requests: Command) -> Callable[[F], F]:
    """This method answers these commands (`c.SYS.Ping.Req`); it is called with the parsed request."""

    def mark(method: F) -> F:
        setattr(method, _MARK, [(request, True) for request in requests])
        return method

    return mark


def handles_raw(*requests: Command) -> Callable[[F], F]:
    """This method answers these commands; it is called with the payload's bytes.

    For the hot path, and where zigpy-znp's schema isn't what the firmware does.
    """

    def mark(method: F) -> F:
        setattr(method, _MARK, [(request, False) for request in requests])
        return method

    return mark


def header_of(command: Command) -> int:
    """The header of a zigpy-znp command as we write it (0x2101)."""
    raw = int(command.header)
    return (raw & 0xFF) << 8 | raw >> 8


def handlers_of(part: object) -> Iterator[tuple[int, Handler]]:
    """The commands that a part of the firmware handles, by header."""
    for name in dir(type(part)):
        for request, parsed in getattr(getattr(type(part), name), _MARK, ()):
            yield header_of(request), _handler(getattr(part, name), request, parsed)


def parse(request: Command, payload: bytes) -> Command:
    """The request in this payload. Raises `MtError` when it is too short or holds an impossible value.

    Bytes after the last field are ignored, as by the firmware; zigpy-znp's own parser rejects them.
    """
    values = {}
    rest = payload
    for param in request.schema:
        try:
            values[param.name], rest = param.type.deserialize(rest)
        except ValueError as error:
            # TI's firmware reads beyond the end of a frame that is too short; its interface guide specifies error 4.
            too_short = "too short" in str(error) or not rest
            raise MtError(ErrorCode.InvalidLength if too_short else ErrorCode.InvalidParameter) from error
    return request(**values)


def _handler(method: Callable[..., Reply], request: Command, parsed: bool) -> Handler:
    def handle(payload: bytes) -> bytes | None:
        reply = method(parse(request, payload) if parsed else payload)
        if reply is None or type(reply) is bytes:
            return reply
        if isinstance(reply, int):
            return bytes((reply,))
        return bytes(reply.to_frame(align=True).data)

    return handle


SUCCESS = t.Status.SUCCESS
