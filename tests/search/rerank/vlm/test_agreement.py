"""Two looks count as far as they agree; a second one that fails costs nothing of the first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.types.documents import Document
from services.core.vision.chat_server import ChatServer
from services.search.rerank.stage import Asked, Candidate, Outcome, Status
from services.search.rerank.vlm.guardrails import Reading
from services.search.rerank.vlm.listwise import Listwise, ListwiseModel, agreement
from tests.core.vision.chat_server import Exchange, Script, answering, serving
from tests.search.rerank.vlm.eyes import cells, grid_of, plain

NOW = datetime(2026, 5, 1, tzinfo=UTC)
COUNT = 9
PICTURES = {f"med_{n}": plain((25 * n, 0, 255 - 25 * n)) for n in range(COUNT)}
CANDIDATES = [Candidate(Document(f"d{n}"), 0.5, NOW, f"med_{n}") for n in range(COUNT)]
BEST_LAST = tuple(range(COUNT - 1, -1, -1))


def redness(exchange: Exchange) -> list[int]:
    """Numbers under which the candidates are shown, the reddest first."""
    _, shown = cells(grid_of(exchange.question), cell=300)
    return sorted(range(1, COUNT + 1), key=lambda number: -shown[number - 1][0])


def ranking(numbers: list[int]) -> str:
    return json.dumps({"ranking": numbers, "reason": "The reddest."})


def is_first_look(exchange: Exchange) -> bool:
    return redness(exchange)[0] == COUNT


def looks(first: Script, second: Script) -> Script:
    return lambda exchange: (first if is_first_look(exchange) else second)(exchange)


def honest(exchange: Exchange) -> None:
    exchange.say(ranking(redness(exchange)))


@contextmanager
def stage(script: Script, **settings) -> Iterator[Listwise]:
    with serving(script) as server:
        model = ListwiseModel(ChatServer(server.url, "phi"))
        yield Listwise(model, PICTURES.get, None, **settings)
        model.close()


def rank(made: Listwise, *, timeout_s: float = 10) -> Outcome:
    return made.rank(Asked("shop", ("red",), None, NOW), CANDIDATES, timeout_s=timeout_s)


def test_a_model_that_says_the_same_twice_is_believed() -> None:
    with stage(honest, blend=0.0, passes=2) as made:
        outcome = rank(made)
    assert outcome.order == BEST_LAST
    assert outcome.detail == "its two looks agree by 1.00"


def test_a_model_that_names_places_contradicts_itself_and_moves_nothing() -> None:
    with stage(answering(ranking([5, 9, 1, 2, 3, 4, 6, 7, 8])), blend=0.0, passes=2) as made:
        outcome = rank(made)
    assert outcome.status is Status.APPLIED
    assert outcome.order == tuple(range(COUNT))


def test_two_looks_that_name_the_same_few_agree_on_all() -> None:
    """Those not named stand as they came in, also where they were shown the other way round."""

    def script(exchange: Exchange) -> None:
        exchange.say(ranking(redness(exchange)[:2]))

    with stage(script, blend=0.0, passes=2) as made:
        outcome = rank(made)
    assert outcome.detail == "its two looks agree by 1.00"
    assert outcome.order == (8, 7, 0, 1, 2, 3, 4, 5, 6)


def test_a_model_that_guesses_hardly_moves_anything() -> None:
    """Over many searches, the mean way of a hit is a fraction of that under one guess."""
    moved = {1: 0, 2: 0}
    for seed in range(6):
        for passes in moved:
            chance = Random(seed)
            guess = ranking(chance.sample(range(1, COUNT + 1), COUNT))
            other = ranking(chance.sample(range(1, COUNT + 1), COUNT))
            script = looks(answering(guess), answering(other))
            with stage(script, blend=0.0, passes=passes) as made:
                order = rank(made).order
            moved[passes] += sum(abs(place - at) for place, at in enumerate(order))
    assert moved[2] < 0.25 * moved[1]


@pytest.mark.parametrize(
    "second",
    [
        lambda exchange: exchange.send(500, b""),
        lambda exchange: exchange.hang_up(),
        lambda exchange: exchange.stall(),
        answering("I would rather not."),
    ],
    ids=["500", "hangs up", "stalls", "says nothing usable"],
)
def test_a_second_look_that_fails_leaves_the_first_a_quarter(second: Script) -> None:
    with stage(looks(honest, second), blend=0.0, passes=2) as made:
        outcome = rank(made, timeout_s=3)
    assert outcome.status is Status.APPLIED
    assert outcome.detail == "the second look did not come"
    shares = [0.25 * BEST_LAST.index(at) + 0.75 * at for at in range(COUNT)]
    assert outcome.order == tuple(sorted(range(COUNT), key=lambda at: (shares[at], at)))


def test_both_looks_are_taken_at_the_same_time() -> None:
    """Each is answered only when the other one has come as well."""
    both = Barrier(2)

    def script(exchange: Exchange) -> None:
        both.wait(8)
        honest(exchange)

    with stage(script, blend=0.0, passes=2) as made:
        assert rank(made).detail == "its two looks agree by 1.00"


def reading(order: list[int], *, picked: int | None = None) -> Reading:
    return Reading(tuple(order), len(order) if picked is None else picked, None, {})


@given(st.permutations(range(7)), st.permutations(range(7)))
def test_agreement_of_whole_answers_is_kendalls(one: list[int], other: list[int]) -> None:
    pairs = [(a, b) for a in range(7) for b in range(a)]
    same = sum((one.index(a) < one.index(b)) == (other.index(a) < other.index(b)) for a, b in pairs)
    tau = (same - (len(pairs) - same)) / len(pairs)
    assert agreement(reading(one), reading(other)) == pytest.approx(tau)
    assert agreement(reading(one), reading(one)) == 1
    assert agreement(reading(one), reading(one[::-1])) == -1


def test_what_both_left_out_is_no_agreement() -> None:
    """Each names one, and another one: that the other seven stand alike says nothing."""
    one = reading([0, *range(1, 9)], picked=1)
    other = reading([8, *range(8)], picked=1)
    assert agreement(one, other) == pytest.approx(-1 / 15)
    assert agreement(one, one) == 1


def test_a_model_that_always_names_the_same_few_places_moves_nothing() -> None:
    with stage(answering(ranking([3, 1])), blend=0.0, passes=2) as made:
        assert rank(made).order == tuple(range(COUNT))
