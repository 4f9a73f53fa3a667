"""A PostgreSQL that is not there yet, dies, freezes or refuses us."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from services.core.db import engines, opening, postgres
from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError, Unavailable
from tests.contract.database import index
from tests.core.db.conftest import Outbox
from tests.servers import Server
from tests.servers import postgres as servers

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.server() as one:
        yield one


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with servers.fresh(server.url) as url:
        yield url


def test_after_a_crash_of_the_server_not_one_request_more_fails(
    server: Server, database: SqlDatabase
) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))
    with database.read() as one, database.read() as two:  # two connections in the reader's pool
        assert one.indexes.get("shop") == two.indexes.get("shop")
    server.kill()
    for _ in range(3):
        with pytest.raises(Unavailable), database.read() as work:
            work.indexes.all()
        with pytest.raises(Unavailable), database.work() as work:
            work.indexes.all()
        with pytest.raises(Unavailable):
            database.check()
    server.start()
    for _ in range(3):
        with database.read() as work:
            assert work.indexes.get("shop") == index("shop")
        with database.work() as work:
            work.indexes.save(index("shop"))
        database.check()


def test_a_restart_between_two_requests_is_not_noticed(
    server: Server, database: SqlDatabase
) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))
    database.check()
    server.kill()
    server.start()
    with database.read() as one, database.read() as two:
        assert one.indexes.get("shop") == two.indexes.get("shop")
    with database.work() as work:
        work.indexes.save(index("shop"))


@pytest.mark.parametrize("then_goes_on", [True, False], ids=["in the middle", "before the commit"])
def test_a_unit_of_work_in_hand_is_lost_as_a_whole(
    server: Server, database: SqlDatabase, outbox: Outbox, then_goes_on: bool
) -> None:
    def work_on() -> None:
        with database.work() as work:
            work.indexes.add(index("shop"))
            work.enqueue("never")
            server.kill()
            if then_goes_on:
                work.indexes.all()

    with pytest.raises(Unavailable):
        work_on()
    server.start()
    with database.read() as work:
        assert work.indexes.all() == []
    assert outbox.sent == []


@pytest.mark.thorough
def test_a_frozen_server_is_given_up_long_before_a_slow_one(
    server: Server, database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOOK_S", 0.1)
    with database._writer.connect() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(0.5)")
    server.pause()
    try:
        with pytest.raises(Unavailable), database.work() as work:
            work.indexes.all()
    finally:
        server.resume()
    with database.work() as work:
        assert work.indexes.all() == []


def test_a_silent_server_is_given_up_in_the_end(url: str) -> None:
    limits = postgres.Limits({}, answer_s=0.3)
    engine = postgres.open_engine(engines.parse(url), limits=limits, role="test", most=2)
    with engine.connect() as connection, pytest.raises(Unavailable):
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_a_slow_statement_is_not_a_silent_server(url: str) -> None:
    limits = postgres.Limits({"statement_timeout": "100ms"}, answer_s=30.0)
    with postgres.connect(engines.parse(url), limits=limits, role="test") as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        assert connection.alive()


def test_a_server_that_comes_later_is_waited_for(
    server: Server, url: str, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    server.stop()
    waiting = threading.Event()

    class Starter(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            waiting.set()

    def start() -> None:
        waiting.wait(60)
        server.start()

    handler = Starter()
    opening.logger.addHandler(handler)
    thread = threading.Thread(target=start)
    thread.start()
    try:
        SqlDatabase.open(url, queue=outbox).close()
    finally:
        opening.logger.removeHandler(handler)
        thread.join()
    assert "database.waiting for 127.0.0.1:" in caplog.text
    assert servers.PASSWORD not in caplog.text


def test_a_server_that_never_comes_is_unavailable_in_words(outbox: Outbox) -> None:
    nowhere = "postgresql://u:secret@127.0.0.1:1/margay"
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/margay did not answer") as raised:
        SqlDatabase.open(nowhere, queue=outbox, patience_s=0.3)
    assert "secret" not in str(raised.value)


def test_a_wrong_password_is_said_at_once(url: str, outbox: Outbox) -> None:
    wrong = url.replace(servers.PASSWORD, "secret")
    with pytest.raises(SettingsError, match="refuses us") as raised:
        SqlDatabase.open(wrong, queue=outbox, patience_s=3600)
    assert "secret" not in str(raised.value)


def test_a_database_that_does_not_exist_is_said_at_once(server: Server, outbox: Outbox) -> None:
    missing = server.url.rpartition("/")[0] + "/missing"
    with pytest.raises(SettingsError, match='"missing" does not exist'):
        SqlDatabase.open(missing, queue=outbox, patience_s=3600)


def test_a_database_without_unicode_is_refused(server: Server, outbox: Outbox) -> None:
    create = "CREATE DATABASE plain ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    servers.run(server.url, sql.SQL(create + " LOCALE_PROVIDER libc"))
    with pytest.raises(SettingsError, match="SQL_ASCII"):
        SqlDatabase.open(server.url.rpartition("/")[0] + "/plain", queue=outbox)
