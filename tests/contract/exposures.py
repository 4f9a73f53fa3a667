"""What every count of an experiment's clients must come to: what a plain loop over them finds."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from services.core.ports.work import Database
from services.core.types.events import Action, Event, Excluded, LoggedSearch
from services.core.types.experiments import Experiment, ExperimentKind, Goal
from services.core.types.exposures import ClientTotals, Interleaved, KindTotals, Reached
from tests.contract.database import NOW
from tests.contract.experiments import experiment, started
from tests.contract.searches import did, searched

_numbers = count(1)
DOCUMENTS = "abcdef"


def running(shop: str = "shop", **changes: Any) -> Experiment:
    return replace(started(experiment(shop), minutes=0), goal=Goal.CLICK, **changes)


def add(database: Database, searches: list[LoggedSearch], events: list[Event]) -> None:
    with database.work() as work:
        work.searches.add(searches)
        work.events.add(events)


def drawn(tested: Experiment, *, seed: int) -> tuple[list[LoggedSearch], list[Event]]:
    """Searches of a few clients, bots among them, and clicks and purchases, some too many."""
    chance = random.Random(seed)
    searches, events = [], []
    for _ in range(120):
        number = next(_numbers)
        client = f"cl_{chance.randrange(12)}"
        searches.append(
            searched(
                f"x{number}",
                *chance.sample(DOCUMENTS, 4),
                experiment=chance.choice([tested.name, tested.name, "another", None]),
                variant="control" if client < "cl_5" else "words",
                kind=chance.choice(["text", "image"]),
                client=chance.choice([client, client, client, None]),
                at=NOW + timedelta(minutes=chance.randrange(-10, 60)),
                bot=chance.random() < 0.1,
                took_ms=float(number),
            )
        )
        for place in range(chance.choice([0, 0, 1, 3])):
            action = chance.choice([Action.CLICK, Action.PURCHASE, Action.IMPRESSION])
            document = chance.choice(DOCUMENTS)
            events.append(did(f"d{number}-{place}", f"x{number}", document, action=action))
    return searches, events


def counting(
    database: Database, tested: Experiment, searches: list[LoggedSearch]
) -> dict[str, list[Event]]:
    """The searches that are the experiment's, by query id, with their events that count."""
    assert tested.started_at is not None
    mine = [
        each.query_id
        for each in searches
        if each.experiment == tested.name
        and each.client is not None
        and not each.bot
        and each.at >= tested.started_at
        and (tested.stopped_at is None or each.at <= tested.stopped_at)
    ]
    with database.read() as work:
        kept = [each for each in work.events.of_queries(mine) if each.excluded is None]
    return {query: [each for each in kept if each.query_id == query] for query in mine}


