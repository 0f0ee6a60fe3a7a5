"""A host that does nothing but read: what the radio can say at most.

python -m benchmarks.sink HOST PORT BYTES      reads so many bytes, and prints when (ns)
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
                sys.exit("the radio closed the port")
            left -= len(data)
        print(time.monotonic_ns(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
