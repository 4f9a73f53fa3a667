"""A `min_score` to begin with, from the similarities of what was answered."""

from __future__ import annotations

from services.insight import cutoff
from services.insight.evaluation.report import MinScore
from services.insight.evaluation.sheet import Sheet, kinds


def min_scores(sheet: Sheet, configuration: str) -> tuple[MinScore, ...]:
    """The cut with the best F1 for each kind of query whose hits have similarities.

    Kinds differ: pictures lie nearer to pictures than words do. Only documents answered are seen,
    so a deep answer makes a better suggestion.
    """
    found = []
    for group in kinds(sheet):
        scored = {
            query.id: [
                (name, score)
                for name, score in zip(one.documents, one.scores, strict=False)
                if score is not None
            ]
            for query in (sheet.queries[row] for row in group.rows)
            if (one := sheet.answers[configuration].get(query.id)) is not None
        }
        cut = cutoff.suggest(scored, sheet.grades)
        if cut is not None:
            found.append(MinScore(kind=group.name, queries=len(group.rows), cutoff=cut))
    return tuple(found)
