"""Buckets say where an effect is, and a dozen of them do not make one up."""

from __future__ import annotations

import numpy as np

from services.insight.experiments.analysis import compare_shares
from services.insight.experiments.buckets import of_clients, of_queries
from services.insight.experiments.counts import (
    BucketCounts,
    InterleavingBucket,
    InterleavingCounts,
    VariantCounts,
)
from services.insight.experiments.interleaving_analysis import compare
from tests.insight.chance import no_more

CLIENTS = 2_000


def _variant(name: str, converted: dict[str, int], clients: int = CLIENTS) -> VariantCounts:
    buckets = tuple(BucketCounts("brand", v, clients, n) for v, n in converted.items())
    return VariantCounts(name, clients, sum(converted.values()), buckets=buckets)


def test_equal_variants_have_no_bucket_that_differs_more_often_than_promised() -> None:
    rng = np.random.default_rng(81)
    alarms = single = 0
    for _ in range(100):
        both = rng.binomial(CLIENTS, 0.1, (2, 10))
        sides = [
            _variant(str(n), {str(b): int(h) for b, h in enumerate(s)}) for n, s in enumerate(both)
        ]
        found = of_clients(sides, compare=compare_shares)
        alarms += any(bucket.significant for bucket in found)
        single += any(bucket.effect.p_value < 0.05 for bucket in found)
    assert no_more(alarms, runs=100, chance=0.05)
    assert not no_more(single, runs=100, chance=0.05)


def test_the_bucket_with_the_effect_is_found_in_every_treatment() -> None:
    control = _variant("control", {"acme": 200, "globex": 200})
    treatments = [_variant(name, {"acme": 300, "globex": 205}) for name in ("b", "c")]
    found = of_clients([control, *treatments], compare=compare_shares)
    significant = {(one.variant, one.value) for one in found if one.significant}
    assert significant == {("b", "acme"), ("c", "acme")}
    assert len(found) == 4


def test_holm_is_over_all_buckets_and_treatments_together() -> None:
    control = _variant("control", {"acme": 200, "globex": 200})
    treatment = _variant("b", {"acme": 240, "globex": 200})
    alone = of_clients([control, _variant("b", {"acme": 240})], compare=compare_shares)
    together = of_clients([control, treatment], compare=compare_shares)
    assert alone[0].p_adjusted == alone[0].effect.p_value
    assert together[0].p_adjusted == 2 * together[0].effect.p_value


def test_small_buckets_and_those_of_one_side_are_left_out() -> None:
    control = _variant("control", {"acme": 4, "only here": 50})
    treatment = _variant("b", {"acme": 5, "only there": 50})
    assert of_clients([control, treatment], compare=compare_shares) == ()
    few = [_variant(name, {"acme": 50}, clients=99) for name in ("control", "b")]
    assert of_clients(few, compare=compare_shares) == ()


def test_kinds_of_interleaved_queries_are_buckets_too() -> None:
    buckets = [
        InterleavingBucket("kind", "text", InterleavingCounts(300, 200, 50, 550, 500)),
        InterleavingBucket("kind", "image", InterleavingCounts(205, 195, 50, 450, 400)),
        InterleavingBucket("kind", "audio", InterleavingCounts(5, 1, 2, 8, 6)),
    ]
    found = of_queries(buckets, variant="b", compare=compare)
    assert [(one.value, one.significant) for one in found] == [("text", True), ("image", False)]
