"""Locks that PostgreSQL keeps: across processes, free when one dies, lost with a connection."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from psycopg import sql

from services.core.db.locks import PostgresLocks, key
from services.core.errors import SettingsError, Unavailable
from tests.contract.locks import IndexLocksContract
from tests.servers import postgres

pytestmark = pytest.mark.stack


@pytest.fixture
def locks(postgres_url: str) -> Iterator[PostgresLocks]:
    locks = PostgresLocks(postgres_url)
    yield locks
    locks.close()


@pytest.fixture
def others(postgres_url: str) -> Iterator[PostgresLocks]:
    """As of another process, which gives up after a moment."""
    locks = PostgresLocks(postgres_url, wait_s=0.2)
    yield locks
    locks.close()


@contextmanager
def holder(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A real process that has the lock."""
    command = [sys.executable, "-m", "tests.core.db.holding", url, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


class TestPostgresLocksContract(IndexLocksContract):
    pass


class OnePerThread:
    """Locks that share nothing between threads, as those of different processes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: dict[int, PostgresLocks] = {}

    def writing(self, name: str) -> AbstractContextManager[None]:
        return self._mine().writing(name)

    def sharing(self, name: str) -> AbstractContextManager[None]:
        return self._mine().sharing(name)

    def trying(self, name: str) -> AbstractContextManager[bool]:
        return self._mine().trying(name)

    def close(self) -> None:
        for locks in self._made.values():
            locks.close()

    def _mine(self) -> PostgresLocks:
        thread = threading.get_ident()
        if thread not in self._made:
            self._made[thread] = PostgresLocks(self._url)
        return self._made[thread]


class TestLocksThatShareNothingContract(IndexLocksContract):
    @pytest.fixture
    def locks(self, postgres_url: str) -> Iterator[OnePerThread]:
        locks = OnePerThread(postgres_url)
        yield locks
        locks.close()


def test_a_lock_of_another_process_is_waited_for_and_then_named(
    postgres_url: str, others: PostgresLocks
) -> None:
    with holder(postgres_url, "shop"):
        with others.trying("shop") as held:
            assert not held
        with pytest.raises(Unavailable, match=r"'shop' for 0\.2 s"), others.writing("shop"):
            pass
        with pytest.raises(Unavailable, match="'shop'"), others.sharing("shop"):
            pass
        with others.writing("other"):
            pass


def test_a_killed_process_holds_nothing(postgres_url: str, locks: PostgresLocks) -> None:
    with holder(postgres_url, "shop") as process:
        process.kill()
        with locks.writing("shop"):
            pass


def test_those_who_share_do_so_across_processes(
    locks: PostgresLocks, others: PostgresLocks
) -> None:
    with locks.sharing("shop"), others.sharing("shop"):
        pass
    with locks.sharing("shop"), pytest.raises(Unavailable), others.writing("shop"):
        pass


def test_waiting_threads_need_one_connection_only(postgres_url: str) -> None:
    locks = PostgresLocks(postgres_url, connections=2)
    done: list[str] = []

    def write() -> None:
        with locks.writing("shop"):
            done.append("one")

    threads = [threading.Thread(target=write) for _ in range(8)]
    with locks.writing("shop"):
        for thread in threads:
            thread.start()
        with locks.writing("other"):
            pass
    for thread in threads:
        thread.join()
    assert len(done) == 8
    locks.close()


def test_too_many_locks_at_once_are_refused_in_words(postgres_url: str) -> None:
    locks = PostgresLocks(postgres_url, wait_s=0.1, connections=1)
    problems: list[str] = []

    def write() -> None:
        try:
            with locks.writing("other"):
                pass
        except Unavailable as error:
            problems.append(error.detail)

    with locks.writing("shop"):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert problems == ["every connection for locks is in use; try again"]
    locks.close()


def cut(url: str) -> None:
    """End every other connection to the database of this URL, as a network may."""
    name = sql.Literal(url.rpartition("/")[2])
    others = sql.SQL(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = {} AND pid <> pg_backend_pid()"
    )
    postgres.run(url, others.format(name))


def test_a_lock_that_was_lost_is_reported_and_can_be_had_again(
    postgres_url: str, locks: PostgresLocks, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), locks.writing("shop"):
        cut(postgres_url)
    assert "lock 'shop' was lost while it was held" in caplog.text
    with locks.writing("shop"):
        pass


def test_a_connection_that_died_while_idle_is_not_used(
    postgres_url: str, locks: PostgresLocks, caplog: pytest.LogCaptureFixture
) -> None:
    with locks.writing("shop"):
        pass
    cut(postgres_url)
    with locks.writing("shop"):
        pass
    assert not caplog.records


def test_a_lock_below_a_lost_one_cannot_be_had(postgres_url: str, locks: PostgresLocks) -> None:
    with locks.writing("shop"):
        cut(postgres_url)
        with pytest.raises(Unavailable, match="'media:shop'"), locks.writing("media:shop"):
            pass


def test_a_server_that_is_not_there_is_unavailable() -> None:
    locks = PostgresLocks("postgresql://u:secret@127.0.0.1:1/db")
    with pytest.raises(Unavailable) as raised, locks.trying("shop"):
        pass
    assert "secret" not in raised.value.detail
    with pytest.raises(SettingsError):
        PostgresLocks("mysql://host/db")


def test_names_have_numbers_that_stay() -> None:
    assert key("shop") == key("shop") != key("shop2")
    assert all(-(2**63) <= key(str(number)) < 2**63 for number in range(1000))


def test_after_closing_connections_end_when_they_come_back(
    postgres_url: str, locks: PostgresLocks
) -> None:
    with locks.writing("shop"):
        locks.close()
    assert locks._idle == []
