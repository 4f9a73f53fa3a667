"""What every set of index locks must do."""

from __future__ import annotations

import threading
from collections.abc import Callable

from services.core.ports.queue import IndexLocks

PATIENCE_S = 30.0
"""Only how long broken locks take to fail; nothing is measured by it."""


class IndexLocksContract:
    """Provide `locks`."""

    def test_one_thread_at_a_time_writes_an_index(self, locks: IndexLocks) -> None:
        writing, most = 0, 0

        def write() -> None:
            nonlocal writing, most
            for _ in range(50):
                with locks.writing("shop"):
                    writing += 1
                    most = max(most, writing)
                    writing -= 1

        _all_at_once(write, write, write, write)
        assert most == 1

    def test_a_thread_may_take_its_lock_again(self, locks: IndexLocks) -> None:
        with locks.writing("shop"), locks.writing("shop"):
            pass
        free = threading.Event()

        def take() -> None:
            with locks.writing("shop"):
                free.set()

        _all_at_once(take)
        assert free.is_set()

    def test_another_index_is_not_held_up(self, locks: IndexLocks) -> None:
        other = threading.Event()

        def take() -> None:
            with locks.writing("other"):
                other.set()

        with locks.writing("shop"):
            _all_at_once(take)
        assert other.is_set()

    def test_an_exception_lets_go(self, locks: IndexLocks) -> None:
        def take() -> None:
            with locks.writing("shop"):
                free.set()

        free = threading.Event()
        try:
            with locks.writing("shop"):
                raise ZeroDivisionError
        except ZeroDivisionError:
            _all_at_once(take)
        assert free.is_set()

    def test_trying_says_no_while_another_thread_writes(self, locks: IndexLocks) -> None:
        seen: list[bool] = []

        def look() -> None:
            with locks.trying("shop") as held:
                seen.append(held)

        with locks.writing("shop"):
            _all_at_once(look)
        _all_at_once(look)
        assert seen == [False, True]

    def test_what_was_tried_and_had_is_held_like_any_other(self, locks: IndexLocks) -> None:
        seen: list[bool] = []

        def look() -> None:
            with locks.trying("shop") as held:
                seen.append(held)

        with locks.trying("shop") as held:
            assert held
            with locks.trying("shop") as again, locks.writing("shop"):
                assert again
            _all_at_once(look)
        assert seen == [False]

    def test_trying_in_vain_holds_nothing(self, locks: IndexLocks) -> None:
        leave = threading.Event()
        inside = threading.Event()

        def write() -> None:
            with locks.writing("shop"):
                inside.set()
                leave.wait(PATIENCE_S)

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        assert inside.wait(PATIENCE_S)
        with locks.trying("shop") as held:
            assert not held
            leave.set()
            writer.join(PATIENCE_S)
            _all_at_once(write)  # it would wait for ever if trying had taken it

    def test_nobody_shares_while_another_writes(self, locks: IndexLocks) -> None:
        order: list[str] = []
        inside, asked = threading.Event(), threading.Event()

        def share() -> None:
            inside.wait(PATIENCE_S)
            asked.set()
            with locks.sharing("shop"):
                order.append("shared")

        sharer = threading.Thread(target=share, daemon=True)
        sharer.start()
        with locks.writing("shop"):
            inside.set()
            asked.wait(PATIENCE_S)
            sharer.join(0.05)
            order.append("written")
        sharer.join(PATIENCE_S)
        assert order == ["written", "shared"]

    def test_nobody_writes_while_another_shares(self, locks: IndexLocks) -> None:
        seen: list[bool] = []

        def look() -> None:
            with locks.trying("shop") as held:
                seen.append(held)

        with locks.sharing("shop"):
            _all_at_once(look)
        _all_at_once(look)
        assert seen == [False, True]

    def test_a_thread_holds_several_at_once(self, locks: IndexLocks) -> None:
        seen: dict[str, bool] = {}

        def look() -> None:
            for name in ("shop", "media:shop", "rebuild:job_1"):
                with locks.trying(name) as held:
                    seen[name] = held

        with locks.writing("shop"), locks.sharing("media:shop"), locks.trying("rebuild:job_1"):
            _all_at_once(look)
        assert set(seen.values()) == {False}
        _all_at_once(look)
        assert set(seen.values()) == {True}


def _all_at_once(*acts: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act, daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
