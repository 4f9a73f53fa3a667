"""What every log of searches and events must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Barrier

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.ports.work import Database
from services.core.types.events import Action, Event, Excluded, LoggedSearch
from tests.contract.database import NOW, SECOND

# A run has names of its own, so one database does for all of them, and each class has its own.
FOREIGN = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
_runs = count(1)


def searched(query_id: str, *shown: str, **changes: object) -> LoggedSearch:
    values = {
        "query_id": query_id,
        "index": "shop",
        "at": NOW,
        "kind": "text",
        "text": "a mug",
        "client": "cl_one",
        "configuration": None,
        "experiment": None,
        "variant": None,
        "shown": shown,
        "first_rank": 1,
        "teams": None,
        "top_score": 0.5,
        "took_ms": 7.25,
        "degraded": False,
        "bot": False,
    }
    return LoggedSearch(**(values | changes))  # type: ignore[arg-type]


def did(id: str, query_id: str, object_id: str, **changes: object) -> Event:
    values = {
        "id": id,
        "query_id": query_id,
        "action": Action.CLICK,
        "object_id": object_id,
        "position": None,
        "client": "cl_one",
        "at": NOW,
        "received_at": NOW,
    }
    return Event(**(values | changes))  # type: ignore[arg-type]


def stored(database: Database, *query_ids: str) -> dict[str, tuple[Excluded | None, int | None]]:
    with database.read() as work:
        found = work.events.of_queries(query_ids)
    return {event.id: (event.excluded, event.position) for event in found}


def add(database: Database, *what: Event | LoggedSearch) -> int:
    with database.work() as work:
        work.searches.add([each for each in what if isinstance(each, LoggedSearch)])
    with database.work() as work:
        return work.events.add([each for each in what if isinstance(each, Event)])


class SearchStoreContract:
    def test_a_search_comes_back_as_it_was_logged(self, database: Database) -> None:
        whole = searched(
            "q1", "a", "b", configuration="dense", experiment="e", variant="x",
            teams=("x", "control"), first_rank=11, degraded=True, bot=True,
        )  # fmt: skip
        bare = searched("q2", text=None, client=None, top_score=None)
        with database.work() as work:
            work.searches.add([whole, bare])
        with database.read() as work:
            assert work.searches.get(["q1", "q2", "q3"]) == {"q1": whole, "q2": bare}

    def test_a_search_that_is_there_stays_as_it_is(self, database: Database) -> None:
        with database.work() as work:
            work.searches.add([searched("q1", "a")])
            work.searches.add([searched("q1", "b"), searched("q2", "b")])
            work.searches.add([])
            assert work.searches.get(["q1"])["q1"].shown == ("a",)
            assert work.searches.get(["q2"])["q2"].shown == ("b",)

    def test_old_ones_are_forgotten_a_few_at_a_time(self, database: Database) -> None:
        old = [searched(f"old{n}", at=NOW - timedelta(days=2)) for n in range(3)]
        with database.work() as work:
            work.searches.add([*old, searched("new")])
            before = NOW - timedelta(days=1)
            assert [work.searches.forget(before, limit=2) for _ in range(3)] == [2, 1, 0]
            assert list(work.searches.get(["old0", "old1", "old2", "new"])) == ["new"]


class EventStoreContract:
    def test_an_event_comes_back_as_it_was_sent(self, database: Database) -> None:
        event = did("e1", "q1", "a", position=3, received_at=NOW + SECOND)
        bare = did("e2", "q1", "b", client=None, action=Action.PURCHASE)
        assert add(database, event, bare) == 2
        with database.read() as work:
            assert work.events.of_queries(["q1", "q2"]) == [event, bare]

    def test_an_event_whose_id_is_there_is_not_stored_again(self, database: Database) -> None:
        assert add(database, did("e1", "q1", "a"), did("e1", "q1", "b")) == 1
        assert add(database, did("e1", "q9", "c"), did("e2", "q1", "b")) == 1
        assert add(database) == 0
        with database.read() as work:
            assert [e.object_id for e in work.events.of_queries(["q1", "q9"])] == ["a", "b"]

    def test_the_first_of_the_same_deed_counts(self, database: Database) -> None:
        add(database, searched("q1", "a", "b"))
        add(database, did("late", "q1", "a", at=NOW + SECOND))
        add(database, did("first", "q1", "a"), did("cart", "q1", "a", action=Action.ADD_TO_CART))
        add(database, did("other", "q1", "b", at=NOW + SECOND))
        assert stored(database, "q1") == {
            "first": (None, 1),
            "cart": (None, 1),
            "late": (Excluded.REPEATED, 1),
            "other": (None, 2),
        }

    def test_the_position_is_where_the_answer_showed_it(self, database: Database) -> None:
        add(database, searched("q1", "a", "b", first_rank=11), did("e1", "q1", "b", position=2))
        assert stored(database, "q1") == {"e1": (None, 12)}

    def test_what_the_answer_did_not_show_does_not_count(self, database: Database) -> None:
        add(database, did("e1", "q1", "x"), did("e2", "q2", "x"))
        assert stored(database, "q1") == {"e1": (None, None)}
        add(database, searched("q1", "a"), searched("q2", "x"))
        assert stored(database, "q1", "q2") == {
            "e1": (Excluded.NOT_SHOWN, None),
            "e2": (None, 1),
        }

    def test_nothing_counts_of_a_bots_search(self, database: Database) -> None:
        add(database, did("e1", "q1", "a"), searched("q1", "a", bot=True))
        add(database, did("e2", "q1", "a", action=Action.PURCHASE))
        add(database, searched("q2", "a"), did("e3", "q2", "a", excluded=Excluded.BOT))
        found = stored(database, "q1", "q2")
        assert {reason for reason, _ in found.values()} == {Excluded.BOT}

    def test_where_a_bot_came_first_the_next_one_counts(self, database: Database) -> None:
        add(database, searched("q1", "a", client=None))
        add(database, did("bot", "q1", "a", client="cl_bot"))
        add(database, did("human", "q1", "a", at=NOW + SECOND))
        assert stored(database, "q1")["human"] == (Excluded.REPEATED, 1)
        for expected in (1, 0):
            with database.work() as work:
                assert work.events.exclude_clients(["cl_bot"], since=NOW) == expected
        assert stored(database, "q1") == {"bot": (Excluded.BOT, 1), "human": (None, 1)}

    def test_a_client_is_taken_for_a_bot_from_then_on_only(self, database: Database) -> None:
        before = NOW - SECOND
        add(database, searched("q1", "a", at=before), searched("q2", "a"))
        add(database, did("old", "q1", "a", at=before), did("new", "q2", "a"))
        with database.work() as work:
            work.events.exclude_clients(["cl_one", "cl_two"], since=NOW)
            found = work.searches.get(["q1", "q2"])
        assert {id: search.bot for id, search in found.items()} == {"q1": False, "q2": True}
        assert stored(database, "q1", "q2") == {"old": (None, 1), "new": (Excluded.BOT, 1)}

    def test_busy_clients_did_much_within_one_minute(self, database: Database) -> None:
        minute = NOW.replace(second=0, microsecond=0)
        clicks = [did(f"e{n}", "q", str(n), client="cl_clicks", at=minute) for n in range(4)]
        seen = [
            did(f"i{n}", "q", str(n), client="cl_scrolls", action=Action.IMPRESSION)
            for n in range(9)
        ]
        spread = [
            did(f"f{n}", "q", str(n), client="cl_slow", at=minute + n * timedelta(minutes=1))
            for n in range(9)
        ]
        add(database, *clicks, *seen, *spread)
        add(database, *[did(f"g{n}", "q", str(n), client=None) for n in range(9)])
        add(database, *[searched(f"q{n}", client="cl_searches", at=minute) for n in range(6)])
        add(database, *[searched(f"r{n}", client="cl_few") for n in range(5)])
        with database.read() as work:
            found = work.events.busy_clients(since=NOW - timedelta(hours=1), searches=5, deeds=3)
            later = work.events.busy_clients(since=NOW + timedelta(days=1), searches=0, deeds=0)
        assert found == {"cl_clicks": minute, "cl_searches": minute}
        assert later == {}

    def test_old_ones_are_forgotten_by_when_they_came(self, database: Database) -> None:
        old = NOW - timedelta(days=9)
        add(database, *[did(f"o{n}", "q1", str(n), received_at=old) for n in range(3)])
        add(database, did("new", "q1", "a", at=old))
        with database.work() as work:
            assert [work.events.forget(NOW, limit=2) for _ in range(3)] == [2, 1, 0]
        assert list(stored(database, "q1")) == ["new"]

    def test_of_what_comes_at_once_one_counts_and_nobody_waits_for_ever(
        self, database: Database
    ) -> None:
        queries = [f"q{n}" for n in range(40)]
        together = Barrier(4)

        def happen(seed: int) -> int:
            added = 0
            for query in queries:
                together.wait(timeout=60)
                own = did(f"{seed}-{query}", query, "a")
                # The search comes with one of them, and every other time all send one event more.
                more = [searched(query, "a")] if seed == 0 else []
                more += [did(f"all-{query}", query, "a")] if int(query[1:]) % 2 else []
                added += add(database, own, *more)
            return added

        with ThreadPoolExecutor(4) as pool:
            added = sum(pool.map(happen, range(4)))
        with database.read() as work:
            found = work.events.of_queries(queries)
        assert added == len(found) == 4 * len(queries) + len(queries) // 2
        assert Counter(e.query_id for e in found if not e.excluded) == dict.fromkeys(queries, 1)
        assert {e.position for e in found} == {1}

    @settings(max_examples=25, deadline=None, suppress_health_check=FOREIGN)
    @given(data=st.data())
    def test_any_batch_sent_any_number_of_times_in_any_order_counts_once(
        self, database: Database, data: st.DataObject
    ) -> None:
        one, other = f"run{next(_runs)}-", f"run{next(_runs)}-"
        world = data.draw(_worlds())
        at_once = [_renamed(each, one) for each in world]
        add(database, *at_once)
        sent = data.draw(st.permutations([*world, *data.draw(st.lists(st.sampled_from(world)))]))
        position = 0
        while position < len(sent):
            size = data.draw(st.integers(1, 4))
            add(database, *[_renamed(each, other) for each in sent[position : position + size]])
            position += size
        queries = ("q0", "q1", "q2")
        expected = stored(database, *[one + query for query in queries])
        found = stored(database, *[other + query for query in queries])
        assert {id.removeprefix(other): kept for id, kept in found.items()} == {
            id.removeprefix(one): kept for id, kept in expected.items()
        }
        assert len(found) == sum(isinstance(each, Event) for each in world)
        with database.read() as work:
            counted = [
                e for e in work.events.of_queries([one + q for q in queries]) if not e.excluded
            ]
        assert len({(e.query_id, e.action, e.object_id) for e in counted}) == len(counted)


def _renamed(each: Event | LoggedSearch, prefix: str) -> Event | LoggedSearch:
    if isinstance(each, LoggedSearch):
        return replace(each, query_id=prefix + each.query_id)
    return replace(each, id=prefix + each.id, query_id=prefix + each.query_id)


@st.composite
def _worlds(draw: st.DrawFn) -> Sequence[Event | LoggedSearch]:
    """Searches (of which some are not logged) and what clients did with their answers."""
    logged = [
        searched(f"q{n}", *draw(st.permutations("abc"))[:2], bot=draw(st.integers(0, 4)) == 0)
        for n in draw(st.sets(st.integers(0, 2)))
    ]
    events = [
        did(
            f"e{n}",
            draw(st.sampled_from(["q0", "q1", "q2"])),
            draw(st.sampled_from("abc")),
            action=draw(st.sampled_from([Action.CLICK, Action.IMPRESSION])),
            at=NOW + draw(st.integers(0, 2)) * SECOND,
            excluded=draw(st.sampled_from([None, None, None, Excluded.BOT])),
        )
        for n in range(draw(st.integers(1, 8)))
    ]
    return [*logged, *events]
