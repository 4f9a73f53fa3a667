"""Many clients at once with next to no cost of their own: `python -m benchmarks.http_load`.

One thread, one kept-open connection a client, requests made beforehand. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What so many clients got in a stretch of time."""

    per_s: float
    p50_ms: float
    p95_ms: float
    failures: int


class Client:
    """Sends the same request whenever the answer to the last is there."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._held = b""
        self.begun = 0.0

    def send(self) -> None:
        self.begun = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> int | None:
        """The status of an answer that is complete now."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise RuntimeError("the server hung up")
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]):
            return None
        self._held = b""
        return int(head.split(None, 2)[1])


def run(
    address: tuple[str, int], path: str, body: bytes, *, key: str, clients: int, seconds: float
) -> Load:
    """Load the server from this thread."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    taken: list[float] = []
    failures = 0
    with selectors.DefaultSelector() as selector:
        made = [Client(address, head.encode() + body) for _ in range(clients)]
        for client in made:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        begun = time.perf_counter()
        while (now := time.perf_counter()) < begun + seconds:
            for ready, _ in selector.select(timeout=1):
                client = ready.data
                status = client.receive()
                if status is not None:
                    taken.append(now - client.begun)
                    failures += status != 200
                    client.send()
    for client in made:
        client.socket.close()
    marks = statistics.quantiles([1000 * each for each in taken], n=20)
    return Load(len(taken) / seconds, marks[9], marks[18], failures)


def elsewhere(
    address: tuple[str, int], path: str, body: bytes, *, key: str, clients: int, seconds: float
) -> Load:
    """The same from a process of its own."""
    options = {"host": address[0], "port": address[1], "path": path, "body": body.decode()}
    options |= {"key": key, "clients": clients, "seconds": seconds}
    command = [sys.executable, "-m", "benchmarks.http_load"]
    command += [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(command, check=True, capture_output=True, timeout=seconds + 60)
    return Load(**json.loads(done.stdout))


def main() -> None:
    """Load the server that the options name."""
    parser = argparse.ArgumentParser(prog="http_load", description=__doc__)
    for name, kind in (("host", str), ("port", int), ("path", str), ("body", str), ("key", str)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args()
    address = (asked.host, asked.port)
    found = run(
        address,
        asked.path,
        asked.body.encode(),
        key=asked.key,
        clients=asked.clients,
        seconds=asked.seconds,
    )
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
