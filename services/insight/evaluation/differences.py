"""The differences between every two configurations, tested together."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Of every pair in every measure (or the main one) on each group: one family for Holm.

    In a pair the configuration that comes first, so always the control, is what the other is
    compared with.
    """
    columns = slice(0, 1) if main_only else slice(None)
    raw = [
        one
        for group in groups
        for control, challenger in combinations(sheet.values, 2)
        for one in _pair(sheet, group, control=control, challenger=challenger, columns=columns)
    ]
    adjusted = holm(np.array([one.p_value for one in raw]))
    return tuple(
        replace(one, adjusted=float(value), significant=bool(value < ALPHA))
        for one, value in zip(raw, adjusted, strict=True)
    )


def _pair(
    sheet: Sheet, group: Group, *, control: str, challenger: str, columns: slice
) -> list[Difference]:
    units = sheet.units.some(group.rows)
    before = sheet.values[control][group.rows, columns]
    gained = sheet.values[challenger][group.rows, columns] - before
    sizes = estimates(gained, units, seed=sheet.seed)
    chances = p_values(gained, units, seed=sheet.seed)
    return [
        Difference(
            control=control,
            challenger=challenger,
            by=group.by,
            name=group.name,
            measure=measure,
            difference=size.mean,
            low=size.low,
            high=size.high,
            relative=_relative(size.mean, float(before[:, column].mean())),
            p_value=float(chances[column]),
            adjusted=1.0,
            significant=False,
            wins=int((gained[:, column] > EQUAL).sum()),
            losses=int((gained[:, column] < -EQUAL).sum()),
            ties=int((np.abs(gained[:, column]) <= EQUAL).sum()),
            detectable=detectable(gained[:, column], units),
            queries=len(group.rows),
        )
        for column, (measure, size) in enumerate(zip(sheet.names[columns], sizes, strict=True))
    ]


def _relative(difference: float, control: float) -> float | None:
    return difference / control if control > EQUAL else None
