"""The queries that a configuration answers worst, with what it showed and what it missed."""

from __future__ import annotations

from typing import Final

import numpy as np

from services.core.types.evaluations import JudgedQuery
from services.insight.evaluation.report import WorstHit, WorstQuery
from services.insight.evaluation.sheet import Sheet

MOST: Final = 12
HITS: Final = 5
MISSED: Final = 3


def worst(sheet: Sheet, configuration: str) -> tuple[WorstQuery, ...]:
    """The twelve lowest by the main measure, of equal ones those the control does better at.

    Queries answered as well as can be are left out.
    """
    values = sheet.main(configuration)
    control = next(iter(sheet.values))
    lost = sheet.main(control) - values
    order = np.lexsort((-lost, values))
    return tuple(
        _query(
            sheet,
            configuration,
            sheet.queries[row],
            value=float(values[row]),
            control=None if configuration == control else float(sheet.main(control)[row]),
        )
        for row in order[:MOST]
        if values[row] < 1 - 1e-9
    )


def _query(
    sheet: Sheet,
    configuration: str,
    query: JudgedQuery,
    *,
    value: float,
    control: float | None,
) -> WorstQuery:
    answered = sheet.answers[configuration].get(query.id)
    documents = answered.documents if answered else ()
    scores = answered.scores if answered else ()
    hits = tuple(
        WorstHit(name, query.grades.get(name, 0), scores[place] if place < len(scores) else None)
        for place, name in enumerate(documents[:HITS])
    )
    shown = {hit.document_id for hit in hits}
    missed = sorted(
        (name for name in query.grades if name not in shown),
        key=lambda name: (-query.grades[name], name),
    )
    return WorstQuery(
        query_id=query.id,
        kind=query.kind,
        text=query.text,
        media=tuple((medium.kind, medium.key) for medium in query.media),
        category=query.category,
        value=value,
        control=control,
        hits=hits,
        missed=tuple(WorstHit(name, query.grades[name], None) for name in missed[:MISSED]),
    )
