"""Clients are spread evenly, stay where they are, and never meet two experiments of a layer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.core.types.experiments import BUCKETS, ExperimentKind, ExperimentState
from services.insight.experiments.assignment import assigned, bucket, variant
from tests.insight.experiments.made import experiment, variants

CLIENTS = [f"client-{number}" for number in range(20_000)]
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


def far(counted: Counter[str], shares: dict[str, float]) -> float:
    """Chi-squared of the counts against what the shares let expect."""
    total = counted.total()
    return sum((counted[name] - total * s) ** 2 / (total * s) for name, s in shares.items())


def test_buckets_are_filled_evenly() -> None:
    tenths = Counter(str(bucket(experiment(), each) * 10 // BUCKETS) for each in CLIENTS)
    # The 99.9th percentile of chi-squared with 9 degrees of freedom.
    assert far(tenths, {str(tenth): 0.1 for tenth in range(10)}) < 27.9


def test_variants_are_filled_by_their_shares() -> None:
    tested = experiment(variants=variants(0.5, 0.3, 0.2))
    counted = Counter(each.name for client in CLIENTS if (each := variant(tested, client)))
    # Two degrees of freedom.
    assert far(counted, {"control": 0.5, "b": 0.3, "c": 0.2}) < 13.8


def test_traffic_is_the_share_of_the_buckets() -> None:
    tested = experiment(bucket_from=2000, bucket_to=3000)
    part = sum(1 for client in CLIENTS if list(assigned([tested], client)))
    assert abs(part / len(CLIENTS) - 0.1) < 0.01


@given(NAMES, NAMES)
def test_a_client_sees_the_same_variant_whatever_else_runs(client: str, other: str) -> None:
    tested = experiment()
    before = list(assigned([tested], client))
    running = replace(tested, state=ExperimentState.RUNNING, description="started")
    beside = experiment(other, layer="another")
    assert [each.variant for each in before] == [
        each.variant
        for each in assigned([beside, running], client)
        if each.experiment.name == tested.name
    ]


@given(NAMES, st.lists(st.integers(1, BUCKETS - 1), unique=True, min_size=1, max_size=5))
def test_experiments_of_a_layer_share_out_all_clients(client: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), BUCKETS]
    layer = [
        experiment(f"e{place}", bucket_from=begin, bucket_to=end)
        for place, (begin, end) in enumerate(pairwise(bounds))
    ]
    assert len(list(assigned(layer, client))) == 1


def test_layers_are_independent_of_each_other() -> None:
    upper, lower = experiment("upper"), experiment("lower", layer="another")
    both = Counter(
        f"{bucket(upper, each) * 2 // BUCKETS}{bucket(lower, each) * 2 // BUCKETS}"
        for each in CLIENTS
    )
    # Four equally frequent pairs: three degrees of freedom.
    assert far(both, dict.fromkeys(("00", "01", "10", "11"), 0.25)) < 16.3


def test_the_next_experiment_on_the_same_buckets_mixes_clients_anew() -> None:
    first, second = experiment("first"), experiment("second")
    pairs = Counter(
        f"{one.name} {two.name}"
        for each in CLIENTS
        if (one := variant(first, each)) and (two := variant(second, each))
    )
    names = ("control control", "control b", "b control", "b b")
    assert far(pairs, dict.fromkeys(names, 0.25)) < 16.3


def test_who_takes_part_in_an_interleaving_sees_both() -> None:
    tested = experiment(kind=ExperimentKind.INTERLEAVING)
    assert [each.variant for each in assigned([tested], "somebody")] == [None]
