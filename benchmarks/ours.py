"""Margay as its users meet it: a real server process, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx

from services.cli.demo import ATTRIBUTES

INDEX = "bench"


@contextmanager
def server(folder: Path, *, import_root: Path) -> Iterator[httpx.Client]:
    """Start `margay serve` on a free port with its data in `folder`; stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MARGAY_")},
        "MARGAY_STORES__DATA_DIR": str(folder),
        "MARGAY_SERVER__PORT": str(port),
        "MARGAY_INGEST__IMPORT_ROOTS": str(import_root),
    }
    with (folder.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve"], env=environ, stdout=log, stderr=log
        )
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False
            ) as client:
                _wait_until_ready(client, process)
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)


def ingest(client: httpx.Client, products: Path) -> float:
    """Import a catalog and return the seconds from the request to the finished job."""
    client.put(f"/v1/indexes/{INDEX}", json={"attributes": ATTRIBUTES}).raise_for_status()
    begun = time.perf_counter()
    answer = client.post(
        f"/v1/indexes/{INDEX}/imports", json={"type": "jsonl", "path": str(products)}
    )
    job = answer.raise_for_status().json()
    while job["finished_at"] is None:
        time.sleep(0.05)
        job = client.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
    if job["state"] != "succeeded":
        raise RuntimeError(f"the import ended {job['state']}: {job['counts']}")
    return time.perf_counter() - begun


class Caller:
    """Asks over one kept-open connection a thread, with as little of a client as there can be."""

    def __init__(self, client: httpx.Client) -> None:
        self._address = (client.base_url.host, client.base_url.port)
        self._mine = threading.local()

    def search(self, *, text: str | None, picture: bytes | None, limit: int) -> list[str]:
        """One search; return the ids found."""
        request: dict[str, Any] = {"limit": limit}
        if text is not None:
            request["text"] = text
        body, kind = json.dumps(request).encode(), "application/json"
        if picture is not None:
            body, kind = _form(body, picture)
        connection = self._connection()
        connection.request(
            "POST", f"/v1/indexes/{INDEX}/search", body, headers={"Content-Type": kind}
        )
        answer = connection.getresponse()
        content = json.loads(answer.read())
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"a search was answered with {answer.status}: {content}")
        return [hit["id"] for hit in content["hits"]]

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = HTTPConnection(*self._address, timeout=60)
        connection: HTTPConnection = self._mine.connection
        return connection


def _form(request: bytes, picture: bytes) -> tuple[bytes, str]:
    """The request and the picture as multipart/form-data."""
    boundary = "margay-bench-7d3f0c"
    head = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [
        f'{head}"request"\r\nContent-Type: application/json\r\n\r\n'.encode(),
        request,
        f'\r\n{head}"image"; filename="query.jpg"\r\n'.encode(),
        b"Content-Type: image/jpeg\r\n\r\n",
        picture,
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    while True:
        if process.poll() is not None:
            raise RuntimeError("the server ended while starting; see server.log")
        try:
            if client.get("/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
