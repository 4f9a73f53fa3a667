"""What a treatment does to control's figures, at one look that was fixed beforehand.

The unit is what was randomised, the client: shares of clients that reached a goal are compared as
proportions; rates per search, whose searches of one client are not independent, by the delta
method. Looked at more than once, use `sequential`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.insight.experiments.estimates import (
    Effect,
    Interval,
    RatioTotals,
    Share,
    two_sided,
    z_of,
)
from services.insight.libraries import distributions, proportions


def compare_shares(control: Share, treatment: Share, *, alpha: float = 0.05) -> Effect:
    """How much larger a share of clients reached the goal; both sides need a client.

    The test is the score test of equal proportions, the difference's interval Newcombe's (hybrid
    score, without continuity correction), the lift's that of the logarithm of the ratio with half
    a hit added (Katz; all by statsmodels). Raises SettingsError without statsmodels.
    """
    library = proportions()
    counts = (treatment.hits, treatment.of, control.hits, control.of)
    difference = library.confint_proportions_2indep(
        *counts, method="newcomb", compare="diff", alpha=alpha
    )
    ratio = library.confint_proportions_2indep(
        *counts, method="log-adjusted", compare="ratio", alpha=alpha
    )
    return Effect(
        control=control.rate,
        treatment=treatment.rate,
        difference=treatment.rate - control.rate,
        difference_interval=_interval(difference),
        lift=treatment.rate / control.rate - 1 if control.hits else None,
        lift_interval=_lifts(ratio, treatment) if control.hits else None,
        p_value=_score_test(control, treatment),
        method="score test of two proportions, Newcombe's interval",
    )


def _score_test(control: Share, treatment: Share) -> float:
    hits, of = control.hits + treatment.hits, control.of + treatment.of
    if hits in (0, of):
        return 1.0
    _, p_value = proportions().proportions_ztest(
        [treatment.hits, control.hits], [treatment.of, control.of]
    )
    return float(p_value)


def compare_ratios(
    control: RatioTotals, treatment: RatioTotals, *, alpha: float = 0.05
) -> Effect | None:
    """How a rate per search (clicks of searches) differs; None below two clients on a side.

    Delta method with the client as the unit (Deng, Knoblich and Lu, "Applying the Delta Method in
    Metric Analytics", KDD 2018); the lift's interval is that of the logarithm of the ratio.
    """
    if min(control.clients, treatment.clients) < 2:
        return None
    difference = treatment.ratio - control.ratio
    spread = math.sqrt(control.variance + treatment.variance)
    half = z_of(1 - alpha) * spread
    lift, lifts = None, None
    if control.hits > 0 and treatment.hits > 0:
        relative = math.sqrt(
            control.variance / control.ratio**2 + treatment.variance / treatment.ratio**2
        )
        lift = treatment.ratio / control.ratio - 1
        wide = math.exp(z_of(1 - alpha) * relative)
        lifts = Interval((1 + lift) / wide - 1, (1 + lift) * wide - 1)
    return Effect(
        control=control.ratio,
        treatment=treatment.ratio,
        difference=difference,
        difference_interval=Interval(difference - half, difference + half),
        lift=lift,
        lift_interval=lifts,
        p_value=two_sided(difference / spread) if spread else 1.0,
        method="delta method over clients",
    )


def compare_paired(
    control: Mapping[str, float], treatment: Mapping[str, float], *, alpha: float = 0.05
) -> Effect | None:
    """How a measure per query (nDCG@10) differs over the queries of both; None below two.

    Paired t test and interval by scipy. `lift` is of the means. Raises SettingsError without scipy.
    """
    common = sorted(control.keys() & treatment.keys())
    if len(common) < 2:
        return None
    before = sum(control[query] for query in common) / len(common)
    differences = [treatment[query] - control[query] for query in common]
    mean = sum(differences) / len(common)
    spread = math.sqrt(sum((one - mean) ** 2 for one in differences) / (len(common) - 1))
    error = spread / math.sqrt(len(common))
    if error == 0:
        half, p_value = 0.0, 1.0 if mean == 0 else 0.0
    else:
        law = distributions().t(len(common) - 1)
        half = float(law.ppf(1 - alpha / 2)) * error
        p_value = 2 * float(law.sf(abs(mean / error)))
    return Effect(
        control=before,
        treatment=before + mean,
        difference=mean,
        difference_interval=Interval(mean - half, mean + half),
        lift=mean / before if before else None,
        lift_interval=None,
        p_value=p_value,
        method=f"paired t test over {len(common)} queries",
    )


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a sample, in the sample's unit, with a distribution-free interval."""

    value: float
    interval: Interval


def quantile(sample: Sequence[float], *, at: float = 0.95, alpha: float = 0.05) -> Quantile:
    """The quantile `at` of a sample of one or more, its interval between two order statistics.

    The ranks are those of the binomial distribution (Conover, "Practical Nonparametric Statistics",
    3rd edition, section 3.2): nothing is assumed of the sample but independence. Where it is too
    small the interval ends at its least or greatest. Raises SettingsError without scipy.
    """
    ordered = sorted(sample)
    law = distributions().binom(len(ordered), at)
    low, high = int(law.ppf(alpha / 2)) - 1, int(law.ppf(1 - alpha / 2))
    last = len(ordered) - 1
    return Quantile(
        value=ordered[min(last, math.ceil(at * len(ordered)) - 1)],
        interval=Interval(ordered[max(0, low)], ordered[min(last, high)]),
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p adjusted for there being several (Holm 1979), in their order: compare with alpha.

    Also holds for always-valid ps, and however the ps depend on each other.
    """
    # Not by statsmodels: its multipletests collects the whole process's garbage at every call.
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    ascending = sorted(range(len(p_values)), key=p_values.__getitem__)
    for done, place in enumerate(ascending):
        reached = max(reached, min(1.0, (len(p_values) - done) * p_values[place]))
        adjusted[place] = reached
    return tuple(adjusted)


def _interval(pair: tuple[float, float]) -> Interval:
    return Interval(float(pair[0]), float(pair[1]))


def _lifts(ratio: tuple[float, float], treatment: Share) -> Interval:
    # The half hit that is added keeps the interval above the estimate of no hit at all.
    low = float(ratio[0]) - 1 if treatment.hits else -1.0
    return Interval(low, float(ratio[1]) - 1)
