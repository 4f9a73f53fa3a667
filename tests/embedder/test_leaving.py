"""What ends early: batches too large for the device, callers who left, models nobody uses."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models import base
from services.core.errors import EmbedderDown
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from tests.embedder.listed import LONG_S, WAIT_S, Listed, expected


def test_a_batch_too_large_for_the_device_is_halved_once_and_the_limit_is_kept(bench) -> None:
    each = bench(Listed(room=4))
    texts = [f"text {n}" for n in range(8)]
    vectors = each.call(*texts).result(WAIT_S)
    np.testing.assert_allclose(vectors, [expected(Content(text=text)) for text in texts])
    assert [len(texts) for texts in each.model.passes] == [8, 4, 4]
    each.call(*texts).result(WAIT_S)
    assert [len(texts) for texts in each.model.passes[3:]] == [4, 4]


def test_a_half_that_is_still_too_large_means_down(bench) -> None:
    each = bench(Listed(room=1))
    with pytest.raises(EmbedderDown, match="no room for 4"):
        each.call(*(f"text {n}" for n in range(8))).result(WAIT_S)
    with pytest.raises(EmbedderDown, match="no room for 1"):
        bench(Listed(room=0)).call("alone").result(WAIT_S)


def test_a_caller_whose_time_is_up_is_told_and_dropped_before_its_pass(bench) -> None:
    each = bench()
    held = each.hold_a_pass()
    late = each.call("late", deadline_s=0.01)
    with pytest.raises(EmbedderDown, match="in time"):
        late.result(WAIT_S)
    each.until_waiting(queries=0)
    each.model.release()
    held.result(WAIT_S)
    each.call("next").result(WAIT_S)
    assert each.model.passes == [["held"], ["next"]]


def test_a_batch_whose_callers_all_left_while_it_was_prepared_is_not_run(bench) -> None:
    each = bench()
    held = each.hold_a_pass(purpose=Purpose.INDEX)
    late = each.call("late", purpose=Purpose.INDEX, deadline_s=0.05)
    with pytest.raises(EmbedderDown, match="in time"):
        late.result(WAIT_S)
    each.model.release()
    held.result(WAIT_S)
    each.call("next", purpose=Purpose.INDEX).result(WAIT_S)
    assert each.model.passes == [["held"], ["next"]]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_call_that_comes_too_late_is_told_without_a_pass(bench, purpose) -> None:
    each = bench()
    with pytest.raises(EmbedderDown, match="in time"):
        each.call("late", purpose=purpose, deadline_s=0.0).result(WAIT_S)
    assert each.model.passes == []
    each.call("next", purpose=purpose).result(WAIT_S)


def test_closing_tells_those_who_wait_and_returns_when_the_pass_ends(bench) -> None:
    each = bench()
    held = each.hold_a_pass(purpose=Purpose.INDEX)
    each.model.hold()
    query = each.call("running")
    assert each.model.entered.acquire(timeout=WAIT_S)
    waiting = each.call("waiting")
    each.until_waiting(queries=1)
    closing = threading.Thread(target=each.runtime.close)
    closing.start()
    with pytest.raises(EmbedderDown, match="shutting down"):
        waiting.result(WAIT_S)
    each.model.release()
    closing.join(WAIT_S)
    assert not closing.is_alive()
    assert query.result(WAIT_S).shape == held.result(WAIT_S).shape == (1, 4)
    with pytest.raises(EmbedderDown, match="shutting down"):
        each.call("after").result(WAIT_S)
    each.until(lambda: each.model.closed)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Shelf:
    """Loads a new model each time; what was loaded stays to look at."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.loaded: list[tuple[str, Listed]] = []
        self.fingerprint = "00ff00ff"
        self.runtime = EmbedderRuntime(
            ["first", "second", "third"],
            self._load,
            idle_unload_s=LONG_S,
            clock=self.clock,
        )

    def _load(self, name: str) -> Listed:
        self.loaded.append((name, Listed(fingerprint=self.fingerprint)))
        return self.loaded[-1][1]

    def ask(self, name: str) -> np.ndarray:
        return self.runtime.embed(name, [Content(text="a")], Purpose.QUERY)


