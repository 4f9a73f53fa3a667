"""An experiment is checked, started on free buckets, and stopped once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import Conflict, InputError
from services.core.types.experiments import BUCKETS, Experiment, ExperimentKind, ExperimentState
from services.insight.experiments.lifecycle import buckets, check, started, stopped
from tests.insight.experiments.made import CREATED, experiment, variants

BOTH = {"kind": ExperimentKind.INTERLEAVING}
NOW = CREATED + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Bold"}, "name"),
        ({"layer": ""}, "layer"),
        ({"bucket_to": 0}, "traffic"),
        ({"bucket_to": BUCKETS + 1}, "traffic"),
        ({"alpha": 0.5}, "alpha"),
        ({"power": 0.4}, "power"),
        ({"min_lift": 0.0}, "min_lift"),
        ({"min_lift": float("nan")}, "min_lift"),
        ({"sample_size": 0}, "sample_size"),
        ({"max_latency_ratio": 0.9}, "max_latency_ratio"),
        ({"variants": variants(1.0)}, "variants"),
        ({"variants": variants(*[0.1] * 9)}, "variants"),
        ({"variants": variants(0.5, 0.4)}, "variants"),
        ({"variants": variants(1.0, 0.0)}, "variants[0].share"),
        ({"variants": (variants(0.5)[0], variants(0.5)[0])}, "variants[1].name"),
        (BOTH | {"variants": variants(0.4, 0.6)}, "variants[0].share"),
        (BOTH | {"query_set": "judged"}, "query_set"),
        (BOTH | {"max_latency_ratio": 2.0}, "max_latency_ratio"),
        (
            {"kind": ExperimentKind.INTERLEAVING, "variants": variants(0.4, 0.3, 0.3)},
            "variants",
        ),
    ],
)
def test_what_makes_no_sense_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        check(experiment(**changes))
    assert [each.field for each in caught.value.fields] == [field]


def test_what_makes_sense_is_taken() -> None:
    check(experiment())
    check(experiment(**BOTH))
    check(experiment(variants=variants(0.1, 0.2, 0.7), sample_size=10, max_latency_ratio=1.2))


@given(st.lists(st.tuples(st.integers(1, BUCKETS), st.booleans()), max_size=12))
def test_experiments_of_a_layer_never_share_a_bucket(wanted: list[tuple[int, bool]]) -> None:
    running: list[Experiment] = []
    for place, (size, stop) in enumerate(wanted):
        if stop and running:
            running.pop(0)
        try:
            running.append(started(experiment(f"e{place}", bucket_to=size), running, now=NOW))
        except Conflict:
            continue
        assert running[-1].bucket_to - running[-1].bucket_from == size
    taken = [bucket for each in running for bucket in range(each.bucket_from, each.bucket_to)]
    assert len(taken) == len(set(taken))
    assert all(0 <= bucket < BUCKETS for bucket in taken)


def test_buckets_left_by_a_stopped_one_are_taken_again() -> None:
    thirds = [experiment(f"e{place}", bucket_to=buckets(1 / 3)) for place in range(3)]
    running: list[Experiment] = []
    for each in thirds:
        running.append(started(each, running, now=NOW))
    again = started(experiment("e3", bucket_to=3333), [running[0], running[2]], now=NOW)
    assert again.bucket_from == running[1].bucket_from


def test_a_full_layer_is_a_conflict_and_another_index_is_not() -> None:
    whole = started(experiment("first"), [], now=NOW)
    with pytest.raises(Conflict, match=r"not 100\.00% .* beside first"):
        started(experiment("second"), [whole], now=NOW)
    assert started(experiment("second", index="shoes"), [whole], now=NOW).bucket_from == 0


def test_where_a_layer_has_all_clients_nothing_starts_in_another() -> None:
    """Those who were started first have the search: it would run, and get nobody."""
    large = started(experiment("large", bucket_to=buckets(0.7)), [], now=NOW)
    beside = experiment("beside", layer="another")
    assert started(beside, [large], now=NOW).bucket_from == 0
    small = started(experiment("small", bucket_to=buckets(0.3)), [large], now=NOW)
    with pytest.raises(Conflict, match=r"large \(70\.00%\), small \(30\.00%\) of layer 'default'"):
        started(beside, [large, small], now=NOW)


def test_an_experiment_starts_and_stops_once() -> None:
    draft = experiment()
    running = started(draft, [], now=NOW)
    assert running == replace(draft, state=ExperimentState.RUNNING, started_at=NOW)
    done = stopped(running, now=NOW + timedelta(days=7))
    assert (done.state, done.stopped_at) == (ExperimentState.STOPPED, NOW + timedelta(days=7))
    for again in (running, done):
        with pytest.raises(Conflict, match="only once"):
            started(again, [], now=NOW)
    for idle in (draft, done):
        with pytest.raises(Conflict, match="does not run"):
            stopped(idle, now=NOW)
