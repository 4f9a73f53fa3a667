"""The report says what the counts allow, no more, and is JSON throughout."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from services.core.types.experiments import Analysis, ExperimentKind, ExperimentState
from services.insight.experiments.counts import (
    BucketCounts,
    InterleavingBucket,
    InterleavingCounts,
    VariantCounts,
)
from services.insight.experiments.estimates import RatioTotals
from services.insight.experiments.report import (
    ExperimentReport,
    ab_report,
    as_json,
    interleaving_report,
)
from services.insight.experiments.verdict import Verdict, sentence
from tests.insight.experiments.made import experiment, variants

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _report(before: int, after: int, *, clients: int = 4_000, **changes: Any) -> ExperimentReport:
    made = experiment(**({"sample_size": 4_000} | changes))
    counts = [VariantCounts("control", clients, before), VariantCounts("b", clients, after)]
    return ab_report(made, counts, at=AT)


@pytest.mark.parametrize(
    ("before", "after", "changes", "verdict", "winner"),
    [
        (1000, 1200, {}, Verdict.BETTER, "b"),
        (1200, 1000, {}, Verdict.WORSE, None),
        (1000, 1010, {}, Verdict.NO_DIFFERENCE, None),
        (1000, 1200, {"sample_size": 4_001}, Verdict.TOO_EARLY, None),
        (1000, 1200, {"sample_size": None}, Verdict.TOO_EARLY, None),
        (
            1000,
            1010,
            {"sample_size": 9_000, "analysis": Analysis.ALWAYS_VALID},
            Verdict.UNDECIDED,
            None,
        ),
        (
            1000,
            1300,
            {"sample_size": 9_000, "analysis": Analysis.ALWAYS_VALID},
            Verdict.BETTER,
            "b",
        ),
        (1000, 1010, {"analysis": Analysis.ALWAYS_VALID}, Verdict.NO_DIFFERENCE, None),
    ],
)
def test_the_verdict_follows_from_figures_and_plan(
    before: int, after: int, changes: dict[str, Any], verdict: Verdict, winner: str | None
) -> None:
    report = _report(before, after, **changes)
    assert report.comparisons[0].verdict is verdict
    assert report.winner == winner


def test_a_mismatch_of_clients_spoils_every_verdict() -> None:
    counts = [VariantCounts("control", 5_000, 1_000), VariantCounts("b", 4_000, 1_200)]
    report = ab_report(experiment(sample_size=1_000), counts, at=AT)
    assert report.mismatch is not None
    assert report.mismatch.mismatched
    assert report.comparisons[0].verdict is Verdict.INVALID
    assert report.winner is None


def test_a_winner_that_harms_a_guardrail_does_not_win() -> None:
    rng = np.random.default_rng(91)
    slow = [tuple(map(float, scale * rng.lognormal(4, 0.3, 1_000))) for scale in (1, 2)]
    counts = [
        VariantCounts("control", 4_000, 1_000, latencies_ms=slow[0]),
        VariantCounts("b", 4_000, 1_300, latencies_ms=slow[1]),
    ]
    report = ab_report(experiment(sample_size=1_000, max_latency_ratio=1.5), counts, at=AT)
    assert report.comparisons[0].verdict is Verdict.HARMFUL
    assert report.winner is None
    early = ab_report(experiment(sample_size=9_000, max_latency_ratio=1.5), counts, at=AT)
    assert early.comparisons[0].verdict is Verdict.HARMFUL


def test_several_treatments_share_alpha() -> None:
    made = experiment(sample_size=4_000, variants=variants(0.4, 0.3, 0.3))
    counts = [
        VariantCounts("c", 3_000, 800),
        VariantCounts("control", 4_000, 1_000),
        VariantCounts("b", 3_000, 818),
    ]
    report = ab_report(made, counts, at=AT)
    b, c = report.comparisons
    assert [one.variant for one in report.variants] == ["control", "b", "c"]
    # It would have been significant by itself.
    assert b.effect.p_value < 0.05 < b.p_adjusted == 2 * b.effect.p_value
    assert c.p_adjusted == c.effect.p_value
    assert "97.5 % interval" in b.sentence
    alone = ab_report(experiment(sample_size=4_000), counts[1:], at=AT)
    width = b.effect.difference_interval
    narrow = alone.comparisons[0].effect.difference_interval
    assert width.high - width.low > narrow.high - narrow.low


def test_the_sentence_says_by_how_much_and_how_surely() -> None:
    said = _report(1000, 1200).comparisons[0].sentence
    assert said == (
        "b is better than control: a lift of +20.0 %, 95 % interval +11.7 to +28.9, p < 0.001."
    )
    nobody = _report(0, 40).comparisons[0].sentence
    assert "a difference of +1.00 points" in nobody


@pytest.mark.parametrize("analysis", list(Analysis))
def test_the_sentence_of_one_that_ended_is_in_the_past(analysis: Analysis) -> None:
    changes = {"sample_size": 9_000, "analysis": analysis}
    running = _report(1000, 1010, **changes).comparisons[0]
    ended = _report(1000, 1010, state=ExperimentState.STOPPED, **changes).comparisons[0]
    assert ended.verdict is running.verdict
    told = {
        Analysis.ALWAYS_VALID: (
            "Nothing is decided of b yet: a lift of",
            "Nothing was decided of b when it was stopped: a lift of",
        ),
        Analysis.FIXED: (
            "Too early to judge b, below the sample size; so far a lift of",
            "Stopped too early to judge b, below the sample size: a lift of",
        ),
    }
    before, after = told[analysis]
    assert running.sentence.startswith(before)
    assert ended.sentence.startswith(after)


def test_a_sentence_has_a_real_minus_and_none_before_nought() -> None:
    worse = _report(1200, 1000).comparisons[0].sentence
    assert "a lift of −16.7 %, 95 % interval −22.4 to −10.5" in worse
    assert "a lift of 0.0 %" in _report(1000, 1000).comparisons[0].sentence
    tiny = sentence(
        Verdict.UNDECIDED,
        replace(_report(1000, 1200).comparisons[0].effect, lift=-0.0001),
        variant="b",
        control="control",
        alpha=0.05,
        p_adjusted=0.9,
    )
    assert "a lift of 0.0 %" in tiny


def test_counts_nobody_has_yet_are_a_report_without_comparisons() -> None:
    report = ab_report(experiment(sample_size=100), [], at=AT)
    assert report.comparisons == ()
    assert report.progress == 0
    assert [one.units for one in report.variants] == [0, 0]


def test_progress_is_that_of_the_smallest_variant() -> None:
    counts = [VariantCounts("control", 520, 10), VariantCounts("b", 480, 12)]
    assert ab_report(experiment(sample_size=960), counts, at=AT).progress == 0.5


@pytest.mark.parametrize("analysis", Analysis)
def test_all_of_it_is_json(analysis: Analysis) -> None:
    pairs = RatioTotals.over([(2, n % 2) for n in range(300)])
    counts = [
        VariantCounts(
            name,
            4_000,
            hits,
            searches=pairs,
            buckets=(BucketCounts("brand", "acme", 4_000, hits // 2),),
            latencies_ms=tuple(float(n) for n in range(1, 300)),
            ndcg={f"q{n}": 0.01 * n for n in range(9)},
        )
        for name, hits in (("control", 1_000), ("b", 4_000))
    ]
    report = ab_report(
        experiment(sample_size=4_000, max_latency_ratio=1.2, analysis=analysis), counts, at=AT
    )
    plain = json.loads(json.dumps(as_json(report), allow_nan=False))
    assert plain["at"] == "2026-11-21T12:00:00+00:00"
    assert plain["comparisons"][0]["verdict"] == "better"
    assert plain["comparisons"][0]["click_rate"]["treatment"] == 0.25
    assert {rail["name"] for rail in plain["comparisons"][0]["guardrails"]} == {
        "ndcg_at_10",
        "latency_p95_ms",
    }
    assert plain["buckets"][0]["value"] == "acme"


@pytest.mark.parametrize("analysis", Analysis)
def test_an_interleaving_is_reported_by_queries(analysis: Analysis) -> None:
    made = experiment(
        kind=ExperimentKind.INTERLEAVING, sample_size=500, min_lift=0.2, analysis=analysis
    )
    counts = InterleavingCounts(wins=400, losses=200, ties=400, clients=1_000, squares=600)
    bucket = InterleavingBucket("kind", "text", counts)
    report = interleaving_report(made, counts, at=AT, buckets=[bucket])
    assert report.progress == 2
    assert report.winner == "b"
    assert report.preference == pytest.approx(0.1)
    assert report.comparisons[0].effect.lift == pytest.approx(1.0)
    assert report.buckets[0].significant
    assert report.mismatch is None
    json.dumps(as_json(report), allow_nan=False)


def test_an_interleaving_without_queries_has_decided_nothing() -> None:
    made = experiment(kind=ExperimentKind.INTERLEAVING, sample_size=500)
    report = interleaving_report(made, InterleavingCounts(0, 0, 0, 0, 0.0), at=AT)
    assert report.comparisons[0].verdict is Verdict.TOO_EARLY
