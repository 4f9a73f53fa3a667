"""Puts together what an evaluation measured: the comparison, the curves, what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from services.core.errors import NotFound
from services.core.ports import Ports
from services.core.types.evaluations import Answered, EvaluationRequest, JudgedQuery
from services.insight.evaluation import compare, ef_sweep, plan, report_json, sizes
from services.insight.evaluation.answer_json import Part
from services.insight.evaluation.fusion_weights import Trial
from services.insight.evaluation.report import ComparisonReport

SEED: Final = 20_261_121
"""Of every bootstrap and randomisation: the same answers give the same report."""


def report(
    ports: Ports,
    request: EvaluationRequest,
    queries: Sequence[JudgedQuery],
    answered: Mapping[str, Part],
    looked: Mapping[str, Any],
) -> dict[str, Any]:
    """The comparison as JSON, with `indexes`: what each was when it was measured.

    `answered` are the parts of `plan.searches`, `looked` those of `plan.extras`. Raises
    SettingsError without what measuring needs, InputError where nothing can be measured.
    """
    judged, wrong = split_grades(queries)
    parts = list(plan.searches(request, queries))
    indexes = dict(_indexes(ports, request))
    made = compare.compare(
        judged,
        _by_configuration(request, parts, answered),
        control=request.configurations[0].name,
        depth=request.depth,
        seed=SEED,
        price_per_hour=request.price_per_hour,
        known=compare.Known(
            targets={each.name: _target(each.target) for each in request.configurations},
            documents=indexes[request.index]["documents"],
            hard_negatives=wrong or None,
            trials=_trials(request, parts, answered),
        ),
    )
    made = _with_curves(made, request, judged, looked)
    notes = (*made.notes, *_refusals(parts, answered), *_unmeasured(request, looked))
    return report_json.to_json(replace(made, notes=notes)) | {"indexes": indexes}


def comparison(stored: Mapping[str, Any]) -> ComparisonReport:
    """The comparison of a stored report. Raises InputError for one of another version."""
    return report_json.from_json({k: v for k, v in stored.items() if k != "indexes"})


def split_grades(
    queries: Sequence[JudgedQuery],
) -> tuple[dict[str, JudgedQuery], dict[str, list[str]]]:
    """The queries with their answers alone, and the documents that were judged wrong."""
    judged, wrong = {}, {}
    for query in queries:
        right = {name: grade for name, grade in query.grades.items() if grade > 0}
        judged[query.id] = replace(query, grades=right)
        if zeros := [name for name, grade in query.grades.items() if grade == 0]:
            wrong[query.id] = zeros
    return judged, wrong


def _by_configuration(
    request: EvaluationRequest, parts: Sequence[plan.Searches], answered: Mapping[str, Part]
) -> dict[str, dict[str, Answered]]:
    found: dict[str, dict[str, Answered]] = {each.name: {} for each in request.configurations}
    for part in parts:
        if part.share is None:
            found[part.configuration.name] |= answered[part.name].answers
    return found


def _trials(
    request: EvaluationRequest, parts: Sequence[plan.Searches], answered: Mapping[str, Part]
) -> tuple[Trial, ...]:
    tried: dict[float, dict[str, Answered]] = {}
    for part in parts:
        if part.share is not None:
            tried.setdefault(part.share, {}).update(answered[part.name].answers)
    if not tried:
        return ()
    return (Trial("hybrid.lexical", plan.baseline(request), tried),)


def _with_curves(
    made: ComparisonReport,
    request: EvaluationRequest,
    judged: Mapping[str, JudgedQuery],
    looked: Mapping[str, Any],
) -> ComparisonReport:
    control = request.configurations[0].name
    recall = tuple(
        point
        for extra in plan.extras(request)
        if extra.what == "recall"
        for point in ef_sweep.points(extra.index, looked[extra.name])
    )
    curve = sizes.points(control, looked.get("sizes", ()), judged)
    return replace(made, recall=recall, sizes=curve)


def _indexes(ports: Ports, request: EvaluationRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    names = dict.fromkeys(
        (request.index, *(each.index or request.index for each in request.configurations))
    )
    with ports.database.read() as work:
        for name in names:
            try:
                index = work.indexes.get(name)
            except NotFound:
                continue
            yield (
                name,
                {
                    "embedder": index.settings.embedder,
                    "dimensions": index.settings.dimensions,
                    "fingerprint": index.fingerprint,
                    "generation": index.generation,
                    "documents": work.documents.count(name),
                },
            )


def _refusals(parts: Sequence[plan.Searches], answered: Mapping[str, Part]) -> Iterator[str]:
    """What a configuration could not be asked, by why: most first."""
    counted: Counter[tuple[str, str]] = Counter(
        (part.configuration.name, why)
        for part in parts
        if part.share is None
        for why in answered[part.name].refused.values()
    )
    for (name, why), count in counted.most_common(20):
        noun = "query was" if count == 1 else "queries were"
        yield f"{name}: {count} {noun} refused: {why}"


def _unmeasured(request: EvaluationRequest, looked: Mapping[str, Any]) -> Iterator[str]:
    for extra in plan.extras(request):
        if not looked[extra.name]:
            yield f"{extra.what} of {extra.index} was not measured: it is too large, or empty."


def _target(target: str | None) -> str | None:
    return None if target == "any" else target
