"""One page drawn from two searches by team draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.core.settings import Search
from services.search.hits import Hit, SearchResponse
from services.search.interleave import Drafted, team_draft
from services.search.request import GroupBy, SearchRequest

Answer = Callable[[SearchRequest], SearchResponse]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first hits of a search; `answers` are those they are cut from, `more` whether others
    follow."""

    hits: tuple[Hit, ...]
    answers: tuple[SearchResponse, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page, and for each of its hits which ranking it counts for (see interleave.Drafted)."""

    found: SearchResponse
    teams: tuple[int | None, ...]
    more: bool


def can_be(request: SearchRequest) -> bool:
    """Whether its hits may come from two rankings.

    Not where an attribute orders them, views are hits, or so many may share a value of an
    attribute: two lists that keep to that need not together.
    """
    return request.sort is None and request.group_by is GroupBy.DOCUMENT and not request.max_per


def first(request: SearchRequest, wanted: int, *, answer: Answer, limits: Search) -> Ranking:
    """The first `wanted` hits from the very beginning, whichever page the request asks for.

    Raises what `answer` raises.
    """
    hits: list[Hit] = []
    answers: list[SearchResponse] = []
    while len(hits) < wanted and len(hits) <= limits.max_offset:
        limit = min(limits.max_limit, wanted - len(hits))
        page = replace(request, cursor=None, offset=len(hits), limit=limit)
        answers.append(answer(page))
        hits += answers[-1].hits
        if answers[-1].next_cursor is None:
            return Ranking(tuple(hits), tuple(answers), more=False)
    return Ranking(tuple(hits), tuple(answers), more=True)


def page(rankings: tuple[Ranking, Ranking], *, start: int, limit: int, seed: bytes) -> Drawn:
    """The hits of ranks `start` + 1 to `start` + `limit` of the interleaved list.

    Each ranking holds its first `start` + `limit` hits, or all there are; they were made at the
    same time. What is not a hit (facets, what was understood) is the first ranking's.
    """
    end = start + limit
    keys = [[hit.id for hit in ranking.hits] for ranking in rankings]
    drafted = team_draft(keys[0], keys[1], seed=seed, limit=end + 1)
    shown = drafted[start:end]
    answers = [answer for ranking in rankings for answer in ranking.answers]
    found = replace(
        answers[0],
        hits=_placed(shown, rankings, start=start),
        timings_ms=_slower(*(_together(ranking.answers) for ranking in rankings)),
        no_match=all(ranking.answers[0].no_match for ranking in rankings),
        degraded=any(answer.degraded for answer in answers),
        degraded_reasons=_distinct(answers),
        rerank=tuple(report for ranking in rankings for report in ranking.answers[0].rerank),
        next_cursor=None,
    )
    more = len(drafted) > end or any(ranking.more for ranking in rankings)
    return Drawn(found, tuple(each.team for each in shown), more)


def alone(ranking: Ranking, *, start: int, limit: int) -> Drawn:
    """The same page of one ranking, where the other is not to be had; it counts for nobody."""
    hits = ranking.hits[start : start + limit]
    timings = _together(ranking.answers)
    found = replace(ranking.answers[0], hits=hits, timings_ms=timings, next_cursor=None)
    return Drawn(found, (), ranking.more or len(ranking.hits) > start + limit)


def _placed(
    shown: Sequence[Drafted], rankings: tuple[Ranking, Ranking], *, start: int
) -> tuple[Hit, ...]:
    by_key = [{hit.id: hit for hit in ranking.hits} for ranking in rankings]
    return tuple(
        _at(by_key[each.source][each.key], rank) for rank, each in enumerate(shown, start=start + 1)
    )


def _at(hit: Hit, rank: int) -> Hit:
    moved = None if hit.rerank is None else replace(hit.rerank, rank=rank)
    return replace(hit, rank=rank, rerank=moved)


def _together(answers: Sequence[SearchResponse]) -> Mapping[str, float]:
    """Pages of one ranking are asked for one after the other."""
    total: dict[str, float] = {}
    for answer in answers:
        for stage, took_ms in answer.timings_ms.items():
            total[stage] = round(total.get(stage, 0.0) + took_ms, 3)
    return total


def _slower(first: Mapping[str, float], second: Mapping[str, float]) -> Mapping[str, float]:
    """Rankings are made at the same time: the caller waits for the slower one."""
    stages = dict.fromkeys((*first, *second))
    return {stage: max(first.get(stage, 0.0), second.get(stage, 0.0)) for stage in stages}


def _distinct(answers: Sequence[SearchResponse]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for each in answers for reason in each.degraded_reasons))
