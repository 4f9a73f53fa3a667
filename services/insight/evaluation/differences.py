"""The differences between every two configurations, tested together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from services.insight.evaluation.report import Difference
from services.insight.evaluation.sheet import Group, Sheet
from services.insight.evaluation.significance import (
    ALPHA,
    detectable,
    estimates,
    holm,
    p_values,
)

EQUAL = 1e-12


def differences(
    sheet: Sheet, groups: Sequence[Group], *, main_only: bool = False
) -> tuple[Difference, ...]:
    """Of every pair in every measure (or the main one) on each group.

    Two families for Holm: the main measure, by which it is decided, and all others, which would
    only make that decision harder to reach. In a pair the configuration that comes first, so
    always the control, is what the other is compared with.
    """
    width = 1 if main_only else len(sheet.names)
    raw = [one for group in groups for one in _pairs(sheet, group, width)]
    main = np.array([one.measure == sheet.names[0] for one in raw], dtype=bool)
    adjusted = np.array([one.p_value for one in raw])
    for family in (main, ~main):
        adjusted[family] = holm(adjusted[family])
    return tuple(
        replace(one, adjusted=float(value), significant=bool(value < ALPHA))
        for one, value in zip(raw, adjusted, strict=True)
    )


def _pairs(sheet: Sheet, group: Group, width: int) -> Iterator[Difference]:
    """Of every pair in the first `width` measures, before the family is adjusted."""
    tested = [(*pair, column) for pair in combinations(sheet.values, 2) for column in range(width)]
    if not tested:
        return
    units = sheet.units.some(group.rows)
    values = {name: of_all[group.rows] for name, of_all in sheet.values.items()}
    # All at once, since most of the work is drawing the samples.
    gained = np.stack(
        [values[new][:, column] - values[old][:, column] for old, new, column in tested], axis=1
    )
    sizes = estimates(gained, units, seed=sheet.seed)
    chances = p_values(gained, units, seed=sheet.seed)
    for place, (control, challenger, column) in enumerate(tested):
        each = gained[:, place]
        yield Difference(
            control=control,
            challenger=challenger,
            by=group.by,
            name=group.name,
            measure=sheet.names[column],
            difference=sizes[place].mean,
            low=sizes[place].low,
            high=sizes[place].high,
            relative=_relative(sizes[place].mean, float(values[control][:, column].mean())),
            p_value=float(chances[place]),
            adjusted=1.0,
            significant=False,
            wins=int((each > EQUAL).sum()),
            losses=int((each < -EQUAL).sum()),
            ties=int((np.abs(each) <= EQUAL).sum()),
            detectable=detectable(each, units),
            queries=len(each),
        )


def _relative(difference: float, control: float) -> float | None:
    return difference / control if control > EQUAL else None
