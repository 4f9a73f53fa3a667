"""Suggests a weight, such as the hybrid share, by how it does on queries it was not chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import InputError
from services.core.types.evaluations import Answered
from services.insight.evaluation import measures
from services.insight.evaluation.report import WeightPoint, WeightSuggestion
from services.insight.evaluation.sheet import Sheet, rankings
from services.insight.evaluation.significance import Units, estimate, estimates
from services.insight.evaluation.wording import weight_sentence

FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """The answers to the same queries at several values of one weight.

    `baseline`, the value in use, is among those tried. `answers` maps value to query id to answer;
    queries that nobody asked at any value are left out.
    """

    parameter: str
    baseline: float
    answers: Mapping[float, Mapping[str, Answered]]


def suggest(sheet: Sheet, trial: Trial) -> WeightSuggestion:
    """The best value, and what choosing so gains on queries held out.

    Five times, the value that is best on four fifths of the queries is measured on the last fifth
    (cross-validation): choosing and measuring on the same queries would flatter every value.
    Rewordings of a wish stay in one part. Raises InputError without the baseline, with fewer than
    two values, and with fewer than two independent queries asked.
    """
    values = sorted(trial.answers)
    rows = _asked(sheet, trial)
    units = sheet.units.some(rows)
    _check(trial, units)
    grades = {sheet.queries[row].id: dict(sheet.queries[row].grades) for row in rows}
    quality = np.stack(
        [
            measures.main_values(rankings(trial.answers[value]), grades, k=sheet.k)
            for value in values
        ],
        axis=1,
    )
    base = values.index(trial.baseline)
    gains, chosen = _held_out(quality, units, base=base, seed=sheet.seed)
    best = _best(quality, base)
    held_out = estimate(gains, units, seed=sheet.seed)
    worth = held_out.low > 0 and best != base
    return WeightSuggestion(
        parameter=trial.parameter,
        value=values[best],
        baseline=trial.baseline,
        held_out=held_out,
        worth=worth,
        chosen=tuple(values[column] for column in chosen),
        curve=tuple(
            WeightPoint(value, one)
            for value, one in zip(values, estimates(quality, units, seed=sheet.seed), strict=True)
        ),
        sentence=weight_sentence(
            trial.parameter,
            value=values[best],
            baseline=trial.baseline,
            held_out=held_out,
            worth=worth,
        ),
    )


def _asked(sheet: Sheet, trial: Trial) -> NDArray[np.intp]:
    asked = {query_id for answered in trial.answers.values() for query_id in answered}
    return np.array(
        [row for row, query in enumerate(sheet.queries) if query.id in asked], dtype=np.intp
    )


def _check(trial: Trial, units: Units) -> None:
    if trial.baseline not in trial.answers or len(trial.answers) < 2:
        raise InputError.at(trial.parameter, "needs the value in use and at least one other")
    if units.count < 2:
        raise InputError.at(trial.parameter, "needs at least two judged queries that were asked")


def _held_out(
    quality: NDArray[np.float64], units: Units, *, base: int, seed: int
) -> tuple[NDArray[np.float64], list[int]]:
    """Each query's gain over the baseline by the value chosen without it, and the values chosen."""
    folds = min(FOLDS, units.count)
    part = np.random.default_rng(seed).permutation(units.count) % folds
    of_query = part[units.of]
    gains = np.zeros(len(quality))
    chosen = []
    for fold in range(folds):
        out = of_query == fold
        column = _best(quality[~out], base)
        chosen.append(column)
        gains[out] = quality[out, column] - quality[out, base]
    return gains, chosen


def _best(quality: NDArray[np.float64], base: int) -> int:
    """The column with the highest mean; of equal ones the baseline, or else that nearest to it."""
    means = quality.mean(axis=0)
    equal = np.flatnonzero(means >= means.max() - 1e-12)
    return int(equal[np.argmin(np.abs(equal - base))])
