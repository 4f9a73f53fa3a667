"""Which of two interleaved rankings people prefer, by the queries that each of them won.

Team-draft interleaving shows both rankings in one page; a query is won by the ranking whose
documents got more clicks (Radlinski, Kurup and Joachims, "How Does Clickthrough Data Reflect
Retrieval Quality?", CIKM 2008; Chapelle, Joachims, Radlinski and Yue, "Large-Scale Validation and
Analysis of Interleaved Search Evaluation", ACM TOIS 30(1), 2012). Where nobody prefers either, each
decided query is a fair coin; queries of one client need not be independent of each other.
"""

from __future__ import annotations

import math

from services.core.types.experiments import Analysis
from services.insight.experiments import sequential
from services.insight.experiments.counts import InterleavingCounts
from services.insight.experiments.estimates import Effect, Interval, two_sided
from services.insight.libraries import distributions, proportions


def compare(
    counts: InterleavingCounts,
    *,
    analysis: Analysis = Analysis.FIXED,
    min_lift: float = 0.1,
    alpha: float = 0.05,
) -> Effect:
    """How much more often the treatment wins a decided query than control does.

    `control` and `treatment` of the effect are the shares of decided queries won, `difference` is
    treatment's less control's (-1..1), `lift` that of wins over losses. `min_lift` is used by
    ALWAYS_VALID only. FIXED: an exact sign test where each client decided one query; otherwise the
    normal one of the clients' sums, whose signs are as likely plus as minus where nobody prefers
    either. Intervals are Wilson's, of as many independent queries as the clients' are worth.
    Raises SettingsError without scipy or statsmodels (FIXED only).
    """
    if not counts.decided:
        return _nothing()
    inflation = max(1.0, counts.squares / counts.decided)
    if analysis is Analysis.ALWAYS_VALID:
        return sequential.compare_wins(
            counts.wins, counts.losses, inflation=inflation, min_lift=min_lift, alpha=alpha
        )
    independent = counts.decided / inflation
    low, high = proportions().proportion_confint(
        counts.wins / inflation, independent, alpha=alpha, method="wilson"
    )
    return Effect(
        control=counts.losses / counts.decided,
        treatment=counts.wins / counts.decided,
        difference=(counts.wins - counts.losses) / counts.decided,
        difference_interval=Interval(2 * float(low) - 1, 2 * float(high) - 1),
        lift=counts.wins / counts.losses - 1 if counts.losses else None,
        lift_interval=_lifts(float(low), float(high)) if counts.losses else None,
        p_value=_sign_test(counts, inflation),
        method="sign test over decided queries, clustered by client; Wilson's interval",
    )


def preference(counts: InterleavingCounts) -> float:
    """How far the share of all queries won, ties being half a win, is from a half: -0.5..0.5."""
    return (counts.wins - counts.losses) / (2 * counts.queries) if counts.queries else 0.0


def _sign_test(counts: InterleavingCounts, inflation: float) -> float:
    if counts.squares == counts.decided:
        return float(distributions().binomtest(counts.wins, counts.decided).pvalue)
    spread = math.sqrt(inflation * counts.decided)
    return two_sided((counts.wins - counts.losses) / spread)


def _lifts(low: float, high: float) -> Interval | None:
    return Interval(low / (1 - low) - 1, high / (1 - high) - 1) if high < 1 else None


def _nothing() -> Effect:
    return Effect(
        control=0.0,
        treatment=0.0,
        difference=0.0,
        difference_interval=Interval(-1.0, 1.0),
        lift=None,
        lift_interval=None,
        p_value=1.0,
        method="none: no query was decided",
    )
