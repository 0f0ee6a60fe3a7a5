"""Errors that a user of the command line can fix."""

import os


class CommandLineError(Exception):
    """Ends the command with exit code 2. The message is one sentence: what is wrong, where, and what to do."""


def reason(error: OSError) -> str:
    """The system's message, without the text that asyncio or our own code adds to it."""
    source = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if source.errno is not None and source.errno > 0:
        return os.strerror(source.errno)
    return source.strerror or str(source)  # errors of name resolution have numbers below zero
