"""A web server of the tests' own: every path says, byte for byte, what it sends."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).with_name("pictures_test.pem")
"""Self-signed for the name pictures.test, with its key: of no worth outside these tests."""

Script = bytes | Callable[[Any], None]
"""What is sent, or what is done with the connection."""


class Site:
    """Counts and keeps the requests that reached it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[str] = []
        self.pages: dict[str, Script] = {}

    def url(self, path: str, *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.requests]

    def headers(self) -> Mapping[str, str]:
        lines = self.requests[-1].split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext | None = None
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many of these tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        connection = self.request
        if self.server.tls is not None:
            connection = self.server.tls.wrap_socket(connection, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(4096)
            if not part:
                return
            head += part
        self.server.site.requests.append(head.decode().partition("\r\n\r\n")[0])
        script = self.server.site.pages.get(self.server.site.paths[-1], ok(b"?", status="404 No"))
        if isinstance(script, bytes):
            connection.sendall(script)
        else:
            script(connection)
        connection.close()


@contextmanager
def serving(*, tls: bool = False) -> Iterator[Site]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if tls:
            server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.tls.load_cert_chain(CERTIFICATE)
        server.site = Site(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.site
        finally:
            server.shutdown()
            thread.join()


def ok(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def redirect(location: str, *, status: str = "302 Found") -> bytes:
    return ok(b"", status=status, headers=f"Location: {location}\r\n")
