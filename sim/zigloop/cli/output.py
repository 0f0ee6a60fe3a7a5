"""Output of the command line."""

import os
import sys


def say(text: str) -> None:
    """Print one line at once. When the reader has gone (`serve | head`), drop all output and keep running."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
