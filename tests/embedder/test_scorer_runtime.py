"""Cross-encoders in this process: passes, turns, refusals, deadlines and memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from models.base import ModelError, UnreadableMedia
from services.core.errors import (
    Busy,
    InputError,
    MediaRefused,
    RerankerDown,
    RerankerTimeout,
)
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scorer_runtime import ScorerRuntime
from services.embedder.turns import Turns
from tests.embedder.listed import Listed
from tests.embedder.overlap import DAMAGED, WAIT_S, Overlap

QUERY = Content(text="red mug")
Make = Callable[..., ScorerRuntime]


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[ScorerRuntime] = []

    def build(*models: Overlap, **more: object) -> ScorerRuntime:
        named = {f"overlap-{place}": model for place, model in enumerate(models)}
        opened.append(ScorerRuntime(list(named), named.__getitem__, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield build
    for each in opened:
        each.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def texts(*said: str) -> list[Content]:
    return [Content(text=each) for each in said]


def test_every_candidate_gets_its_own_score_whatever_pass_it_shares(make: Make) -> None:
    model = Overlap()
    runtime = make(model, limit=Limit(contents=3, tokens=1000))
    said = ["case", "red mug with a long text behind it", "mug", "red mug", "nothing", "red", "x y"]
    assert runtime.score("overlap-0", QUERY, texts(*said)).tolist() == [-1, 1, 0, 1, -1, 0, -1]
    assert model.passes == [3, 3, 1]


def test_a_pass_holds_no_more_tokens_than_allowed(make: Make) -> None:
    model = Overlap()
    runtime = make(model, limit=Limit(contents=100, tokens=30))
    long = "word " * 12
    runtime.score("overlap-0", QUERY, texts(long, long, "a", "b", "c", "d"))
    assert model.passes == [2, 4]


def test_no_candidates_have_no_scores(make: Make) -> None:
    found = make(Overlap()).score("overlap-0", QUERY, [])
    assert (found.shape, found.dtype) == ((0,), np.float32)


def test_a_batch_without_room_is_halved_and_later_ones_are_smaller(make: Make) -> None:
    model = Overlap(room=4)
    runtime = make(model)
    candidates = texts(*(f"mug {n}" for n in range(8)))
    assert runtime.score("overlap-0", QUERY, candidates).tolist() == [0.0] * 8
    runtime.score("overlap-0", QUERY, candidates)
    assert model.passes == [8, 4, 4, 4, 4]


def test_a_pair_without_room_is_a_failure(make: Make) -> None:
    with pytest.raises(RerankerDown, match="no room"):
        make(Overlap(room=0)).score("overlap-0", QUERY, texts("mug"))


def test_a_score_that_is_no_number_is_a_failure(make: Make) -> None:
    with pytest.raises(RerankerDown, match="no number"):
        make(Overlap()).score("overlap-0", QUERY, texts("mug", "nan"))


@pytest.mark.parametrize(
    ("query", "candidate", "field"),
    [
        (Content(), Content(text="a"), "query"),
        (Content(text=" "), Content(text="a"), "query.text"),
        (QUERY, Content(image=b"x"), "candidates[1].image"),
        (QUERY, Content(text="\ud800"), "candidates[1].text"),
        (QUERY, Content(), "candidates[1]"),
    ],
)
def test_what_cannot_be_read_is_named(
    query: Content, candidate: Content, field: str, make: Make
) -> None:
    with pytest.raises(InputError) as refused:
        make(Overlap()).score("overlap-0", query, [Content(text="a"), candidate])
    assert refused.value.fields[0].field == field


@pytest.mark.parametrize(
    ("query", "candidate", "field"),
    [
        (Content(image=DAMAGED), Content(text="a"), "query.image"),
        (QUERY, Content(image=DAMAGED), "candidates[1].image"),
    ],
)
def test_a_damaged_picture_is_named(
    query: Content, candidate: Content, field: str, make: Make
) -> None:
    with pytest.raises(MediaRefused) as refused:
        make(Overlap(sees=True)).score("overlap-0", query, [Content(image=b"whole"), candidate])
    assert refused.value.fields[0].field == field
    assert refused.value.reason == "corrupt_image"


class Fickle(Overlap):
    """Refuses a batch as damaged, and breaks when it is asked for the damage."""

    def preprocess(self, query, candidates):
        if len(candidates) > 1:
            raise UnreadableMedia("truncated", "the picture is damaged")
        raise RuntimeError("the decoder is gone")


def test_a_model_that_breaks_while_the_damage_is_looked_for_still_refuses(make: Make) -> None:
    pictures = [Content(image=b"1"), Content(image=b"2")]
    with pytest.raises(MediaRefused, match="damaged"):
        make(Fickle(sees=True)).score("overlap-0", QUERY, pictures)


def test_an_unknown_model_lists_the_known_ones(make: Make) -> None:
    with pytest.raises(InputError, match=r"overlap-0, overlap-1"):
        make(Overlap(), Overlap()).info("other")
    with pytest.raises(InputError, match="none is configured"):
        make().score("other", QUERY, [])


def test_a_model_is_loaded_when_it_is_first_asked_for() -> None:
    loads: list[str] = []

    def load(name: str) -> Overlap:
        loads.append(name)
        return Overlap()

    runtime = ScorerRuntime(["one", "two"], load)
    assert (runtime.names(), loads) == (("one", "two"), [])
    assert runtime.info("two").name == "two"
    runtime.score("two", QUERY, texts("mug"))
    assert loads == ["two"]
    runtime.close()


def test_the_default_can_be_loaded_in_the_background() -> None:
    loaded = Event()

    def load(name: str) -> Overlap:
        loaded.set()
        return Overlap()

    runtime = ScorerRuntime(["one", "two"], load)
    runtime.begin_loading()
    assert loaded.wait(WAIT_S)
    assert runtime.info("one").name == "one"
    runtime.close()


def test_what_goes_wrong_in_the_background_is_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[str] = []

    def load(name: str) -> Overlap:
        tries.append(name)
        raise ModelError("its files are gone")

    runtime = ScorerRuntime(["one"], load)
    runtime._load_default()
    assert "its files are gone" in caplog.text
    with pytest.raises(RerankerDown):
        runtime.info("one")
    assert tries == ["one", "one"]
    runtime.close()


def test_a_model_that_does_not_load_is_a_failure() -> None:
    def load(name: str) -> Overlap:
        raise ModelError("its files are gone")

    runtime = ScorerRuntime(["one"], load)
    with pytest.raises(RerankerDown, match="cross-encoder 'one' cannot be loaded: its files"):
        runtime.info("one")
    runtime.close()


def test_all_but_the_default_leave_the_memory_when_idle(make: Make) -> None:
    now = [0.0]
    first, second = Overlap(), Overlap()
    runtime = make(first, second, idle_unload_s=1000.0, clock=lambda: now[0])
    for name in runtime.names():
        runtime.score(name, QUERY, texts("mug"))
    assert runtime.unload_idle() == ()
    now[0] = 1001.0
    assert runtime.unload_idle() == ("overlap-1",)
    assert (first.closed, second.closed) == (False, True)


def hold_one(runtime: ScorerRuntime, model: Overlap, pool: ThreadPoolExecutor) -> Future:
    model.hold()
    held = pool.submit(runtime.score, "overlap-0", QUERY, texts("mug", "red mug"))
    assert model.entered.acquire(timeout=WAIT_S)
    return held


def test_too_much_waiting_is_refused_at_once(make: Make, pool: ThreadPoolExecutor) -> None:
    model = Overlap()
    runtime = make(model, room=4)
    held = hold_one(runtime, model, pool)
    with pytest.raises(Busy, match="2 candidates wait for cross-encoder 'overlap-0'"):
        runtime.score("overlap-0", QUERY, texts("a", "b", "c"))
    model.release()
    assert held.result(WAIT_S).tolist() == [0, 1]
    # An idle one takes any number.
    assert len(runtime.score("overlap-0", QUERY, texts(*"abcdefgh"))) == 8


def test_a_call_whose_time_is_up_runs_no_further_pass(make: Make, pool: ThreadPoolExecutor) -> None:
    now = [0.0]
    model = Overlap()
    runtime = make(model, limit=Limit(contents=2, tokens=1000), clock=lambda: now[0])
    model.hold()
    late = pool.submit(
        runtime.score, "overlap-0", QUERY, texts("a", "b", "c", "d", "e"), timeout_s=5.0
    )
    assert model.entered.acquire(timeout=WAIT_S)
    now[0] = 6.0
    model.release()
    with pytest.raises(RerankerTimeout):
        late.result(WAIT_S)
    assert model.passes == [2]


def test_a_pass_takes_its_turn_with_the_embedders(make: Make, pool: ThreadPoolExecutor) -> None:
    turns = Turns()
    model, listed = Overlap(), Listed()
    runtime = make(model, turns=turns)
    embedder = EmbedderRuntime(["listed"], lambda name: listed, turns=turns)
    embedder.warm_up()
    listed.hold()
    busy = pool.submit(embedder.embed, "listed", [Content(text="held")], Purpose.QUERY)
    assert listed.entered.acquire(timeout=WAIT_S)
    waiting = pool.submit(runtime.score, "overlap-0", QUERY, texts("mug"))
    assert not model.entered.acquire(timeout=0.05)
    listed.release()
    assert waiting.result(WAIT_S).tolist() == [0]
    busy.result(WAIT_S)
    embedder.close()


def test_each_model_tells_how_it_does(make: Make) -> None:
    runtime = make(Overlap(), Overlap())
    assert not any(each.loaded for each in runtime.stats())
    runtime.score("overlap-0", QUERY, texts("a", "b"))
    runtime.score("overlap-0", QUERY, texts("c"))
    used, idle = runtime.stats()
    assert (used.loaded, used.calls, used.candidates, used.waiting) == (True, 2, 3, 0)
    assert used.call_s is not None
    assert used.info is not None
    assert (idle.loaded, idle.calls, idle.call_s, idle.info) == (False, 0, None, None)
