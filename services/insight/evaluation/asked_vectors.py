"""The vectors that judged queries are searched with, of as many as are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from services.core.errors import MargayError
from services.core.types.evaluations import JudgedQuery
from services.core.types.vectors import Vector
from services.insight.evaluation.asking import JudgedSearch


def of(
    search: JudgedSearch, queries: Sequence[JudgedQuery], *, index: str, most: int
) -> list[tuple[JudgedQuery, Vector]]:
    """At most `most`, spread evenly; those that the index cannot be asked are left out.

    Raises Unavailable's family.
    """
    step = max(1, -(-len(queries) // most))
    found = []
    for query in queries[::step]:
        try:
            found.append((query, search.vector(query, index=index)))
        except MargayError as error:
            if error.retryable:
                raise
    return found