class ExposureStoreContract:
    @pytest.mark.parametrize("goal", [Goal.CLICK, Goal.PURCHASE])
    @pytest.mark.parametrize("stopped", [None, NOW + timedelta(minutes=30)])
    def test_clients_and_kinds_are_those_a_plain_loop_counts(
        self, database: Database, goal: Goal, stopped: Any
    ) -> None:
        tested = running(stopped_at=stopped)
        tested = replace(tested, goal=goal)
        searches, events = drawn(tested, seed=1)
        add(database, searches, events)
        by_id = {each.query_id: each for each in searches}
        pairs: dict[Any, list[tuple[bool, bool]]] = defaultdict(list)
        kinds: dict[Any, list[bool]] = defaultdict(list)
        for query, done in counting(database, tested, searches).items():
            one, actions = by_id[query], {each.action.value for each in done}
            reached = goal.value in actions
            pairs[one.variant, one.client].append(("click" in actions, reached))
            kinds[one.variant, one.kind, one.client].append(reached)
        with database.read() as work:
            assert work.exposures.clients(tested) == [
                totals(variant, [rows for key, rows in pairs.items() if key[0] == variant])
                for variant in ("control", "words")
            ]
            assert work.exposures.kinds(tested) == [
                of_kind(
                    variant, kind, [r for key, r in kinds.items() if key[:2] == (variant, kind)]
                )
                for variant in ("control", "words")
                for kind in ("image", "text")
            ]

    def test_each_document_is_reached_once_by_a_client(self, database: Database) -> None:
        tested = running()
        searches, events = drawn(tested, seed=2)
        add(database, searches, events)
        by_id = {each.query_id: each for each in searches}
        expected = {
            Reached(str(by_id[query].variant), str(by_id[query].client), str(each.object_id))
            for query, done in counting(database, tested, searches).items()
            for each in done
            if each.action is Action.CLICK
        }
        with database.read() as work:
            found = list(work.exposures.reached(tested))
        assert len(found) == len(expected) > 0
        assert set(found) == expected

    def test_latencies_are_of_the_variant_and_no_more_than_asked(self, database: Database) -> None:
        tested = running()
        searches, events = drawn(tested, seed=3)
        add(database, searches, events)
        mine = counting(database, tested, searches)
        took = {
            each.took_ms for each in searches if each.query_id in mine and each.variant == "words"
        }
        with database.read() as work:
            assert set(work.exposures.latencies_ms(tested, "words", limit=1000)) == took
            some = work.exposures.latencies_ms(tested, "words", limit=3)
        assert len(set(some)) == 3
        assert set(some) <= took

    def test_what_served_is_told_apart(self, database: Database) -> None:
        tested = running()
        one = {"experiment": tested.name, "variant": "words"}
        pages = [
            searched(f"s{next(_numbers)}", "a", configuration=name, **one)
            for name in ("words", "words", None)
        ]
        add(database, pages, [])
        with database.read() as work:
            assert work.exposures.served(tested) == {"words": {"words": 2, None: 1}}

    def test_interleaved_pages_credit_whose_documents_reached_the_goal(
        self, database: Database
    ) -> None:
        tested = running(kind=ExperimentKind.INTERLEAVING)
        first, second, third, alone = (f"i{next(_numbers)}" for _ in range(4))
        both: dict[str, Any] = {
            "experiment": tested.name,
            "teams": ("control", "words", "words", ""),
        }
        pages = [
            searched(first, *"abcd", client="cl_a", **both),
            searched(second, *"abcd", client="cl_b", kind="image", **both),
            searched(third, *"abcd", client="cl_a", **both),
            searched(alone, *"abcd", client="cl_a", experiment=tested.name),
        ]
        clicks = [
            did(f"{first}-1", first, "b"), did(f"{first}-2", first, "c"),
            did(f"{first}-3", first, "c"), did(f"{first}-4", first, "a"),
            did(f"{first}-5", first, "a", action=Action.PURCHASE),
            did(f"{second}-1", second, "d"), did(f"{alone}-1", alone, "a"),
        ]  # fmt: skip
        add(database, pages, clicks)
        with database.read() as work:
            assert work.events.of_queries([first])[2].excluded is Excluded.REPEATED
            assert sorted(work.exposures.interleaved(tested), key=str) == [
                Interleaved("cl_a", "text", {"control": 1, "words": 2}),
                Interleaved("cl_a", "text", {}),
                Interleaved("cl_b", "image", {}),
            ]
            assert work.exposures.served(tested) == {None: {None: 3}, "control": {None: 1}}

    def test_an_experiment_that_nobody_met_has_no_counts(self, database: Database) -> None:
        tested = running()
        with database.read() as work:
            assert work.exposures.clients(tested) == []
            assert work.exposures.kinds(tested) == []
            assert list(work.exposures.interleaved(tested)) == []
            assert work.exposures.served(tested) == {}


def totals(variant: str, clients: list[list[tuple[bool, bool]]]) -> ClientTotals:
    pairs = [(len(pages), sum(clicked for clicked, _ in pages)) for pages in clients]
    return ClientTotals(
        variant=variant,
        clients=len(clients),
        converted=sum(any(reached for _, reached in pages) for pages in clients),
        searches=sum(x for x, _ in pairs),
        clicked=sum(y for _, y in pairs),
        squares=sum(x * x for x, _ in pairs),
        products=sum(x * y for x, y in pairs),
        clicked_squares=sum(y * y for _, y in pairs),
    )


def of_kind(variant: str, kind: str, clients: list[list[bool]]) -> KindTotals:
    return KindTotals(variant, kind, len(clients), sum(any(pages) for pages in clients))
