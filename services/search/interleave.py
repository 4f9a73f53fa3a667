"""Team-draft interleaving: one list drawn from two rankings, each entry counted for who chose it.

F. Radlinski, M. Kurup, T. Joachims: How does clickthrough data reflect retrieval quality?
(CIKM 2008), algorithm 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice


@dataclass(frozen=True, slots=True)
class Drafted:
    """An entry of the list: its key, which ranking it comes from, and whom it counts for.

    `team` is 0 or 1, or None where the other ranking had nothing left to choose: such an entry says
    nothing about which ranking is better.
    """

    key: str
    source: int
    team: int | None


def team_draft(
    first: Sequence[str], second: Sequence[str], *, seed: bytes, limit: int
) -> list[Drafted]:
    """The first `limit` entries of the interleaved list.

    The rankings hold no key twice. They take turns: who has chosen less often chooses next, a coin
    decides where both have chosen as often, and each chooses its best key that is not in the list
    yet. So no key comes twice, and every beginning of the list is balanced to one. Equal seeds give
    equal lists, and of rankings cut at `limit` the same list as of whole ones: pages cut from it
    neither overlap nor skip.
    """
    return list(islice(_drafts((first, second), seed), limit))


def _drafts(rankings: tuple[Sequence[str], Sequence[str]], seed: bytes) -> Iterator[Drafted]:
    taken: set[str] = set()
    best = [0, 0]  # of each ranking: before it everything is taken
    picks = [0, 0]
    coins = _coins(seed)
    while True:
        for team in (0, 1):
            best[team] = _next_free(rankings[team], best[team], taken)
        left = [team for team in (0, 1) if best[team] < len(rankings[team])]
        if not left:
            return
        team = left[0] if len(left) == 1 else _turn(picks, coins)
        key = rankings[team][best[team]]
        taken.add(key)
        picks[team] += 1
        yield Drafted(key, team, team if len(left) == 2 else None)


def _next_free(ranking: Sequence[str], place: int, taken: set[str]) -> int:
    while place < len(ranking) and ranking[place] in taken:
        place += 1
    return place


def _turn(picks: Sequence[int], coins: Iterator[int]) -> int:
    return next(coins) if picks[0] == picks[1] else picks.index(min(picks))


def _coins(seed: bytes) -> Iterator[int]:
    """Fair coins without end; a generator of random numbers might change with Python."""
    for block in count():
        digest = hashlib.blake2b(seed + block.to_bytes(4)).digest()
        for byte in digest:
            yield from ((byte >> bit) & 1 for bit in range(8))
