"""What reranking and each target add, and how much a faultless reranker could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.types.evaluations import Answered
from services.insight.evaluation import measures
from services.insight.evaluation.report import Ceiling, RerankLift
from services.insight.evaluation.report_robustness import ModalityLift
from services.insight.evaluation.sheet import Sheet, kinds
from services.insight.evaluation.significance import estimate, estimates, p_values

DEPTHS: Final = (10, 20, 50, 100, 200)
TEXT: Final = "text"
ANY: Final = "any"


def rerank(sheet: Sheet, configuration: str) -> RerankLift | None:
    """The main measure before and after reranking; None where no answer tells its first stage."""
    answered = {
        query.id: sheet.answers[configuration][query.id]
        for query in sheet.queries
        if query.id in sheet.answers[configuration]
    }
    if not any(one.first_stage for one in answered.values()):
        return None
    before = {name: one.first_stage or one.documents for name, one in answered.items()}
    first = measures.main_values(before, sheet.grades, k=sheet.k)
    final = sheet.main(configuration)
    ceilings = {
        depth: measures.main_values(oracle(before, sheet.grades, depth), sheet.grades, k=sheet.k)
        for depth in _depths(before, k=sheet.k)
    }
    side_by_side = np.stack([first, final, final - first, *ceilings.values()], axis=1)
    before_it, after_it, lift, *highest = estimates(side_by_side, sheet.units, seed=sheet.seed)
    return RerankLift(
        first=before_it,
        final=after_it,
        lift=lift,
        p_value=float(p_values((final - first)[:, None], sheet.units, seed=sheet.seed)[0]),
        reordered=sum(map(_reordered, answered.values())) / len(sheet.queries),
        ceilings=tuple(map(Ceiling, ceilings, highest)),
        realised=_realised(first, final, ceilings[max(ceilings)]),
    )


def oracle(
    first_stage: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]], depth: int
) -> dict[str, list[str]]:
    """The first `depth` documents of each query in the best order, the rest behind them."""
    return {
        query_id: [
            *sorted(documents[:depth], key=lambda name: -grades[query_id].get(name, 0)),
            *documents[depth:],
        ]
        for query_id, documents in first_stage.items()
    }


def modalities(sheet: Sheet, targets: Mapping[str, str | None]) -> tuple[ModalityLift, ...]:
    """For each kind of query, what other targets bring beyond the text views alone.

    `targets` maps configurations to the views that they search, None being every view. Empty
    without a configuration that searches text views, and one that searches others.
    """
    known = {name: targets[name] or ANY for name in sheet.answers if name in targets}
    against = next((name for name, target in known.items() if target == TEXT), None)
    if against is None:
        return ()
    return tuple(
        _lift(sheet, group.rows, group.name, configuration=name, target=target, against=against)
        for group in kinds(sheet)
        for name, target in known.items()
        if target != TEXT
    )


def _lift(
    sheet: Sheet,
    rows: NDArray[np.intp],
    kind: str,
    *,
    configuration: str,
    target: str,
    against: str,
) -> ModalityLift:
    units = sheet.units.some(rows)
    values = sheet.main(configuration)[rows]
    lift = values - sheet.main(against)[rows]
    return ModalityLift(
        kind=kind,
        target=target,
        configuration=configuration,
        against=against,
        quality=estimate(values, units, seed=sheet.seed),
        lift=estimate(lift, units, seed=sheet.seed),
        p_value=float(p_values(lift[:, None], units, seed=sheet.seed)[0]),
    )


def _depths(first_stage: Mapping[str, Sequence[str]], *, k: int) -> list[int]:
    """The page, and the round depths up to the deepest first stage, with that itself."""
    deepest = max(len(documents) for documents in first_stage.values())
    return sorted({min(k, deepest), *(depth for depth in DEPTHS if k < depth < deepest), deepest})


def _reordered(answered: Answered) -> bool:
    before = answered.first_stage
    return bool(before) and answered.documents[: len(before)] != before[: len(answered.documents)]


def _realised(
    first: NDArray[np.float64], final: NDArray[np.float64], ceiling: NDArray[np.float64]
) -> float | None:
    room = float(ceiling.mean() - first.mean())
    return float(final.mean() - first.mean()) / room if room > 1e-9 else None
