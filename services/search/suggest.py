"""What to try when a search found nothing: a condition less, a lower score, words of near titles.

Only for an empty answer that asked for it, and bounded: at most eight counts in SQL and three
searches of a few hits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from services.core.errors import IndexDown
from services.core.ports import Ports
from services.core.types.documents import Json
from services.core.types.filters import And, Comparison, Filter, Not, Or
from services.search import gather, wording
from services.search.hits import Confirmed, Query
from services.search.known import Known
from services.search.request import SearchRequest, Target
from services.search.stage_clock import StageClock
from services.search.suggestions import Condition, Near, Suggestions

MAX_CONDITIONS: Final = 8
NEAR: Final = 5
MAX_WORDS: Final = 8
_TELLING: Final = 3
"""Letters that a word has at least, to be worth a try."""

Find: TypeAlias = Callable[[SearchRequest, int], list[Confirmed]]


def suggest(
    query: Query,
    facts: Known,
    request: SearchRequest,
    *,
    ports: Ports,
    now: datetime,
    clock: StageClock,
) -> Suggestions:
    """Say what would have been found with less asked for."""

    def find(relaxed: SearchRequest, wanted: int) -> list[Confirmed]:
        same = relaxed.filter == request.filter
        known = facts if same else replace(facts, matching=None)
        with suppress(IndexDown):  # a suggestion that cannot be made is not worth a failure
            return gather.confirmed(
                query, known, relaxed, wanted=wanted, ports=ports, now=now, clock=clock
            )
        return []

    near, elsewhere = _near(request, find)
    return Suggestions(
        conditions=_conditions(request, ports=ports, now=now),
        best_score=_best_score(request, find),
        near=tuple(
            Near(
                found.document.document.id,
                found.document.document.title,
                None if found.view is None else found.view.score,
            )
            for found in near
        ),
        words=_words(request, [found.document.document.title for found in near]),
        elsewhere=elsewhere,
    )


def _near(request: SearchRequest, find: Find) -> tuple[Sequence[Confirmed], bool]:
    free = replace(request, filter=None, min_score=None, max_per=None)
    near = find(free, NEAR)[:NEAR]
    if near or request.target is Target.ANY:
        return near, False
    near = find(replace(free, target=Target.ANY), NEAR)[:NEAR]
    return near, bool(near)


def _best_score(request: SearchRequest, find: Find) -> float | None:
    if request.min_score is None:
        return None
    best = find(replace(request, min_score=None), 1)[:1]
    return None if not best or best[0].view is None else best[0].view.score


def _conditions(request: SearchRequest, *, ports: Ports, now: datetime) -> tuple[Condition, ...]:
    parts = _parts(request.filter)
    found: list[Condition] = []
    with ports.database.read() as work:
        left = work.documents.count(request.index, filter=request.filter, now=now) if parts else 0
        for place, part in enumerate(parts[:MAX_CONDITIONS]):
            others = parts[:place] + parts[place + 1 :]
            rest = And(tuple(one for each in others for one in each))
            count = work.documents.count(request.index, filter=rest, now=now)
            if count > left:
                found.append(Condition(_json(And(part)), count))
    return tuple(sorted(found, key=lambda each: -each.documents))


def _parts(filter: Filter | None) -> list[tuple[Filter, ...]]:
    """The conditions that must all hold; comparisons of one attribute are one condition."""
    if filter is None:
        return []
    joined = filter.parts if isinstance(filter, And) else (filter,)
    conditions: dict[object, list[Filter]] = {}
    for place, part in enumerate(joined):
        name = part.field if isinstance(part, Comparison) else place
        conditions.setdefault(name, []).append(part)
    return [tuple(parts) for parts in conditions.values()]


def _json(filter: Filter) -> dict[str, Json]:
    """The filter as a caller would write it."""
    match filter:
        case Comparison(field, operator, value):
            operand: Json = list(value) if isinstance(value, tuple) else value
            return {field: {operator.value: operand}}
        case Or(parts):
            return {"any": [_json(part) for part in parts]}
        case Not(part):
            return {"not": _json(part)}
        case And(parts):
            return _joined([_json(part) for part in parts])


def _joined(parts: list[dict[str, Json]]) -> dict[str, Json]:
    """One object where each has a name of its own or compares one attribute, else a list."""
    made: dict[str, Json] = {}
    for part in parts:
        for name, value in part.items():
            held = made.get(name)
            if held is None:
                made[name] = value
            elif isinstance(held, dict) and isinstance(value, dict) and not held.keys() & value:
                made[name] = {**held, **value}
            else:
                return {"all": list[Json](parts)}
    return made


def _words(request: SearchRequest, titles: Sequence[str]) -> tuple[str, ...]:
    """What the titles say that the query does not, the commonest first."""
    asked = set(wording.words(request.words))
    counts = Counter(word for title in titles for word in wording.words([title]))
    telling = [
        word
        for word, _ in counts.most_common()
        if word not in asked and (len(word) >= _TELLING or not word.isascii()) and word.isalpha()
    ]
    return tuple(telling[:MAX_WORDS])
