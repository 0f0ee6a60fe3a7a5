"""A host that only reads: it measures the radio's highest rate.

python -m benchmarks.sink HOST PORT BYTES      reads BYTES bytes, and prints when it has them (ns)
"""

import socket
import sys
import time


def main(host: str, port: str, wanted: str) -> None:
    with socket.create_connection((host, int(port))) as connection:
        print("reading", flush=True)
        left = int(wanted)
        while left > 0:
            data = connection.recv(1 << 16)
            if not data:
                sys.exit("the radio has closed the port")
            left -= len(data)
        print(time.monotonic_ns(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
