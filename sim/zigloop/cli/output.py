"""What the command line has to say while it runs."""

import os
import sys


def say(text: str) -> None:
    """One line, at once. When nobody reads any more (`serve | head`) the rest is said to nobody: serving goes on."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
