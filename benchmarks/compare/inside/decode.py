"""Decodes lines of the streams: `python -m zigloop_compare.decode port < lines`; one line out for each line in."""

import json
import sys

from . import adapter


def decode(stream: str, line: str) -> str:
    """A line, decoded; "" for other streams."""
    _, _, rest = line.partition(" ")
    try:
        if stream == "port":
            direction, _, data = rest.partition(" ")
            return adapter.describe_port(direction, bytes.fromhex(data))
        if stream == "air":
            fields = json.loads(rest)
            fields["data"] = bytes.fromhex(fields["data"])
            return adapter.describe_air(fields)
    except Exception as error:  # shown in place of the decoded line
        return f"({type(error).__name__}: {error})"
    return ""


if __name__ == "__main__":
    for each in sys.stdin:
        print(decode(sys.argv[1], each.rstrip("\n")).replace("\n", " "))
