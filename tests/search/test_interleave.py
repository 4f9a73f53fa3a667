"""An interleaved list holds what both rankings hold, fairly, and can be cut into pages."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.search.interleave import Drafted, team_draft

RANKINGS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True)
SEEDS = st.binary(max_size=16)


@given(RANKINGS, RANKINGS, SEEDS)
def test_the_whole_list_is_a_permutation_of_the_union(
    first: list[str], second: list[str], seed: bytes
) -> None:
    drafted = team_draft(first, second, seed=seed, limit=100)
    assert sorted(each.key for each in drafted) == sorted({*first, *second})


@given(RANKINGS, RANKINGS, SEEDS, st.integers(0, 20))
def test_a_list_holds_only_what_is_at_the_top_of_a_ranking(
    first: list[str], second: list[str], seed: bytes, limit: int
) -> None:
    drafted = team_draft(first, second, seed=seed, limit=limit)
    assert len(drafted) == min(limit, len({*first, *second}))
    tops = (first[:limit], second[:limit])
    assert all(each.key in tops[each.source] for each in drafted)


@given(RANKINGS, RANKINGS, SEEDS)
def test_every_beginning_is_balanced(first: list[str], second: list[str], seed: bytes) -> None:
    ahead = 0
    for each in team_draft(first, second, seed=seed, limit=100):
        ahead += {0: 1, 1: -1, None: 0}[each.team]
        assert abs(ahead) <= 1


@given(RANKINGS, RANKINGS, SEEDS)
def test_who_chooses_takes_its_best_that_is_left(
    first: list[str], second: list[str], seed: bytes
) -> None:
    taken: set[str] = set()
    for each in team_draft(first, second, seed=seed, limit=100):
        ranking = (first, second)[each.source]
        assert each.key == next(key for key in ranking if key not in taken)
        taken.add(each.key)


@given(RANKINGS, RANKINGS, SEEDS)
def test_nobody_is_credited_once_the_other_has_nothing_to_choose(
    first: list[str], second: list[str], seed: bytes
) -> None:
    taken: set[str] = set()
    for each in team_draft(first, second, seed=seed, limit=100):
        both_could = bool({*first} - taken) and bool({*second} - taken)
        assert each.team == (each.source if both_could else None)
        taken.add(each.key)


@given(RANKINGS, RANKINGS, SEEDS, st.lists(st.integers(1, 7), min_size=1))
def test_pages_of_rankings_cut_at_their_end_neither_overlap_nor_skip(
    first: list[str], second: list[str], seed: bytes, lengths: list[int]
) -> None:
    whole = team_draft(first, second, seed=seed, limit=100)
    start, pages = 0, list[Drafted]()
    for length in lengths:
        end = start + length
        pages += team_draft(first[:end], second[:end], seed=seed, limit=end)[start:]
        start = end
    assert pages == whole[:start]


@given(RANKINGS, SEEDS)
def test_a_ranking_interleaved_with_itself_stays_as_it_is(ranking: list[str], seed: bytes) -> None:
    drafted = team_draft(ranking, ranking, seed=seed, limit=100)
    assert [each.key for each in drafted] == ranking


def test_each_ranking_leads_as_often_as_the_other() -> None:
    led = Counter(
        team_draft("ab", "ba", seed=str(seed).encode(), limit=1)[0].key for seed in range(10_000)
    )
    # Four standard deviations of a fair coin: 200.
    assert abs(led["a"] - 5000) < 200


def test_the_coin_is_tossed_anew_in_every_round() -> None:
    first, second = "abcdefgh", "ijklmnop"
    orders = {
        tuple(each.team for each in team_draft(first, second, seed=bytes([seed]), limit=16))
        for seed in range(256)
    }
    # Of 2^8 orders, as many as 256 draws with replacement leave distinct: about 162.
    assert 130 < len(orders) < 195