@pytest.fixture
def shelf():
    made = Shelf()
    yield made
    made.runtime.close()


def test_a_model_nobody_uses_is_closed_and_loaded_again_when_needed(shelf) -> None:
    before = shelf.ask("second")
    shelf.ask("first")
    assert shelf.runtime.unload_idle() == ()
    shelf.clock.now += LONG_S
    shelf.ask("third")
    assert shelf.runtime.unload_idle() == ("second",), "the default and the one in use stay"
    assert [model.closed for _, model in shelf.loaded] == [True, False, False]
    info = shelf.runtime.info("second")
    assert info.fingerprint == "00ff00ff"
    assert len(shelf.loaded) == 3, "what it can do is known without loading it"
    np.testing.assert_array_equal(shelf.ask("second"), before)
    assert [name for name, _ in shelf.loaded] == ["second", "first", "third", "second"]
    assert [each.loaded for each in shelf.runtime.stats()] == [True, True, True]


def test_a_model_in_use_is_not_unloaded(bench) -> None:
    each = bench()
    held = each.hold_a_pass()
    slot = each.runtime._slots["listed"]
    assert not slot.unload_idle(0)
    each.model.release()
    held.result(WAIT_S)
    each.until(lambda: slot.unload_idle(0))
    assert each.model.closed


def test_files_that_changed_while_the_model_was_away_are_not_mixed_in(shelf) -> None:
    shelf.ask("second")
    shelf.clock.now += LONG_S
    shelf.runtime.unload_idle()
    shelf.fingerprint = "11ee11ee"
    with pytest.raises(EmbedderDown, match="changed while it was unloaded"):
        shelf.ask("second")
    assert shelf.loaded[-1][1].closed


def test_idle_models_leave_by_themselves() -> None:
    left = threading.Event()

    class Leaving(Listed):
        def close(self) -> None:
            left.set()

    runtime = EmbedderRuntime(["stays", "goes"], lambda name: Leaving(), idle_unload_s=0.01)
    runtime.embed("goes", [Content(text="a")], Purpose.QUERY)
    assert left.wait(WAIT_S)
    runtime.close()


def test_models_on_one_device_take_turns() -> None:
    models = {"one": Listed(), "two": Listed()}
    runtime = EmbedderRuntime(["one", "two"], models.__getitem__)
    models["one"].hold()
    calls = [
        threading.Thread(target=runtime.embed, args=(name, [Content(text="a")], Purpose.QUERY))
        for name in ("one", "two")
    ]
    calls[0].start()
    assert models["one"].entered.acquire(timeout=WAIT_S)
    calls[1].start()
    while not models["two"].prepared:
        calls[1].join(0.001)
    assert models["two"].passes == []
    models["one"].release()
    for call in calls:
        call.join(WAIT_S)
    assert models["two"].passes == [["a"]]
    runtime.close()


def test_a_failed_load_is_down_for_all_who_waited_for_it_and_tried_again_by_the_next() -> None:
    answers = iter([base.ModelError("files are missing"), Listed()])

    def load(name: str) -> base.Embedder:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    runtime = EmbedderRuntime(["listed"], load)
    with pytest.raises(EmbedderDown, match="files are missing"):
        runtime.check()
    runtime.check()
    assert runtime.embed("listed", [Content(text="a")], Purpose.QUERY).shape == (1, 4)


def test_a_model_that_is_loaded_while_we_close_gives_its_memory_back() -> None:
    model, entered, go_on = Listed(), threading.Event(), threading.Event()

    def load(name: str) -> base.Embedder:
        entered.set()
        assert go_on.wait(WAIT_S)
        return model

    runtime = EmbedderRuntime(["listed"], load)
    with ThreadPoolExecutor(1) as pool:
        info = pool.submit(runtime.info, "listed")
        assert entered.wait(WAIT_S)
        runtime.close()
        go_on.set()
        with pytest.raises(EmbedderDown, match="shutting down"):
            info.result(WAIT_S)
    assert model.closed


def test_one_content_is_allowed_however_heavy_it_is() -> None:
    assert Limit(8, 100).allows(1, 1000)
    assert not Limit(8, 100).allows(2, 51)
