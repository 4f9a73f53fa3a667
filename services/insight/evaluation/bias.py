"""Whether one modality is served better than another: directions of search, and views that win."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.insight.evaluation.report_robustness import DirectionBias, ViewShare
from services.insight.evaluation.sheet import Sheet, kinds
from services.insight.evaluation.significance import drawn_means, estimate, interval
from services.insight.evaluation.wording import direction_sentence

TEXT: Final = "text"
IMAGE: Final = "image"


def directions(sheet: Sheet, targets: Mapping[str, str | None]) -> tuple[DirectionBias, ...]:
    """Text queries on image views against image queries on text views.

    `targets` maps configurations to the views that they search. Each configuration on image views
    is set beside each on text views; empty without both, or without queries of both kinds.
    """
    rows = {group.name: group.rows for group in kinds(sheet)}
    if TEXT not in rows or IMAGE not in rows:
        return ()
    return tuple(
        _direction(sheet, forward_by, backward_by, rows)
        for forward_by in sheet.answers
        if targets.get(forward_by) == IMAGE
        for backward_by in sheet.answers
        if targets.get(backward_by) == TEXT
    )


def views(sheet: Sheet, configuration: str) -> tuple[ViewShare, ...]:
    """By which modality of view the first hits were found, for each kind of query.

    Where every view is searched, text tends to find text views and pictures picture views however
    good the others are (the modality gap: Liang et al., Mind the Gap, 2022).
    """
    found = []
    for group in kinds(sheet):
        counts = Counter(
            modality
            for row in group.rows
            if (one := sheet.answers[configuration].get(sheet.queries[row].id)) is not None
            for modality in one.matched[: sheet.k]
            if modality is not None
        )
        hits = counts.total()
        if hits:
            shares = {name: count / hits for name, count in counts.most_common()}
            found.append(ViewShare(kind=group.name, hits=hits, shares=shares))
    return tuple(found)


def _direction(
    sheet: Sheet, forward_by: str, backward_by: str, rows: Mapping[str, NDArray[np.intp]]
) -> DirectionBias:
    forward = sheet.main(forward_by)[rows[TEXT]]
    backward = sheet.main(backward_by)[rows[IMAGE]]
    units = {name: sheet.units.some(rows[name]) for name in (TEXT, IMAGE)}
    # Two samples that share no query: drawn apart, each with its own seed.
    low, high = interval(
        drawn_means(forward[:, None], units[TEXT], seed=sheet.seed)
        - drawn_means(backward[:, None], units[IMAGE], seed=sheet.seed + 1)
    )
    bias = float(forward.mean() - backward.mean())
    return DirectionBias(
        forward_by=forward_by,
        backward_by=backward_by,
        forward=estimate(forward, units[TEXT], seed=sheet.seed),
        backward=estimate(backward, units[IMAGE], seed=sheet.seed),
        bias=bias,
        low=float(low[0]),
        high=float(high[0]),
        sentence=direction_sentence(bias, low=float(low[0]), high=float(high[0])),
    )
