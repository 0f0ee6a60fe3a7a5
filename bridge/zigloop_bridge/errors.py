"""What can go wrong on the Zigbee side, told apart by what the caller does about it."""


class RadioError(Exception):
    """The radio can't be started, or its devices can't be read. The message is a sentence for the user."""


class RequestError(Exception):
    """A request to a device, or to the radio, failed."""


class UnreachedError(RequestError):
    """The device didn't take it, or didn't answer: it is away, or it sleeps."""


class RefusedError(RequestError):
    """The device answered, and said no. `status` is the ZCL status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
