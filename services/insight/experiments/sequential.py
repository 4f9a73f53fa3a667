"""Tests one may look at whenever one likes: mixture likelihood ratios and confidence sequences.

An ordinary 95 % interval is wrong in 5 % of experiments at one look that was fixed beforehand;
looked at every day it is wrong far more often. A confidence sequence is wrong in 5 % of experiments
at any look at all, so one may stop as soon as it leaves zero.

Method: the mixture sequential probability ratio test with a normal mixture (Robbins 1970), as
Johari, Koomen, Pekelis and Walsh use it for experiments ("Always Valid Inference: Continuous
Monitoring of A/B Tests", Operations Research 70(3), 2022), of an estimate that is asymptotically
normal (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", Annals of Statistics 52(6), 2024). The guarantee is asymptotic:
until both sides have `FIRST_LOOK` hits nothing is decided.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from services.insight.experiments.estimates import Effect, Interval, RatioTotals, Share

FIRST_LOOK: Final = 25
"""Hits on each side below which the normal approximation of a log ratio does not hold well."""

METHOD: Final = "mixture sequential probability ratio test of the log ratio (always valid)"


def p_value(estimate: float, *, variance: float, mixture: float) -> float:
    """The always-valid p of "the truth is 0": one over the mixture likelihood ratio, at most 1.

    `variance` is the estimate's own, `mixture` the standard deviation of the effects expected, in
    the estimate's unit; it must be chosen before the data are seen.
    """
    if variance <= 0:
        return 1.0
    wide = variance + mixture * mixture
    log_ratio = 0.5 * math.log(variance / wide)
    log_ratio += mixture * mixture * estimate * estimate / (2 * variance * wide)
    return math.exp(-max(0.0, log_ratio))


def radius(variance: float, *, mixture: float, alpha: float) -> float:
    """Half the width of the confidence sequence at 1 - alpha, in the estimate's unit."""
    if variance <= 0:
        return math.inf
    wide = variance + mixture * mixture
    factor = 2 * math.log(1 / alpha) + math.log(wide / variance)
    return math.sqrt(variance * wide / (mixture * mixture) * factor)


def compare_shares(control: Share, treatment: Share, *, min_lift: float, alpha: float) -> Effect:
    """How much more clients reached the goal, valid at any look.

    Works on the logarithm of the ratio of the shares, whose mixture is log(1 + min_lift): the lift
    that the experiment is to find, known before it starts. The interval of the difference is the
    same one in percentage points of the clients, with control's share taken as it was seen.
    """
    lift = treatment.rate / control.rate - 1 if control.hits else None
    if min(control.hits, treatment.hits) < FIRST_LOOK:
        return _too_early(control, treatment, lift)
    variance = _log_ratio_variance(control) + _log_ratio_variance(treatment)
    if variance == 0:  # everybody did on both sides
        return _too_early(control, treatment, lift)
    return _effect(control.rate, treatment.rate, variance, min_lift=min_lift, alpha=alpha)


def compare_wins(
    wins: int, losses: int, *, inflation: float, min_lift: float, alpha: float
) -> Effect:
    """How much more often one ranking beats the other than it loses, valid at any look.

    `wins` and `losses` count queries of an interleaving, `inflation` (1 or more) says how many
    times the variance is that of independent queries, since one client asks several; `min_lift` is
    the lift of wins over losses to be found. The effect's figures are shares of decided queries.
    """
    decided = wins + losses
    if min(wins, losses) < FIRST_LOOK:
        lost, won = Share(losses, decided), Share(wins, decided)
        return _too_early(lost, won, wins / losses - 1 if losses else None)
    variance = inflation * (1 / wins + 1 / losses)
    found = _effect(losses / decided, wins / decided, variance, min_lift=min_lift, alpha=alpha)
    assert found.lift_interval is not None
    # Won and lost add up to 1, so a lift l of wins over losses is a difference of l / (2 + l).
    low, high = (lift / (2 + lift) for lift in (found.lift_interval.low, found.lift_interval.high))
    return replace(found, difference_interval=Interval(low, high))


def compare_ratios(
    control: RatioTotals, treatment: RatioTotals, *, min_lift: float, alpha: float
) -> Effect | None:
    """How a rate per search (clicks of searches) differs, valid at any look, by the delta method.

    None until both sides have `FIRST_LOOK` clients and hits.
    """
    if min(control.clients, treatment.clients, control.hits, treatment.hits) < FIRST_LOOK:
        return None
    variance = control.variance / control.ratio**2 + treatment.variance / treatment.ratio**2
    if variance == 0:
        return None
    return _effect(control.ratio, treatment.ratio, variance, min_lift=min_lift, alpha=alpha)


def _log_ratio_variance(share: Share) -> float:
    return (1 - share.rate) / share.hits


def _effect(
    control: float, treatment: float, variance: float, *, min_lift: float, alpha: float
) -> Effect:
    mixture = abs(math.log1p(min_lift))
    estimate = math.log(treatment / control)
    half = radius(variance, mixture=mixture, alpha=alpha)
    lifts = Interval(math.expm1(estimate - half), math.expm1(estimate + half))
    return Effect(
        control=control,
        treatment=treatment,
        difference=treatment - control,
        difference_interval=Interval(control * lifts.low, control * lifts.high),
        lift=treatment / control - 1,
        lift_interval=lifts,
        p_value=p_value(estimate, variance=variance, mixture=mixture),
        method=METHOD,
    )


def _too_early(control: Share, treatment: Share, lift: float | None) -> Effect:
    return Effect(
        control=control.rate,
        treatment=treatment.rate,
        difference=treatment.rate - control.rate,
        difference_interval=Interval(-1.0, 1.0),
        lift=lift,
        lift_interval=None,
        p_value=1.0,
        method=f"{METHOD}; nothing is said below {FIRST_LOOK} hits on each side",
    )
