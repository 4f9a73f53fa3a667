"""Counts of an experiment, told apart by what the products and the queries are like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.core.db.database import SqlDatabase
from services.core.types.documents import Document
from services.core.types.experiments import Experiment, ExperimentKind
from services.insight.experiments import tally
from services.insight.experiments.counts import BucketCounts
from services.insight.experiments.lifecycle import started
from services.wiring.archive import NoQueue
from tests.contract.database import index, picture
from tests.contract.searches import did, searched
from tests.insight.experiments.made import CREATED, experiment

NOW = CREATED + timedelta(days=1)
PICTURES = {"tiny": 120, "plain": 640, "sharp": 1024, "bare": None}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    """An index `shop` of four products, three with a picture of their own size."""
    opened = SqlDatabase.open(f"sqlite:///{tmp_path}/shop.sqlite3", queue=NoQueue())
    with opened.work() as work:
        work.indexes.add(index("shop"))
        for place, (name, width) in enumerate(PICTURES.items()):
            shown = picture(place, width=width or 1, height=60)
            work.media.put(shown)
            made = Document(
                name,
                images=() if width is None else (shown.id,),
                attributes={"brand": "Acme" if place % 2 else "Boz", "category": ["mug", "gift"]},
            )
            work.documents.put("shop", made, sequence=place + 1, views=(), now=NOW)
    yield opened
    opened.close()


def running(kind: ExperimentKind = ExperimentKind.AB) -> Experiment:
    return started(experiment(kind=kind), [], now=NOW)


def test_clients_who_clicked_are_told_apart_by_product_and_query(database: SqlDatabase) -> None:
    tested = running()
    told = {"experiment": tested.name, "at": NOW}
    with database.work() as work:
        for number, (variant, kind) in enumerate(
            [("control", "text"), ("control", "image"), ("b", "text"), ("b", "text")]
        ):
            page = searched(
                f"q{number}", *PICTURES, variant=variant, kind=kind, client=f"cl_{number}", **told
            )
            work.searches.add([page])
        work.events.add(
            [
                did("1", "q0", "tiny"), did("2", "q0", "plain"), did("3", "q2", "tiny"),
                did("4", "q3", "sharp"), did("5", "q3", "bare"), did("6", "q3", "gone"),
            ]
        )  # fmt: skip
    counted = tally.of_variants(tested, database, ndcg={"b": {"q": 0.5}}, now=NOW)
    control, other = sorted(counted, key=lambda each: each.variant == "b")
    assert (control.clients, control.converted, other.clients, other.converted) == (2, 1, 2, 2)
    assert (dict(control.ndcg), dict(other.ndcg)) == ({}, {"q": 0.5})
    assert set(other.buckets) == {
        BucketCounts("kind", "text", 2, 2),
        BucketCounts("brand", "Boz", 2, 2),
        BucketCounts("brand", "Acme", 2, 1),
        BucketCounts("category", "mug", 2, 2),
        BucketCounts("category", "gift", 2, 2),
        BucketCounts("picture", "below 300 px", 2, 1),
        BucketCounts("picture", "300 to 799 px", 2, 0),
        BucketCounts("picture", "800 px and more", 2, 1),
        BucketCounts("picture", "none", 2, 1),
    }
    assert BucketCounts("kind", "image", 1, 0) in control.buckets
    assert BucketCounts("picture", "300 to 799 px", 2, 1) in control.buckets


def test_only_the_values_with_most_clients_are_told_apart(database: SqlDatabase) -> None:
    tested = running()
    names = [f"p{number}" for number in range(tally.MOST_VALUES + 5)]
    with database.work() as work:
        for number, name in enumerate(names):
            made = Document(name, attributes={"brand": f"brand {number:02}"})
            work.documents.put("shop", made, sequence=100 + number, views=(), now=NOW)
        for client in ("cl_a", "cl_b"):
            page = searched(
                client, *names, client=client, variant="b", experiment=tested.name, at=NOW
            )
            work.searches.add([page])
            clicked = names if client == "cl_a" else names[5:]
            work.events.add([did(f"{client} {each}", client, each) for each in clicked])
    (counted,) = tally.of_variants(tested, database, ndcg={}, now=NOW)
    brands = {each.value for each in counted.buckets if each.dimension == "brand"}
    assert brands == {f"brand {number:02}" for number in range(5, tally.MOST_VALUES + 5)}


def test_interleaved_queries_are_counted_by_kind_too(database: SqlDatabase) -> None:
    tested = running(ExperimentKind.INTERLEAVING)
    both = {"experiment": tested.name, "teams": ("control", "b"), "at": NOW}
    with database.work() as work:
        work.searches.add(
            [
                searched("q1", "tiny", "plain", client="cl_a", **both),
                searched("q2", "tiny", "plain", client="cl_a", **both),
                searched("q3", "tiny", "plain", client="cl_b", kind="image", **both),
                searched("q4", "tiny", "plain", client="cl_b", experiment=tested.name, at=NOW),
            ]
        )
        work.events.add([did("1", "q1", "plain"), did("2", "q2", "plain"), did("3", "q3", "tiny")])
    counts, kinds = tally.of_both(tested, database)
    assert (counts.wins, counts.losses, counts.ties, counts.clients) == (2, 1, 0, 2)
    assert counts.squares == 2**2 + 1**2
    assert {each.value: (each.counts.wins, each.counts.losses) for each in kinds} == {
        "text": (2, 0),
        "image": (0, 1),
    }
    assert tally.pages(tested, database) == [{"variant": None, "pages": 4, "failed": 1}]


def test_pages_that_another_configuration_made_have_failed(database: SqlDatabase) -> None:
    tested = running()
    told = {"experiment": tested.name, "at": NOW, "variant": "b"}
    with database.work() as work:
        work.searches.add(
            [
                replace(searched(f"q{place}", "tiny", **told), configuration=configuration)
                for place, configuration in enumerate(["b", "b", None])
            ]
        )
    assert tally.pages(tested, database) == [
        {"variant": "control", "pages": 0, "failed": 0},
        {"variant": "b", "pages": 3, "failed": 1},
    ]
