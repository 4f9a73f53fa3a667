"""One connection to Milvus: opening, loading on first use, trying again, errors in our words."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import grpc
from pymilvus import MilvusClient
from pymilvus.client.types import LoadState
from pymilvus.exceptions import DataNotMatchException, MilvusException, ParamError

from services.core.errors import IndexDown
from services.core.index.channel import Failed, left, open_channel, within
from services.core.index.troubles import Trouble, sentence, trouble

T = TypeVar("T")


class Patience(NamedTuple):
    """`all_s`: the whole of an operation. `again_s`: how long after its start it is tried anew."""

    all_s: float
    again_s: float


SEARCH: Final = Patience(4.0, 0.5)
"""Somebody waits, and words alone are an answer too."""
EXACT: Final = Patience(10.0, 0.5)
"""Likewise, and thousands of vectors may have to be read."""
READ: Final = Patience(20.0, 3.0)
WRITE: Final = Patience(120.0, 20.0)
"""Within a worker's lease a server may be restarted."""
LOAD: Final = Patience(600.0, 60.0)
CHECK: Final = Patience(3.0, 0.0)
_EMBEDDED_S: Final = 30.0
"""Milvus Lite stalls for seconds while it merges files, and nobody else could answer."""
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_LOADING_POLL_S: Final = 0.05

# The client pings every ten seconds; Milvus Lite's server may take that for an attack and hang up
# ("too_many_pings", seen after 40 s of writing). Within one process nothing needs keeping alive.
_QUIET: Final = {
    "grpc.keepalive_time_ms": 2**31 - 1,
    "grpc.keepalive_permit_without_calls": False,
}


class Connection:
    """Safe to share between threads. `embedded` = a Milvus Lite file, owned by one process.

    A file is opened at once, a server when it is first asked: a process may start before it, and
    may fork before that.
    """

    def __init__(self, uri: str, *, token: str = "") -> None:
        self.embedded: Final = "://" not in uri
        self._uri: Final = uri
        self._token: Final = token
        self._path: Final = str(Path(uri).resolve()) if self.embedded else ""
        self._client: MilvusClient | None = None
        self._loaded: set[str] = set()
        self._opening = threading.Lock()
        self._loading = threading.Lock()
        self._closed = False
        # Every failure reaches its caller; the client would also print a traceback for each.
        logging.getLogger("pymilvus.decorators").setLevel(logging.CRITICAL)
        if self.embedded:
            self.run(f"open {uri}", self._open_file, patience=LOAD)

    @property
    def client(self) -> MilvusClient:
        """The client; inside of `run` only, which tells what may go wrong."""
        if self._closed:
            raise IndexDown("the vector index is closed")
        if self._client is None:
            with _held(self._opening, what="open the vector index"):
                if self._client is None:
                    self._client = MilvusClient(
                        self._uri,
                        token=self._token,
                        timeout=left(),
                        dedicated=True,
                        channel=open_channel(self._uri),
                    )
        return self._client

    def run(self, what: str, step: Callable[[], T], *, patience: Patience) -> T:
        """Do it, again if that may help, within the time given; failures become IndexDown.

        Whatever `step` does must be safe to repeat. Wrong arguments stay what they are: bugs.
        """
        all_s = max(patience.all_s, _EMBEDDED_S) if self.embedded else patience.all_s
        last_try = time.monotonic() + patience.again_s
        pause_s = _FIRST_PAUSE_S
        with within(all_s):
            while True:
                try:
                    return step()
                except (ParamError, DataNotMatchException):
                    raise
                except (MilvusException, grpc.RpcError, Failed) as problem:
                    if not self._worth_another(problem, before=last_try - pause_s):
                        raise IndexDown(
                            f"the vector index could not {what}: {sentence(problem)}"
                        ) from problem
                except ValueError as problem:
                    # What the channel of a closed client says; any other is not ours to hide.
                    if self._closed or "closed channel" in str(problem):
                        raise IndexDown(
                            f"the vector index could not {what}: it is closed"
                        ) from problem
                    raise
                time.sleep(min(pause_s, max(0.0, left())))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def ready(self, name: str) -> str:
        """The name of a collection that is loaded; loads it if it is not known to be.

        Milvus Lite has none loaded after a restart, and a server takes a while. Raises IndexDown
        when there is no time left to wait; it is loaded all the same, for those who come next.
        """
        if self._closed:
            raise IndexDown("the vector index is closed")
        if name not in self._loaded:
            with _held(self._loading, what=f"load {name}"):
                if name not in self._loaded:
                    self._load(name)
        return name

    def forget(self, name: str) -> None:
        """Note that a collection is no longer loaded."""
        self._loaded.discard(name)

    def settled(self, *written: str) -> None:
        """Finish a burst of writes to these collections: from now on every search finds them.

        Milvus Lite scans unflushed rows in Python on every search (67 µs a row), so they are
        flushed at once. A server searches growing segments well and limits how often one flushes,
        but sees a row only up to 0.2 s after it was written: wait for that once, here, instead of
        in every search (which then need not be strongly consistent, for another 0.2 s each).
        """
        for name in written:
            if self.embedded:
                self.client.flush(name, timeout=left())
            else:
                self.client.query(
                    name, output_fields=["count(*)"], consistency_level="Session", timeout=left()
                )

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
        if self._client is not None:
            self._client.close()
        if self.embedded:
            # Imported here: the package is not there on every system that talks to a server.
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self._path)

    def _open_file(self) -> None:
        """Start Milvus Lite and make it open every collection now, before there are threads.

        It does not guard the first use: two callers at once would get two objects of one
        collection, one of them never loaded (seen: a load that waited for ever after a restart).
        """
        client = MilvusClient(self._path, timeout=_EMBEDDED_S, grpc_options=_QUIET)
        for name in client.list_collections(timeout=left()):
            client.get_load_state(name, timeout=left())
        self._client = client

    def _worth_another(self, problem: Exception, *, before: float) -> bool:
        now = time.monotonic()
        match trouble(problem):
            case Trouble.RELEASED:
                # Restarted, or released by another process; `ready` waits as long as there is.
                self._loaded.clear()
                return left() > 0
            case Trouble.ABSENT:
                self._loaded.clear()
                return False
            case Trouble.PASSING:
                return now < before and left() > 0
            case Trouble.LASTING:
                return False

    def _load(self, name: str) -> None:
        client = self.client
        if not client.has_collection(name, timeout=left()):
            raise IndexDown(f"the vector index has no collection {name}; rebuild the index")
        client.load_collection(name, timeout=left(), _async=True)
        while client.get_load_state(name, timeout=left())["state"] != LoadState.Loaded:
            if left() <= 2 * _LOADING_POLL_S:
                raise IndexDown(f"the vector index is still loading collection {name}")
            time.sleep(_LOADING_POLL_S)
        self._loaded.add(name)


@contextmanager
def _held(lock: threading.Lock, *, what: str) -> Iterator[None]:
    """A lock that is waited for no longer than there is time."""
    if not lock.acquire(timeout=max(0.0, left())):
        raise IndexDown(f"the vector index could not {what} in time")
    try:
        yield
    finally:
        lock.release()
