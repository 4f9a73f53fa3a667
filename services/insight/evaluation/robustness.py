"""Whether answers hold when the wish is worded otherwise, and beside documents much like them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from services.insight.evaluation.report_robustness import HardNegatives, Paraphrases
from services.insight.evaluation.sheet import Sheet
from services.insight.evaluation.significance import Units, estimate


def paraphrases(sheet: Sheet, configuration: str) -> Paraphrases | None:
    """How much the wording changes the main measure and the hits; None without rewordings."""
    rows = defaultdict(list)
    for row, unit in enumerate(sheet.units.of):
        rows[int(unit)].append(row)
    groups = [each for each in rows.values() if len(each) > 1]
    if not groups:
        return None
    values = sheet.main(configuration)
    alone = Units.named([str(number) for number in range(len(groups))])
    every = np.concatenate([np.array(each) for each in groups])
    spread = np.array([np.ptp(values[each]) for each in groups])
    worst = np.array([values[each].min() for each in groups])
    overlap = np.array([_overlap(sheet, configuration, each) for each in groups])
    return Paraphrases(
        groups=len(groups),
        queries=len(every),
        quality=estimate(values[every], sheet.units.some(every), seed=sheet.seed),
        worst=estimate(worst, alone, seed=sheet.seed),
        spread=estimate(spread, alone, seed=sheet.seed),
        overlap=estimate(overlap, alone, seed=sheet.seed),
    )


def hard_negatives(
    sheet: Sheet,
    configuration: str,
    given: Mapping[str, Collection[str]] | None = None,
) -> HardNegatives | None:
    """How well best answers are told from documents much like them; None where there are none.

    Without `given`, by query id, a query's hard negatives are its own answers of lower grades and
    the answers to other queries of its category: near, and judged to be something else. Some of
    these may be answers that nobody judged for this query; named ones are surer.
    """
    negatives = _near(sheet) if given is None else {q: set(each) for q, each in given.items()}
    ordered, fooled, rows = [], [], []
    for row, query in enumerate(sheet.queries):
        highest = max(query.grades.values())
        best = {name for name, grade in query.grades.items() if grade == highest}
        wrong = negatives.get(query.id, set())
        if wrong <= best:
            continue
        one = sheet.answers[configuration].get(query.id)
        documents = one.documents if one else ()
        rows.append(row)
        ordered.append(_share_in_order(documents, best, wrong))
        fooled.append(float(_begins_wrong(documents, best, wrong)))
    if not rows:
        return None
    units = sheet.units.some(np.array(rows))
    return HardNegatives(
        queries=len(rows),
        given=given is not None,
        ordered=estimate(np.array(ordered), units, seed=sheet.seed),
        fooled=estimate(np.array(fooled), units, seed=sheet.seed),
    )


def _overlap(sheet: Sheet, configuration: str, rows: Sequence[int]) -> float:
    """The mean share of the first hits that two wordings have in common, over all twos."""
    answered = sheet.answers[configuration]
    hits = [
        set(answered[name].documents[: sheet.k]) if name in answered else set()
        for name in (sheet.queries[row].id for row in rows)
    ]
    shares = [
        len(one & other) / max(len(one), len(other), 1)
        for place, one in enumerate(hits)
        for other in hits[place + 1 :]
    ]
    return float(np.mean(shares))


def _near(sheet: Sheet) -> dict[str, set[str]]:
    """Of each query all answers of its category, its own among them: one set, not one each."""
    by_category: dict[str, set[str]] = defaultdict(set)
    for query in sheet.queries:
        if query.category is not None:
            by_category[query.category].update(query.grades)
    return {
        query.id: set(query.grades) if query.category is None else by_category[query.category]
        for query in sheet.queries
    }


def _begins_wrong(documents: Sequence[str], best: set[str], near: set[str]) -> bool:
    return bool(documents) and documents[0] in near and documents[0] not in best


def _share_in_order(documents: Sequence[str], best: set[str], near: set[str]) -> float:
    """Pairs of a best answer and a negative with the answer first; unseen both, half a pair.

    The negatives are what is `near` and not among the `best`.
    """
    shown = dict.fromkeys(documents)
    negatives = len(near) - len(best & near)
    unseen = negatives - sum(name in near and name not in best for name in shown)
    below = wins = 0.0
    for name in reversed(shown):
        if name in best:
            wins += below + unseen
        elif name in near:
            below += 1
    wins += len(best - shown.keys()) * unseen / 2
    return wins / (len(best) * negatives)
