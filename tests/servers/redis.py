"""A private Redis as the stack runs it: append-only, nothing evicted, with a password."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import redis

from tests.servers import NotServing, Server
from tests.servers.choice import first_that_serves
from tests.servers.containers import ContainerServer
from tests.servers.processes import ProcessServer, free_port, new_folder

IMAGE: Final = "redis:7.4.5-bookworm"
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


def server() -> AbstractContextManager[Server]:
    """Give a fresh server that can be killed and started again; skip where none can run."""
    return first_that_serves(_container, _process, otherwise=ENABLE)


def _container() -> Server:
    made = ContainerServer(
        IMAGE,
        port=6379,
        url=_url,
        answers=lambda: _answers(made.url),
        command=["redis-server", *OPTIONS],
    )
    return made


def _process() -> Server:
    binary = shutil.which("redis-server")
    if binary is None:
        raise NotServing("no redis-server on the PATH")
    port = free_port()
    url = _url(f"127.0.0.1:{port}")
    folder = new_folder("redis")
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *OPTIONS]
    return ProcessServer(command, url=url, folder=folder, answers=lambda: _answers(url))


def _url(address: str) -> str:
    return f"redis://:{PASSWORD}@{address}/0"


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:  # not there yet, or still reading its file
            return False
