"""What a user of the command line can put right."""

import os


class CommandLineError(Exception):
    """Ends the command with exit code 2; the message says what is wrong, where, and what to do."""


def reason(error: OSError) -> str:
    """What the system says, without what asyncio or our own layers have put around it."""
    source = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if source.errno is not None and source.errno > 0:
        return os.strerror(source.errno)
    return source.strerror or str(source)  # name resolution has numbers of its own, below zero
