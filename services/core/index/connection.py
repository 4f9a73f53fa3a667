"""One connection to Milvus: opening, loading on first use, errors in our words, releasing."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import grpc
from pymilvus import MilvusClient
from pymilvus.exceptions import DataNotMatchException, MilvusException, ParamError

from services.core.errors import IndexDown

READ_S: Final = 30.0
WRITE_S: Final = 120.0
LOAD_S: Final = 600.0
CHECK_S: Final = 3.0

# The client pings every ten seconds; Milvus Lite's server may take that for an attack and hang up
# ("too_many_pings", seen after 40 s of writing). Within one process nothing needs keeping alive.
_QUIET: Final = {
    "grpc.keepalive_time_ms": 2**31 - 1,
    "grpc.keepalive_permit_without_calls": False,
}


class Connection:
    """Safe to share between threads. `embedded` = a Milvus Lite file, owned by one process."""

    def __init__(self, uri: str, *, token: str = "") -> None:
        self.embedded: Final = "://" not in uri
        self._path: Final = str(Path(uri).resolve()) if self.embedded else ""
        self._loaded: set[str] = set()
        self._loading = threading.Lock()
        self._closed = False
        with self.calling(f"open {uri}"):
            self.client: Final = MilvusClient(
                self._path or uri,
                token=token,
                timeout=READ_S,
                grpc_options=_QUIET if self.embedded else {},
            )
            if self.embedded:
                self._touch_all()

    def _touch_all(self) -> None:
        """Make Milvus Lite open every collection now, before there are threads.

        It does not guard the first use: two callers at once would get two objects of one
        collection, one of them never loaded (seen: a load that waited for ever after a restart).
        """
        for name in self.client.list_collections(timeout=READ_S):
            self.client.get_load_state(name, timeout=READ_S)

    @contextmanager
    def calling(self, what: str) -> Iterator[None]:
        """Turn what the client raises into IndexDown; wrong arguments stay what they are: bugs."""
        try:
            yield
        except (ParamError, DataNotMatchException):
            raise
        except (MilvusException, grpc.RpcError) as problem:
            raise IndexDown(f"the vector index could not {what}: {_message(problem)}") from problem
        except ValueError as problem:
            # What the channel of a closed client says; any other ValueError is not ours to hide.
            if self._closed or "closed channel" in str(problem):
                raise IndexDown(f"the vector index could not {what}: it is closed") from problem
            raise

    def ready(self, name: str) -> str:
        """The name of a collection that is loaded: after a restart Milvus Lite has none."""
        if self._closed:
            raise IndexDown("the vector index is closed")
        if name not in self._loaded:
            with self._loading:
                if name not in self._loaded:
                    self._load(name)
        return name

    def forget(self, name: str) -> None:
        """Note that a collection is no longer loaded."""
        with self._loading:
            self._loaded.discard(name)

    def sealed(self, name: str) -> None:
        """Finish a burst of writes.

        Milvus Lite scans unflushed rows in Python on every search (67 µs a row), so they are
        flushed at once. A server searches growing segments well and limits how often one flushes.
        """
        if self.embedded:
            self.client.flush(name, timeout=WRITE_S)

    def clear_remains(self, name: str) -> None:
        """Remove the folder of a collection whose making or dropping a full disk or a kill cut off.

        Without a schema Milvus Lite takes it for no collection, and yet makes none of that name.
        """
        folder = Path(self._path) / "collections" / name
        if self.embedded and folder.is_dir() and not (folder / "schema.json").exists():
            shutil.rmtree(folder, ignore_errors=True)  # what stays is told by the next step

    def close(self) -> None:
        """Release it; for a file also the lock, which closing the client leaves held."""
        if self._closed:
            return
        self._closed = True
        self.client.close()
        if self.embedded:
            # Imported here: the package is not there on every system that talks to a server.
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self._path)

    def _load(self, name: str) -> None:
        with self.calling(f"load {name}"):
            if not self.client.has_collection(name, timeout=READ_S):
                raise IndexDown(f"the vector index has no collection {name}; rebuild the index")
            self.client.load_collection(name, timeout=LOAD_S)
        self._loaded.add(name)


def _message(problem: Exception) -> str:
    said = problem.message if isinstance(problem, MilvusException) else str(problem)
    return str(said or type(problem).__name__)
