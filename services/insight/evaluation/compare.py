"""Compares configurations on judged queries: the entry to everything that is measured here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from services.core.types.evaluations import JudgedQuery
from services.insight import libraries
from services.insight.evaluation import (
    bias,
    fusion_weights,
    lift,
    robustness,
    serving,
    significance,
    suggestions,
    wording,
)
from services.insight.evaluation.differences import differences
from services.insight.evaluation.fusion_weights import Trial
from services.insight.evaluation.report import (
    BY_ALL,
    ComparisonReport,
    Difference,
    Measured,
    Slice,
)
from services.insight.evaluation.sheet import (
    Answers,
    Group,
    Sheet,
    categories,
    everything,
    fill,
    kinds,
)
from services.insight.evaluation.worst import worst

K = 10
FEW = 30
"""Fewer independent queries than this, and a percentile interval is too narrow."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the answers; all of it may be missing.

    `targets` maps configurations to the views that they search (None: every view), `documents`
    counts those of the index, `tokens` are a configuration's per query, `hard_negatives` name
    documents by query id, `trials` the answers at several values of a weight.
    """

    targets: Mapping[str, str | None] = field(default_factory=dict)
    documents: int | None = None
    tokens: Mapping[str, float] = field(default_factory=dict)
    price_per_million_tokens: float | None = None
    hard_negatives: Mapping[str, Collection[str]] | None = None
    trials: Sequence[Trial] = ()


def compare(
    queries: Mapping[str, JudgedQuery],
    answers: Answers,
    *,
    control: str,
    depth: int,
    seed: int,
    price_per_hour: float | None = None,
    k: int = K,
    known: Known | None = None,
) -> ComparisonReport:
    """Measure every configuration's answers to `queries`, by id, and say which is better.

    `queries` are those that were asked; one without a grade is counted, not measured, and one that
    a configuration has no answer to is worth 0 to it. `depth` is how many documents were asked for,
    `k` how many a person sees. The same input and seed give the same report.

    Raises InputError for a control without answers, a depth below 1, a grade outside 1..20, a
    trial without its baseline and queries without any grade; SettingsError without what measuring
    needs (`check_installed`).
    """
    known = known or Known()
    sheet = fill(queries, answers, control=control, k=k, depth=depth, seed=seed)
    groups = [everything(sheet), *kinds(sheet), *categories(sheet)]
    slices = [_slices(sheet, group) for group in groups]
    measured = tuple(
        _measure(sheet, name, [of[name] for of in slices], known, price_per_hour=price_per_hour)
        for name in sheet.answers
    )
    tested = _differences(sheet, groups)
    pairs = [one for one in tested if one.by == BY_ALL and one.measure == sheet.names[0]]
    means = {one.name: one.overall.measures[sheet.names[0]].mean for one in measured}
    verdicts = tuple(wording.verdict(one, means) for one in pairs)
    return ComparisonReport(
        control=control,
        main=sheet.names[0],
        k=sheet.k,
        depth=depth,
        seed=seed,
        queries=len(sheet.queries),
        unjudged=len(queries) - len(sheet.queries),
        kinds=dict(Counter(query.kind for query in sheet.queries)),
        measured=measured,
        differences=tested,
        verdicts=verdicts,
        best=wording.best(list(means), verdicts),
        summary=wording.summary(means, verdicts, pairs, main=sheet.names[0]),
        directions=bias.directions(sheet, known.targets),
        lifts=lift.modalities(sheet, known.targets),
        weights=tuple(fusion_weights.suggest(sheet, trial) for trial in known.trials),
        notes=tuple(_notes(sheet, queries, measured)),
    )


def check_installed() -> None:
    """Raise SettingsError without what measuring needs, with what to install."""
    libraries.rankings()
    libraries.distributions()


def _measure(
    sheet: Sheet,
    name: str,
    slices: Sequence[Slice],
    known: Known,
    *,
    price_per_hour: float | None,
) -> Measured:
    asked = [query.id for query in sheet.queries]
    answered = {one: sheet.answers[name][one] for one in asked if one in sheet.answers[name]}
    return Measured(
        name=name,
        slices=tuple(slices),
        coverage=serving.coverage(asked, answered, k=sheet.k, documents=known.documents),
        latency=serving.latency(answered),
        stages=serving.stages(answered),
        cost=serving.cost(
            answered,
            price_per_hour=price_per_hour,
            tokens=known.tokens.get(name),
            price_per_million_tokens=known.price_per_million_tokens,
        ),
        rerank=lift.rerank(sheet, name),
        paraphrases=robustness.paraphrases(sheet, name),
        hard_negatives=robustness.hard_negatives(sheet, name, known.hard_negatives),
        views=bias.views(sheet, name),
        min_scores=suggestions.min_scores(sheet, name),
        worst=worst(sheet, name),
    )


def _slices(sheet: Sheet, group: Group) -> dict[str, Slice]:
    """Of each configuration, all measured at once: most of the work is drawing the samples."""
    side_by_side = np.hstack([values[group.rows] for values in sheet.values.values()])
    units = sheet.units.some(group.rows)
    found = iter(significance.estimates(side_by_side, units, seed=sheet.seed))
    return {
        name: Slice(
            by=group.by,
            name=group.name,
            queries=len(group.rows),
            measures={measure: next(found) for measure in sheet.names},
        )
        for name in sheet.values
    }


def _differences(sheet: Sheet, groups: Sequence[Group]) -> tuple[Difference, ...]:
    """Over all queries in every measure; then, each a family of its own, by kind and category."""
    families: dict[str, list[Group]] = {}
    for group in groups:
        families.setdefault(group.by, []).append(group)
    return tuple(
        difference
        for by, family in families.items()
        if by == BY_ALL or len(family) > 1
        for difference in differences(sheet, family, main_only=by != BY_ALL)
    )


def _notes(
    sheet: Sheet, queries: Mapping[str, JudgedQuery], measured: Sequence[Measured]
) -> Iterator[str]:
    """What a reader must know to trust the figures."""
    if sheet.units.count < FEW:
        yield (
            f"Only {sheet.units.count} independent queries: the intervals are narrower than they "
            "should be."
        )
    unjudged = len(queries) - len(sheet.queries)
    if unjudged:
        yield f"{unjudged} of {len(queries)} queries have no graded answer and are not measured."
    for one in measured:
        failed = round(one.coverage.failed * len(sheet.queries))
        if failed:
            yield f"{one.name} gave no answer to {_queries(failed)}, counted as 0."
        degraded = round(one.coverage.degraded * len(sheet.queries))
        if degraded:
            yield f"{one.name} answered {_queries(degraded)} without a part of the search."


def _queries(count: int) -> str:
    return "1 query" if count == 1 else f"{count} queries"
