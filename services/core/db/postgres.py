"""PostgreSQL through psycopg: every wait has an end, so that a server that is gone is noticed."""

from __future__ import annotations

import json
import re
import select
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from services.core.db.failures import translate_errors

CONNECT_TIMEOUT_S: Final = 3
LOOK_S: Final = 8.0
"""After so long without an answer we look whether the server is there at all."""
_LOOK_TIMEOUT_S: Final = 2
POOL_TIMEOUT_S: Final = 10.0
"""How long a unit of work waits for a connection that others have."""
_KEPT: Final = 4
"""Connections of each pool that stay open when nobody needs them."""
_RECYCLE_S: Final = 1800
_DRIVER: Final = "postgresql+psycopg"
# What a cut network leaves behind is noticed after some 6 s at either end: by us when we wait for
# an answer, by the server when our transaction or our lock stands in others' way.
_NETWORK: Final = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
}
_SERVERS_NETWORK: Final = {
    "tcp_keepalives_idle": 3,
    "tcp_keepalives_interval": 1,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 6000,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may do: the server's settings of the session, and our own patience."""

    session: Mapping[str, str | int]
    answer_s: float | None
    """A server that is silent for longer is given up in any case; None = it may take for ever."""


READING: Final = Limits(
    {
        "default_transaction_read_only": "on",
        "default_transaction_isolation": "repeatable read",
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
    },
    answer_s=35.0,
)
WRITING: Final = Limits(
    {
        "default_transaction_isolation": "read committed",
        # A large index goes with all its rows in one statement.
        "statement_timeout": "120s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
    },
    answer_s=130.0,
)
MIGRATING: Final = Limits({"default_transaction_isolation": "read committed"}, answer_s=None)


class Connection(psycopg.Connection[TupleRow]):
    """Gives up a server that accepted a statement and is silent: stopped, or cut off."""

    answer_s: float | None = None

    def wait(self, gen: PQGen[Any], *arguments: Any, **options: Any) -> Any:
        """Raises OperationalError, and closes the connection, when the server is given up."""
        return super().wait(self._watched(gen), *arguments, **options)

    def _watched(self, gen: PQGen[Any]) -> PQGen[Any]:
        """Hand everything through; psycopg comes by every tenth of a second if nothing happens."""
        began = looked = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    now = monotonic()
                    if self.answer_s is not None and now > began + self.answer_s:
                        self._give_up(f"was silent for {self.answer_s:.0f} s")
                    if now > looked + LOOK_S:
                        if self._frozen():
                            self._give_up("stands still")
                        looked = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _give_up(self, why: str) -> None:
        self.pgconn.finish()
        raise psycopg.OperationalError(f"the server {why}")

    def _frozen(self) -> bool:
        """Whether the server accepts connections and does nothing: a long statement is no reason.

        Asked without the password, so that being refused is an answer as well.
        """
        try:
            psycopg.connect(self.info.dsn, connect_timeout=_LOOK_TIMEOUT_S).close()
        except psycopg.errors.ConnectionTimeout:
            return True
        except psycopg.OperationalError:
            return False
        return False

    def alive(self) -> bool:
        """Whether the server has not closed it, as far as this machine knows; asks nobody."""
        if self.closed:
            return False
        # An idle connection has nothing to read but its end.
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)


def open_engine(url: URL, *, limits: Limits, role: str, most: int) -> Engine:
    """Make an engine with a pool of up to `most` connections; it connects when it is used."""
    kept = min(_KEPT, most)
    return _engine(
        url,
        limits=limits,
        role=role,
        pool_size=kept,
        max_overflow=most - kept,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=_RECYCLE_S,
        pool_use_lifo=True,
    )


def migrating_engine(url: URL, *, role: str) -> Engine:
    """Make an engine for changes of the schema, which take the time they take."""
    return _engine(url, limits=MIGRATING, role=role, poolclass=NullPool)


def connect(url: URL, *, limits: Limits, role: str) -> Connection:
    """Connect beside the pools; each statement is its own transaction. Raises psycopg.Error."""
    parameters = _parameters(url, limits=limits, role=role)
    text = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = Connection.connect(text, autocommit=True, **parameters)
    connection.answer_s = limits.answer_s
    return connection


def place(url: URL) -> str:
    """Where the database is, for people: without user and password."""
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"


def _engine(url: URL, *, limits: Limits, role: str, **options: Any) -> Engine:
    engine = create_engine(
        url.set(drivername=_DRIVER),
        json_serializer=_dump,
        json_deserializer=_load,
        connect_args=_parameters(url, limits=limits, role=role),
        hide_parameters=True,  # what documents and keys hold is no matter of a log
        **options,
    )

    def open_watched(
        _dialect: object, _record: object, arguments: Any, parameters: Any
    ) -> Connection:
        connection = Connection.connect(*arguments, **parameters)
        connection.answer_s = limits.answer_s
        return connection

    def refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
        if not connection.alive():
            raise DisconnectionError

    event.listen(engine, "do_connect", open_watched)
    event.listen(engine, "checkout", refuse_dead)
    translate_errors(engine)
    return engine


def _parameters(url: URL, *, limits: Limits, role: str) -> dict[str, Any]:
    """libpq's parameters; those that the URL gives go before ours."""
    ours: dict[str, Any] = {
        **_NETWORK,
        "application_name": f"margay {role}",
        "client_encoding": "UTF8",
    }
    if limits is WRITING:
        ours["target_session_attrs"] = "read-write"
    found = {name: value for name, value in ours.items() if name not in url.query}
    session = {**_SERVERS_NETWORK, **limits.session}
    # A blank inside of a value needs a backslash.
    options = [f"-c {name}=" + str(value).replace(" ", "\\ ") for name, value in session.items()]
    given = url.query.get("options", "")
    found["options"] = " ".join([*options, *([given] if isinstance(given, str) else given)])
    return found


_dumps: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_decoder: Final = json.JSONDecoder()
_STRING_OR_LARGE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[0-9.]+e\+[0-9]+')


def _dump(value: Any) -> str:
    """JSON whose floats the server gives back as floats: it would make 1e+17 a whole number."""
    text = _dumps(value)
    return _STRING_OR_LARGE.sub(_without_exponent, text) if "e+" in text else text


def _without_exponent(found: re.Match[str]) -> str:
    token = found.group()
    return token if token.startswith('"') else f"{float(token):.1f}"


def _load(text: str | bytes) -> Any:
    # Without looking for white space, as what a server writes has none around it.
    return _decoder.raw_decode(text if isinstance(text, str) else text.decode())[0]
