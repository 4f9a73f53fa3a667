"""SQLite as we set it up: durable, many threads at once, and errors with a meaning."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from services.core.db import database as database_module
from services.core.db.database import SqlDatabase
from services.core.db.engines import open_engines
from services.core.errors import InputError, InsufficientStorage, SettingsError, Unavailable
from services.core.ports.work import UnitOfWork
from services.core.types.documents import Document
from tests.contract.database import NOW, index
from tests.core.db.conftest import Outbox


def pragma(url: str, name: str) -> tuple[object, object]:
    values = []
    engines = open_engines(url)
    for engine in (engines.writer, engines.reader):
        with engine.connect() as connection:
            values.append(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
    engines.dispose()
    return values[0], values[1]


@pytest.mark.parametrize(
    ("name", "writer", "reader"),
    [
        ("journal_mode", "wal", "wal"),
        ("synchronous", 2, 2),
        ("busy_timeout", 30_000, 30_000),
        ("foreign_keys", 1, 1),
        ("query_only", 0, 1),
    ],
)
def test_connections_are_set_up(
    database: SqlDatabase, url: str, name: str, writer: object, reader: object
) -> None:
    assert pragma(url, name) == (writer, reader)


def test_everything_is_there_after_reopening(url: str, outbox: Outbox) -> None:
    first = SqlDatabase.open(url, queue=outbox)
    with first.work() as work:
        work.indexes.add(index("shop"))
        last = work.jobs.next_sequence()
    first.close()
    second = SqlDatabase.open(url, queue=outbox)
    assert second.instance_secret() == first.instance_secret()
    with second.work() as work:
        assert work.indexes.get("shop") == index("shop")
        assert work.jobs.next_sequence() > last
    second.close()


def test_many_threads_write_and_read(database: SqlDatabase) -> None:
    with database.work() as work:
        work.indexes.add(index("shop"))

    def write(worker: int) -> list[int]:
        taken = []
        for place in range(15):
            with database.work() as work:
                taken.append(work.jobs.next_sequence())
                document = Document(f"d{worker}-{place}")
                work.documents.put("shop", document, sequence=taken[-1], views=[], now=NOW)
            with database.read() as work:
                assert work.documents.get("shop", document.id).document == document
        return taken

    with ThreadPoolExecutor(8) as pool:
        numbers = Counter(each for some in pool.map(write, range(8)) for each in some)
    assert len(numbers) == 120
    with database.read() as work:
        assert work.documents.count("shop") == 120


def test_a_unit_of_work_inside_another_is_refused(database: SqlDatabase) -> None:
    with database.work(), pytest.raises(RuntimeError, match="already"), database.work():
        pass
    with database.work() as work:
        assert work.indexes.all() == []


def test_reading_goes_on_while_another_thread_writes(database: SqlDatabase) -> None:
    read = threading.Event()

    def look() -> None:
        with database.read() as work:
            work.indexes.all()
        read.set()

    with database.work() as work:
        work.indexes.add(index("shop"))
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert read.is_set()


def test_a_file_that_another_process_keeps_locked_is_unavailable(
    database: SqlDatabase, url: str
) -> None:
    with database._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable), database.work() as work:
        work.indexes.all()
    other.close()
    with database.work() as work:
        assert work.indexes.all() == []


def test_waiting_too_long_for_ones_turn_is_unavailable(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.01)
    errors: list[Exception] = []

    def wait() -> None:
        try:
            with database.work():
                pass
        except Unavailable as error:
            errors.append(error)

    with database.work():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert len(errors) == 1


def test_a_full_disk_is_insufficient_storage_and_writes_nothing(database: SqlDatabase) -> None:
    with database._writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(InsufficientStorage), database.work() as work:
        _fill(work)
    with database.read() as work:
        assert work.indexes.all() == []


def _fill(work: UnitOfWork) -> None:
    work.indexes.add(index("shop"))
    for number in range(100):
        large = Document(f"d{number}", description="x" * 10_000)
        work.documents.put("shop", large, sequence=1, views=[], now=NOW)


def test_asking_for_unstorable_names_finds_nothing_or_says_so(database: SqlDatabase) -> None:
    with database.read() as work:
        assert work.documents.live("shop", ["nul\0", "' OR 1=1"], now=NOW) == {}
    with pytest.raises(InputError), database.read() as work:
        work.documents.live("shop", ["\ud800"], now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "what://x",
    ],
)
def test_a_url_we_cannot_use_is_a_settings_error(url: str, outbox: Outbox) -> None:
    with pytest.raises(SettingsError, match="MARGAY_STORES__DATABASE_URL"):
        SqlDatabase.open(url, queue=outbox)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        SqlDatabase.open(f"sqlite:///{tmp_path}/nowhere/x.sqlite3", queue=outbox)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, outbox: Outbox) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database " * 100)
    with pytest.raises(SettingsError, match="not a database"):
        SqlDatabase.open(f"sqlite:///{file}", queue=outbox)
    assert file.read_text() == "not a database " * 100


def test_a_search_reads_its_documents_by_primary_key(database: SqlDatabase) -> None:
    with database._reader.connect() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT * FROM documents WHERE index_name = 'a'"
                " AND id IN ('x', 'y') AND deleted = 0 AND (expires_at IS NULL OR expires_at > 5)"
            )
        ).all()
    assert "(index_name=? AND id=?)" in str(plan)
