"""Everything an experiment's counts say, as one frozen report and as JSON. Read this file first.

    counts (of the store) -> mismatch -> effect of each treatment -> Holm over treatments
                          -> guardrails -> verdict -> buckets

Intervals of effects hold together: of m treatments each is at 1 - alpha/m.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.core.types.experiments import Analysis, Experiment, ExperimentState
from services.insight.experiments import buckets as by_bucket
from services.insight.experiments import guardrails, mismatch, sequential
from services.insight.experiments.analysis import compare_ratios, compare_shares, holm
from services.insight.experiments.counts import (
    InterleavingBucket,
    InterleavingCounts,
    VariantCounts,
)
from services.insight.experiments.estimates import Effect, Share
from services.insight.experiments.findings import (
    Comparison,
    ExperimentReport,
    VariantReport,
    as_json,
)
from services.insight.experiments.interleaving_analysis import compare as compare_queries
from services.insight.experiments.interleaving_analysis import preference
from services.insight.experiments.verdict import Verdict, decide, sentence

__all__ = ["ExperimentReport", "ab_report", "as_json", "interleaving_report"]


def ab_report(
    experiment: Experiment, counts: Sequence[VariantCounts], *, at: datetime
) -> ExperimentReport:
    """Analyse an A/B test; `counts` in any order, a variant without any has none.

    Raises SettingsError without scipy and statsmodels.
    """
    ordered = _ordered(experiment, counts)
    smallest = min(one.clients for one in ordered)
    shares = [variant.share for variant in experiment.variants]
    seen = mismatch.check(
        [one.clients for one in ordered], shares=shares, analysis=experiment.analysis
    )
    control = ordered[0]
    return _report(
        experiment,
        at,
        units=smallest,
        variants=tuple(
            VariantReport(one.variant, one.clients, one.converted, one.share.rate)
            for one in ordered
        ),
        comparisons=_comparisons(experiment, ordered, mismatched=seen.mismatched),
        mismatch=seen,
        buckets=by_bucket.of_clients(
            ordered,
            compare=lambda before, after: _compare(experiment, before, after, experiment.alpha),
            alpha=experiment.alpha,
        )
        if control.clients
        else (),
    )


def interleaving_report(
    experiment: Experiment,
    counts: InterleavingCounts,
    *,
    at: datetime,
    buckets: Sequence[InterleavingBucket] = (),
) -> ExperimentReport:
    """Analyse an interleaving of the experiment's first variant (control) and second.

    Raises SettingsError without scipy and statsmodels.
    """
    control, treatment = (variant.name for variant in experiment.variants[:2])

    def compare(some: InterleavingCounts) -> Effect:
        return compare_queries(
            some,
            analysis=experiment.analysis,
            min_lift=experiment.min_lift,
            alpha=experiment.alpha,
        )

    effect = compare(counts)
    comparison = _judged(
        experiment,
        treatment,
        effect,
        effect.p_value,
        complete=_complete(experiment, counts.queries),
    )
    return _report(
        experiment,
        at,
        units=counts.queries,
        variants=(
            VariantReport(control, counts.decided, counts.losses, effect.control),
            VariantReport(treatment, counts.decided, counts.wins, effect.treatment),
        ),
        comparisons=(comparison,),
        mismatch=None,
        buckets=by_bucket.of_queries(
            buckets, variant=treatment, compare=compare, alpha=experiment.alpha
        ),
        preference=preference(counts),
    )


def _ordered(experiment: Experiment, counts: Sequence[VariantCounts]) -> tuple[VariantCounts, ...]:
    by_name = {one.variant: one for one in counts}
    return tuple(
        by_name.get(variant.name, VariantCounts(variant.name, clients=0, converted=0))
        for variant in experiment.variants
    )


def _comparisons(
    experiment: Experiment, ordered: Sequence[VariantCounts], *, mismatched: bool
) -> tuple[Comparison, ...]:
    control, *treatments = ordered
    if not min(one.clients for one in ordered):
        return ()
    each = experiment.alpha / len(treatments)
    effects = [_compare(experiment, control.share, one.share, each) for one in treatments]
    adjusted = holm([effect.p_value for effect in effects])
    complete = _complete(experiment, min(one.clients for one in ordered))
    return tuple(
        _judged(
            experiment,
            treatment.variant,
            effect,
            p_adjusted,
            complete=complete,
            mismatched=mismatched,
            click_rate=_click_rate(experiment, control, treatment, each),
            rails=_rails(experiment, control, treatment),
        )
        for treatment, effect, p_adjusted in zip(treatments, effects, adjusted, strict=True)
    )


def _judged(
    experiment: Experiment,
    variant: str,
    effect: Effect,
    p_adjusted: float,
    *,
    complete: bool,
    mismatched: bool = False,
    click_rate: Effect | None = None,
    rails: tuple[guardrails.Guardrail, ...] = (),
) -> Comparison:
    significant = p_adjusted < experiment.alpha
    verdict = decide(
        effect,
        significant=significant,
        complete=complete,
        may_look=experiment.analysis is Analysis.ALWAYS_VALID,
        mismatched=mismatched,
        breached=any(rail.state is guardrails.GuardrailState.BREACHED for rail in rails),
    )
    told = sentence(
        verdict,
        effect,
        variant=variant,
        control=experiment.variants[0].name,
        alpha=experiment.alpha / (len(experiment.variants) - 1),
        p_adjusted=p_adjusted,
        ended=experiment.state is ExperimentState.STOPPED,
    )
    return Comparison(variant, effect, p_adjusted, significant, verdict, told, click_rate, rails)


def _compare(experiment: Experiment, control: Share, treatment: Share, alpha: float) -> Effect:
    if experiment.analysis is Analysis.ALWAYS_VALID:
        return sequential.compare_shares(
            control, treatment, min_lift=experiment.min_lift, alpha=alpha
        )
    return compare_shares(control, treatment, alpha=alpha)


def _click_rate(
    experiment: Experiment, control: VariantCounts, treatment: VariantCounts, alpha: float
) -> Effect | None:
    if control.searches is None or treatment.searches is None:
        return None
    if experiment.analysis is Analysis.ALWAYS_VALID:
        return sequential.compare_ratios(
            control.searches, treatment.searches, min_lift=experiment.min_lift, alpha=alpha
        )
    return compare_ratios(control.searches, treatment.searches, alpha=alpha)


def _rails(
    experiment: Experiment, control: VariantCounts, treatment: VariantCounts
) -> tuple[guardrails.Guardrail, ...]:
    both = (
        guardrails.quality(control, treatment, alpha=experiment.alpha),
        guardrails.latency(
            control, treatment, max_ratio=experiment.max_latency_ratio, alpha=experiment.alpha
        ),
    )
    return tuple(rail for rail in both if rail is not None)


def _complete(experiment: Experiment, units: int) -> bool:
    # Without a plan there is no telling that somebody did not stop when they liked what they saw.
    return experiment.sample_size is not None and units >= experiment.sample_size


def _report(
    experiment: Experiment,
    at: datetime,
    *,
    units: int,
    variants: tuple[VariantReport, ...],
    comparisons: tuple[Comparison, ...],
    mismatch: mismatch.Mismatch | None,
    buckets: tuple[by_bucket.Bucket, ...],
    preference: float | None = None,
) -> ExperimentReport:
    better = [one for one in comparisons if one.verdict is Verdict.BETTER]
    winner = max(better, key=lambda one: one.effect.difference).variant if better else None
    return ExperimentReport(
        experiment=experiment.name,
        kind=experiment.kind.value,
        goal=experiment.goal.value,
        analysis=experiment.analysis.value,
        alpha=experiment.alpha,
        at=at,
        sample_size=experiment.sample_size,
        progress=units / experiment.sample_size if experiment.sample_size else None,
        variants=variants,
        comparisons=comparisons,
        mismatch=mismatch,
        buckets=buckets,
        winner=winner,
        preference=preference,
    )
