"""A broker, embedders in processes of their own, and clients of this process."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from services.core.embedding.client import BrokerEmbedder
from services.core.queue.celery_app import make_app
from services.core.queue.exchange import Exchange
from services.core.settings import Settings, Stores
from tests.core.embedding.puppet import Puppet
from tests.servers.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]
_COMMAND = (sys.executable, "-m", "tests.core.embedding.embedder_process")
NAMES = ("hashing", "second", "listed", "pocket")


@pytest.fixture(scope="session")
def quiet_url(redis_url: str) -> str:
    """A part of Redis where nobody works but the puppet."""
    return f"{redis_url.rpartition('/')[0]}/5"


@pytest.fixture
def puppet(quiet_url: str) -> Iterator[Puppet]:
    made = Puppet(quiet_url)
    made.live()
    yield made
    made.close()


@pytest.fixture(scope="session")
def busy_url(redis_url: str) -> str:
    """A part of Redis where a worker works."""
    return f"{redis_url.rpartition('/')[0]}/6"


@pytest.fixture
def exchange(quiet_url: str) -> Iterator[Exchange]:
    with exchange_of(quiet_url) as made:
        yield made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as threads:
        yield threads


@contextmanager
def embedder_process(url: str, kind: str, *, log: Path) -> Iterator[subprocess.Popen]:
    """Give a worker that is ready to answer; end it."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*_COMMAND, url, str(log.parent), kind],
            cwd=ROOT,
            stdout=out,
            stderr=out,
            env=os.environ | {"OMP_NUM_THREADS": "2"},
        )
    try:
        with redis.Redis.from_url(url) as client:
            beat = f"margay:worker:embedder:{socket.gethostname()}:{process.pid}"
            wait_until(
                lambda: bool(client.exists(beat)) or process.poll() is not None,
                what=f"the {kind} embedder lives",
            )
            assert process.poll() is None, log.read_text("utf-8")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(timeout=10)
        with redis.Redis.from_url(url) as client:
            client.delete(beat)


@contextmanager
def exchange_of(url: str, **more) -> Iterator[Exchange]:
    """This process's way to the embedders."""
    app = make_app(Settings(stores=Stores(broker_url=url)))
    exchange = Exchange(app, **more)
    try:
        yield exchange
    finally:
        exchange.close()
        app.close()


@contextmanager
def client_of(
    url: str, *, names: Sequence[str] = NAMES, timeout_s: float = 20.0
) -> Iterator[BrokerEmbedder]:
    with exchange_of(url) as exchange:
        client = BrokerEmbedder(exchange, names=names, timeout_s=timeout_s, batch=8)
        try:
            yield client
        finally:
            client.close()
