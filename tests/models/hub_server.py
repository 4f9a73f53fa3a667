"""A small server that speaks the part of the hub's API that a pull needs, with faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = 1000
"""Files from this size on are in LFS, as on the hub: known by sha256, served after a redirect."""
COMMIT = "a" * 40
OTHER_COMMIT = "b" * 40


@dataclass
class Hub:
    """What the server has, what it does wrong, and what it was asked."""

    files: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """(repository, commit) -> path -> content."""
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    """(repository, branch) -> commit."""
    gated: set[str] = field(default_factory=set)
    token: str = "hf_right"
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    """path -> after how many bytes each of the next answers breaks off."""
    hang_after: dict[str, int] = field(default_factory=dict)
    """path -> after how many bytes the answer stops without an end."""
    hanging: threading.Event = field(default_factory=threading.Event)
    served_instead: dict[str, bytes] = field(default_factory=dict)
    ignores_ranges: bool = False
    busy: dict[str, int] = field(default_factory=dict)
    """path (or repository, when asked about) -> how many of the next answers are 503."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range of every request."""
    url: str = ""

    def add(self, repository: str, files: dict[str, bytes], *, commit: str = COMMIT) -> None:
        self.files[repository, commit] = files
        self.branches[repository, "main"] = commit

    def commit(self, repository: str, revision: str) -> str | None:
        found = self.branches.get((repository, revision), revision)
        return found if (repository, found) in self.files else None

    def ranges(self, path: str) -> list[str | None]:
        """The Range of every request for the bytes of a file."""
        return [
            asked[2] for asked in self.asked if asked[1].startswith("/cdn/") and path in asked[1]
        ]


@contextmanager
def hub_server() -> Iterator[Hub]:
    """Serve a hub on a free port of this machine."""
    hub = Hub()

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.served.asked.append((self.command, path, self.headers.get("Range")))
        if path.startswith("/api/models/"):
            return self._info(path.removeprefix("/api/models/"))
        if path.startswith("/cdn/"):
            repository, commit, name = _split(path.removeprefix("/cdn/"), "/at/")
            return self._content(self.served.files[repository, commit][name], name)
        repository, revision, name = _split(path.removeprefix("/"), "/resolve/")
        return self._resolve(repository, revision, name)

    def _info(self, rest: str) -> None:
        repository, _, revision = rest.partition("/revision/")
        if self._busy(repository):
            return None
        if self._gated(repository):
            return None
        if not any(known == repository for known, _ in self.served.files):
            return self._refuse(401 if "authorization" not in self.headers else 404, "RepoNotFound")
        commit = self.served.commit(repository, revision or "main")
        if commit is None:
            return self._refuse(404, "RevisionNotFound")
        files = self.served.files[repository, commit]
        siblings = [_sibling(name, content) for name, content in sorted(files.items())]
        body = {"id": repository, "sha": commit, "siblings": siblings, "tags": []}
        return self._answer(json.dumps(body).encode())

    def _resolve(self, repository: str, revision: str, name: str) -> None:
        if self._gated(repository):
            return None
        commit = self.served.commit(repository, revision)
        files = self.served.files.get((repository, commit or ""), {})
        if name not in files:
            return self._refuse(404, "EntryNotFound")
        if len(files[name]) < LARGE:
            return self._content(files[name], name)
        self.send_response(302)
        # Another origin, like the hub's own: a token must not go there.
        there = self.served.url.replace("127.0.0.1", "localhost")
        self.send_header("Location", f"{there}/cdn/{repository}/at/{commit}/{name}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _content(self, content: bytes, name: str) -> None:
        if self.path.startswith("/cdn/") and "authorization" in self.headers:
            return self._refuse(400)
        if self._busy(name):
            return None
        content = self.served.served_instead.get(name, content)
        start = 0
        asked = self.headers.get("Range")
        if asked is not None and not self.served.ignores_ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if name in self.served.hang_after:
            self.wfile.write(content[start : start + self.served.hang_after[name]])
            self.served.hanging.set()
            self.rfile.read(1)  # until the other side is gone
            self.close_connection = True
            return None
        cuts = self.served.cut_after.get(name, [])
        end = start + cuts.pop(0) if cuts else len(content)
        self.wfile.write(content[start:end])
        if end < len(content):
            self.wfile.flush()
            self.close_connection = True
        return None

    def _gated(self, repository: str) -> bool:
        right = f"Bearer {self.served.token}"
        if repository not in self.served.gated or self.headers.get("authorization") == right:
            return False
        self._refuse(403 if "authorization" in self.headers else 401, "GatedRepo")
        return True

    def _busy(self, name: str) -> bool:
        left = self.served.busy.get(name, 0)
        if left == 0:
            return False
        self.served.busy[name] = left - 1
        self._refuse(503)
        return True

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _sibling(name: str, content: bytes) -> dict[str, object]:
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    sibling: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": git}
    if len(content) >= LARGE:
        sha256 = hashlib.sha256(content).hexdigest()
        sibling["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 134}
    return sibling


def _split(path: str, sign: str) -> tuple[str, str, str]:
    repository, _, rest = path.partition(sign)
    revision, _, name = rest.partition("/")
    return repository, revision, name
