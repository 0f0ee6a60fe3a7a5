"""The subscriber's process: adds the time of arrival (CLOCK_MONOTONIC) to each message, and passes it on.

    python -m benchmarks.receiver mqtt://127.0.0.1:1883       records on standard output

A record is time (ns), length of topic, length of payload, topic, payload. Records are written at most every `BATCH`
seconds, so that the reading process isn't woken for each message while it generates the load.
"""

import contextlib
import os
import select
import struct
import sys
import time

from benchmarks import mqtt

RECORD = struct.Struct("<QHI")
BATCH = 0.01


def main(url: str) -> None:
    connection = mqtt.connect(url, "benchmark-receiver")
    mqtt.subscribe(connection, "#")
    connection.settimeout(None)
    stream = mqtt.Stream()
    out = bytearray(RECORD.pack(time.monotonic_ns(), 0, 0))  # an empty record: the receiver has subscribed
    flushed = 0.0
    while True:
        wait = flushed + BATCH - time.monotonic() if out else None
        if wait is not None and wait <= 0:
            _write(out)
            flushed = time.monotonic()
            continue
        if select.select([connection], [], [], wait)[0]:
            data = connection.recv(1 << 16)
            now = time.monotonic_ns()
            if not data:
                _write(out)
                return
            for topic, payload in stream.feed(data):
                out += RECORD.pack(now, len(topic), len(payload)) + topic + payload


def _write(out: bytearray) -> None:
    while out:
        del out[: os.write(1, out)]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1])
