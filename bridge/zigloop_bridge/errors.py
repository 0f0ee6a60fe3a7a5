"""The exceptions, distinguished by how callers handle them."""


class ConfigError(Exception):
    """The configuration can't be used. The message is one sentence for the user."""


class RadioError(Exception):
    """The radio can't be started, or the device database can't be read. The message is a sentence for the user."""


class RequestError(Exception):
    """A request to a device, or to the radio, failed."""


class UnreachedError(RequestError):
    """The device didn't receive it, or didn't answer: it is unreachable, or it sleeps."""


class RefusedError(RequestError):
    """The device answered with a status other than success. `status` is the ZCL status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class InterviewError(Exception):
    """The interview of a device failed; the message is the reason."""
