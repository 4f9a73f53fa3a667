"""A private PostgreSQL for tests: a container, else this machine's `initdb` and `postgres`."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.servers import NotServing, Server
from tests.servers.choice import first_that_serves
from tests.servers.containers import ContainerServer
from tests.servers.processes import ProcessServer, free_port, new_folder

IMAGE: Final = "postgres:16.10-bookworm"
USER: Final = "margay"
PASSWORD: Final = "only-for-tests"
# A locale that orders names otherwise than by code point, as production's may.
LOCALE: Final = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US")
# What survives a killed process is enough; surviving a power cut would cost every test time.
OPTIONS: Final = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
ENABLE: Final = (
    "needs PostgreSQL: install it (apt-get install postgresql), or start a Docker engine "
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


@contextmanager
def fresh(url: str, *, template: str = "template1") -> Iterator[str]:
    """Give the URL of a new database on the server, a copy of `template`; drop it at the end."""
    name = f"test_{secrets.token_hex(6)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    run(url, create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        run(url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(url: str, statement: sql.Composed | sql.SQL) -> list[tuple[Any, ...]]:
    """Run one statement outside of a transaction; its rows, if it has any."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(statement)
        return [] if cursor.description is None else cursor.fetchall()


def _container() -> Server:
    made = ContainerServer(
        IMAGE,
        port=5432,
        url=_url,
        answers=lambda: _answers(made.url),
        environ={
            "POSTGRES_USER": USER,
            "POSTGRES_PASSWORD": PASSWORD,
            "POSTGRES_INITDB_ARGS": " ".join(LOCALE),
        },
        command=["postgres", *OPTIONS],
    )
    return made


def _process() -> Server:
    programs = _programs()
    if programs is None:
        raise NotServing("no initdb and postgres")
    folder = new_folder("postgres")
    user = _other_user()
    if user is not None:
        shutil.chown(folder, user)
    try:
        _create(programs, folder, user=user)
    except subprocess.CalledProcessError as error:  # one that is too old for what we ask of it
        shutil.rmtree(folder, ignore_errors=True)
        raise NotServing(f"initdb: {error}") from error
    port = free_port()
    url = _url(f"127.0.0.1:{port}")
    place = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", str(folder)]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), *OPTIONS, *place]
    return _Postmaster(
        command,
        url=url,
        folder=folder,
        answers=lambda: _answers(url),
        user=user,
        stop_signal=signal.SIGINT,
    )


class _Postmaster(ProcessServer):
    """Its children lead sessions of their own, so each must be sent what the parent is sent."""

    def start(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                super().start()
            except NotServing:
                # Right after a kill the last children may still hold the old shared memory.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for pid in (self.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _programs() -> Path | None:
    """The folder with `initdb` and `postgres`, which Debian keeps off the PATH."""
    found = shutil.which("initdb")
    folders = [] if found is None else [Path(found).resolve().parent]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "postgres").exists()), None)


def _other_user() -> str | None:
    """Whom to run it as where the test is root, which PostgreSQL refuses to be."""
    if os.getuid() != 0:
        return None
    return "postgres" if any(each.pw_name == "postgres" for each in pwd.getpwall()) else "nobody"


def _create(programs: Path, folder: Path, *, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)  # in a folder of mode 0700
    command = [programs / "initdb", "-D", folder / "data", "-U", USER, "--no-sync", *LOCALE]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(command, cwd=folder, user=user, capture_output=True, check=True)


def _url(address: str) -> str:
    return f"postgresql://{USER}:{PASSWORD}@{address}/postgres"


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:  # not there yet, or still recovering
        return False
