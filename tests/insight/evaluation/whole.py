"""A comparison in which everything there is was measured, with hostile texts, for its tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from services.core.types.evaluations import Answered
from services.insight.evaluation.compare import Known, compare
from services.insight.evaluation.fusion_weights import Trial
from services.insight.evaluation.report import ComparisonReport, Estimate
from services.insight.evaluation.report_curves import RecallPoint, SizePoint
from tests.insight.evaluation.made import answers, queries

HOSTILE = '</style><script>alert("x")</script><img src=http://evil.example/x onerror=alert(1)>'


@cache
def whole_report() -> ComparisonReport:
    """`base` searches text views, `better` image views, and `reranked` all of them."""
    asked = queries(45)
    asked["q003"] = replace(asked["q003"], text=HOSTILE)
    asked["q006"] = replace(asked["q006"], paraphrase_of="q003")
    poor, good = answers(asked, noise=2.5), answers(asked, noise=0.5)
    measured = {"base": poor, "better": good, "reranked": _reranked(poor)}
    del measured["base"]["q002"]
    known = Known(
        targets={"base": "text", "better": "image", "reranked": None},
        documents=60,
        tokens={"reranked": 900.0},
        price_per_million_tokens=1.0,
        trials=(Trial("hybrid", 0.5, {0.5: poor, 1.0: good}),),
    )
    report = compare(
        asked, measured, control="base", depth=20, seed=5, price_per_hour=1.0, known=known
    )
    return replace(report, sizes=_sizes(), recall=_recall())


def _reranked(found: dict[str, Answered]) -> dict[str, Answered]:
    return {
        name: replace(
            one,
            first_stage=one.documents,
            documents=(*one.documents[5:10], *one.documents[:5], *one.documents[10:]),
            matched=("text", "image") * 10,
            stages_ms={"embed": 4.0, "rerank": 30.0},
            degraded=name == "q001",
        )
        for name, one in found.items()
    }


def _sizes() -> tuple[SizePoint, ...]:
    return tuple(
        SizePoint("base", kind, size, 4 * size, Estimate(mean, mean - 0.1, mean + 0.1, 15), 2.0)
        for kind in ("text", "image")
        for size, mean in ((256, 0.7), (64, 0.5))
    )


def _recall() -> tuple[RecallPoint, ...]:
    return tuple(
        RecallPoint("shop", ef, 10, Estimate(mean, mean - 0.01, mean, 45), 1.5, 3.0)
        for ef, mean in ((32, 0.91), (128, 0.99))
    )
