"""A private Redis as the stack runs it: append-only, nothing evicted, with a password."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import redis

from tests.servers import NotServing, Server
from tests.servers.containers import ContainerServer
from tests.servers.processes import ProcessServer, free_port, new_folder

IMAGE: Final = "redis:7.4-alpine"
PASSWORD: Final = "only-for-tests"
OPTIONS: Final = (
    *("--requirepass", PASSWORD),
    *("--appendonly", "yes", "--appendfsync", "everysec"),
    *("--maxmemory-policy", "noeviction"),
    *("--save", ""),
)
ENABLE: Final = (
    "needs Redis: install redis-server (apt-get install redis-server), or start a Docker engine "
    f"that has or can pull {IMAGE}"
)


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of a fresh server; skip the test, saying why, where none can run."""
    with server() as one:
        yield one.url


@contextmanager
def server() -> Iterator[Server]:
    """Give a fresh server that can be killed and started again; skip where none can run."""
    found = _container() or _process()
    if found is None:
        pytest.skip(ENABLE)
    try:
        yield found
    finally:
        found.close()


def _container() -> Server | None:
    try:
        made = ContainerServer(
            IMAGE,
            port=6379,
            url=_url,
            answers=lambda: _answers(made.url),
            command=["redis-server", *OPTIONS],
        )
    except NotServing:
        return None
    return _started(made)


def _process() -> Server | None:
    binary = shutil.which("redis-server")
    if binary is None:
        return None
    port = free_port()
    url = _url(f"127.0.0.1:{port}")
    folder = new_folder("redis")
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *OPTIONS]
    return _started(
        ProcessServer(command, url=url, folder=folder, answers=lambda: _answers(url)),
    )


def _started(made: ContainerServer | ProcessServer) -> Server | None:
    try:
        made.start()
    except NotServing:
        made.close()
        return None
    return made


def _url(address: str) -> str:
    return f"redis://:{PASSWORD}@{address}/0"


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:  # not there yet, or still reading its file
            return False
