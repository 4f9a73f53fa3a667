"""PostgreSQL as we set it up: bounded waits, errors with a meaning, values that survive."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import text

from services.core.db import engines, postgres
from services.core.db.database import SqlDatabase
from services.core.errors import (
    Conflict,
    InputError,
    InsufficientStorage,
    MargayError,
    NotFound,
    SettingsError,
    Unavailable,
)
from services.core.settings import Stores
from services.core.types.documents import Document, Json
from tests.contract.database import NOW, Sent, index
from tests.core.db.conftest import Outbox

pytestmark = pytest.mark.stack


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


def shown(database: SqlDatabase, name: str) -> tuple[str, str]:
    values = []
    for engine in (database._writer, database._reader):
        with engine.connect() as connection:
            values.append(str(connection.exec_driver_sql(f"SHOW {name}").scalar()))
    return values[0], values[1]


@pytest.mark.parametrize(
    ("name", "writer", "reader"),
    [
        ("transaction_read_only", "off", "on"),
        ("transaction_isolation", "read committed", "repeatable read"),
        ("statement_timeout", "2min", "30s"),
        ("lock_timeout", "10s", "10s"),
        ("idle_in_transaction_session_timeout", "1min", "1min"),
        ("tcp_keepalives_idle", "3", "3"),
        ("tcp_user_timeout", "6000", "6000"),
        ("application_name", "margay tool", "margay tool"),
    ],
)
def test_connections_are_set_up(database: SqlDatabase, name: str, writer: str, reader: str) -> None:
    assert shown(database, name) == (writer, reader)


def test_what_the_url_says_goes_before_what_we_say(url: str, outbox: Outbox) -> None:
    own = "application_name=mine&connect_timeout=7&options=-c%20lock_timeout%3D3s"
    database = SqlDatabase.open(f"{url}?{own}", queue=outbox, role="gateway")
    assert shown(database, "application_name") == ("mine", "mine")
    assert shown(database, "lock_timeout") == ("3s", "3s")
    assert shown(database, "statement_timeout") == ("2min", "30s")
    database.close()


def test_both_spellings_of_the_url_are_one_database(url: str, outbox: Outbox) -> None:
    plain = SqlDatabase.open(url, queue=outbox)
    named = SqlDatabase.open(url.replace("postgresql:", "postgresql+psycopg:"), queue=outbox)
    assert plain.instance_secret() == named.instance_secret()
    plain.close()
    named.close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql+psycopg2://u:secret@h/db", "the driver psycopg2"),
        ("postgresql+asyncpg://u:secret@h/db", "the driver asyncpg"),
        ("postgresql://h:secret/db", "is no SQLAlchemy URL"),
        ("postgres://u:secret@h/db", "names postgres;"),
    ],
)
def test_a_url_we_cannot_use_is_a_settings_error(url: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as raised:
        engines.parse(url)
    assert "sec" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r"margay\[stack\]"):
        engines.parse("postgresql://h/db")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", Unavailable),
        ("40P01", Unavailable),
        ("55P03", Unavailable),
        ("57014", Unavailable),
        ("57P01", Unavailable),
        ("53300", Unavailable),
        ("53100", InsufficientStorage),
        ("58030", Unavailable),
        ("22P05", InputError),
        ("23503", NotFound),
        ("23505", Conflict),
    ],
)
def test_a_servers_error_has_our_meaning(
    database: SqlDatabase, state: str, kind: type[MargayError]
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(kind) as raised, database._writer.begin() as connection:
        connection.execute(text(raising))
    assert type(raised.value) is kind
    with database.work() as work:
        assert work.indexes.all() == []


def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(database: SqlDatabase) -> None:
    with database.work() as work:
        work.indexes.add(index("one"))
        work.indexes.add(index("two"))
    both = threading.Barrier(2, timeout=30)
    problems: list[str] = []

    def save(first: str, second: str) -> None:
        try:
            with database.work() as work:
                work.indexes.save(index(first))
                both.wait()
                work.indexes.save(index(second))
        except Unavailable as error:
            problems.append(error.detail)

    threads = [
        threading.Thread(target=save, args=names) for names in (("one", "two"), ("two", "one"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == ["two changes got into each other's way; try again"]


def test_an_error_passed_over_never_looks_like_a_commit(database: SqlDatabase, sent: Sent) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))

    def pass_over() -> None:
        with database.work() as work:
            work.indexes.add(index("lost"))
            with suppress(Conflict):
                work.indexes.add(index("shop"))
            work.enqueue("never")

    with pytest.raises(RuntimeError, match="passed over"):
        pass_over()
    assert sent == []
    with database.read() as work:
        assert [each.name for each in work.indexes.all()] == ["shop"]


def test_more_at_once_than_there_are_connections_wait_and_are_then_refused(
    url: str, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "POOL_TIMEOUT_S", 0.05)
    database = SqlDatabase.open(url, queue=outbox, connections=1)
    with database.read() as work:
        assert work.indexes.all() == []
        with pytest.raises(Unavailable, match="in use"):
            database.check()
    database.check()
    database.close()


@pytest.fixture
def hasty(url: str) -> Iterator[SqlDatabase]:
    """Its server ends a transaction in which nothing happens for a moment."""
    own = "options=-c%20idle_in_transaction_session_timeout%3D50ms"
    database = SqlDatabase.open(f"{url}?{own}", queue=Outbox())
    yield database
    database.close()


def test_a_unit_of_work_that_does_nothing_for_long_is_ended(hasty: SqlDatabase) -> None:
    def dawdle() -> None:
        with hasty.work() as work:
            work.indexes.add(index("shop"))
            time.sleep(0.2)
            work.indexes.all()

    with pytest.raises(Unavailable):
        dawdle()
    with hasty.work() as work:
        assert work.indexes.all() == []


@pytest.mark.parametrize(
    "document",
    [
        Document("a", title="nul\0"),
        Document("nul\0"),
        Document("a", sku="nul\0"),
        Document("a", attributes={"colour": "nul\0"}),
        Document("a", attributes={"colour": "\ud800"}),
    ],
)
def test_what_only_a_server_cannot_hold_is_the_callers_error(
    database: SqlDatabase, document: Document
) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))
    with pytest.raises(InputError), database.work() as work:
        work.documents.put("shop", document, sequence=1, views=[], now=NOW)
    with database.read() as work:
        assert work.documents.count("shop") == 0


@pytest.mark.parametrize("id", ["nul\0", "\ud800"])
def test_asking_for_what_it_cannot_hold_says_so(database: SqlDatabase, id: str) -> None:
    with pytest.raises(InputError), database.read() as work:
        work.documents.live("shop", [id], now=NOW)
    with pytest.raises(InputError), database.read() as work:
        work.documents.get("shop", id)
    with database.read() as work:
        assert work.documents.live("shop", ["' OR 1=1"], now=NOW) == {}


@pytest.mark.parametrize(
    "value",
    [
        2**63 - 1,
        -(2**63),
        0,
        0.0,
        5.0,
        0.1,
        1e300,
        1e-300,
        1e17,
        2.0**62,
        5e-324,
        "1e+5",
        -1e20,
        {"e+": [1e16, "\\"]},
    ],
)
def test_numbers_come_back_as_they_went(database: SqlDatabase, value: Json) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))
        document = Document("a", attributes={"price": value})
        work.documents.put("shop", document, sequence=1, views=[], now=NOW)
    with database.read() as work:
        assert work.documents.get("shop", "a").document.attributes == {"price": value}


def test_names_are_ordered_by_code_point_in_every_locale(database: SqlDatabase) -> None:
    names = ["a", "B", "_", "é", "Z", "z", "-", "aB", "a_b", "ab", "1", "10", "2", "Ω", "😀"]
    with database.work() as work:
        work.indexes.add(index("shop"))
        for name in names:
            work.documents.put("shop", Document(name), sequence=1, views=[], now=NOW)
    with database.read() as work:
        found = [each.document.id for each in work.documents.page("shop", after=None, limit=99)]
        behind = [each.document.id for each in work.documents.page("shop", after="_", limit=99)]
    assert found == sorted(names)
    assert behind == [name for name in sorted(names) if name > "_"]


def test_parameters_are_not_shown_in_errors(database: SqlDatabase) -> None:
    with (
        pytest.raises(Exception, match="no_such") as raised,
        database._writer.begin() as connection,
    ):
        connection.execute(text("SELECT no_such FROM keys WHERE id = :id"), {"id": "private"})
    assert "private" not in str(raised.value)


def test_settings_do_not_show_the_password() -> None:
    stores = Stores(
        database_url="postgresql://u:hunter2@h/db", broker_url="redis://:hunter2@localhost"
    )
    assert "hunter2" not in repr(stores)
