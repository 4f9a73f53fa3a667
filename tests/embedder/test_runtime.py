"""The runtime: loads once, checks what comes, turns the models' errors into ours."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models import base
from services.core.errors import EmbedderDown, InputError, MediaRefused
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import PREPARERS, Scheduling
from services.search.able import check_modality
from tests.embedder.listed import WAIT_S, Listed, expected

TEXTS = [Content(text=f"number {n}") for n in range(7)]
THREE = Scheduling(limit=Limit(contents=3, tokens=10_000))


@pytest.fixture
def model() -> Listed:
    return Listed()


@pytest.fixture
def runtime(model: Listed):
    made = EmbedderRuntime(["listed"], lambda name: model, scheduling=THREE)
    yield made
    made.close()


@pytest.mark.parametrize("purpose", Purpose)
def test_a_big_call_is_split_and_keeps_its_order(runtime, model, purpose) -> None:
    contents = [*TEXTS, Content(image=b"123")]
    vectors = runtime.embed("listed", contents, purpose)
    assert sorted(map(len, model.passes)) == [1, 1, 3, 3]
    np.testing.assert_allclose(vectors, [expected(content) for content in contents], rtol=1e-6)
    assert vectors.dtype == np.float32


def test_dimensions_none_is_the_largest_and_others_must_be_offered(runtime) -> None:
    assert runtime.embed("listed", TEXTS, Purpose.QUERY).shape == (7, 4)
    short = runtime.embed("listed", TEXTS, Purpose.QUERY, dimensions=2)
    assert short.shape == (7, 2)
    np.testing.assert_allclose(np.linalg.norm(short, axis=1), 1, rtol=1e-6)
    assert runtime.embed("listed", [], Purpose.QUERY).shape == (0, 4)
    with pytest.raises(InputError, match="dimensions: listed offers 4, 2"):
        runtime.embed("listed", TEXTS, Purpose.QUERY, dimensions=3)


def test_a_model_is_loaded_once_however_many_ask_at_once(model) -> None:
    loads: list[str] = []

    def load(name: str) -> base.Embedder:
        loads.append(name)
        return model

    runtime = EmbedderRuntime(["listed"], load)
    assert loads == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: runtime.embed("listed", TEXTS, Purpose.QUERY), range(16)))
    assert loads == ["listed"]


def test_info_tells_what_the_model_says_under_the_name_it_was_asked_by(runtime) -> None:
    info = runtime.info("listed")
    assert (info.name, info.fingerprint, info.dimensions) == (
        "listed",
        "00ff00ff",
        (4, 2),
    )
    assert info.modalities == {"text", "image"}
    assert (info.advice, info.hears_video) == ("For no search.", True)


def test_only_the_names_given_may_be_asked_for(runtime) -> None:
    assert runtime.names() == ("listed",)
    for name in ("onnx:/etc", "unknown"):
        with pytest.raises(InputError, match="embedder"):
            runtime.info(name)


def test_a_model_that_could_not_be_loaded_is_not_recommended() -> None:
    def load(name: str) -> base.Embedder:
        raise OSError("its weights are gone")

    runtime = EmbedderRuntime(["gone"], load, modalities=lambda name: frozenset({"text"}))
    assert runtime.able("text") == ("gone",)
    with pytest.raises(EmbedderDown, match="weights are gone"):
        runtime.info("gone")
    assert runtime.able("text") == ()


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Content(), r"contents\[1\]"),
        (Content(text=" "), r"contents\[1\]\.text"),
        (Content(text="a\ud800"), r"contents\[1\]\.text"),
        (Content(text="a", image=b"b"), r"contents\[1\]"),
        (Content(image=b"b", audio=b"c"), r"contents\[1\]"),
        (Content(text="a", start_s=3, end_s=2), r"contents\[1\]\.end_s"),
        (Content(text="a", frames=0), r"contents\[1\]\.frames"),
    ],
)
def test_content_it_cannot_do_is_refused_by_position(runtime, model, content, field) -> None:
    with pytest.raises(InputError, match=field):
        runtime.embed("listed", [TEXTS[0], content], Purpose.QUERY)
    assert model.prepared == []


def test_a_refused_modality_names_those_that_can_without_loading_them() -> None:
    loaded: list[str] = []

    def load(name: str) -> base.Embedder:
        loaded.append(name)
        return Listed()

    cards = {
        "listed": frozenset({"text", "image"}),
        "ears": frozenset({"text", "audio"}),
    }
    runtime = EmbedderRuntime(["listed", "ears"], load, modalities=cards.__getitem__)
    with pytest.raises(InputError, match=r"contents\[0\]\.audio: .* by listed; ears can"):
        runtime.embed("listed", [Content(audio=b"la")], Purpose.QUERY)
    with pytest.raises(InputError, match="no configured embedder can; `margay models list`"):
        runtime.embed("listed", [Content(video=b"la")], Purpose.QUERY)
    info = runtime.info("listed")
    with pytest.raises(InputError, match=r"field: cannot be audio: .*; ears can: choose it"):
        check_modality("audio", info, field="field", embedder=runtime, change="choose it")
    assert runtime.able("text") == ("listed", "ears")
    assert loaded == ["listed"]


def test_text_and_picture_go_together_where_the_model_is_joint() -> None:
    runtime = EmbedderRuntime(["listed"], lambda name: Listed(joint=True))
    both = Content(text="ab", image=b"123")
    vectors = runtime.embed("listed", [both], Purpose.QUERY)
    np.testing.assert_allclose(vectors[0], expected(both), rtol=1e-6)


class Watching(Listed):
    def preprocess(self, modalities, batch, purpose):
        self.seen = [(*batch, modalities, purpose)]
        return super().preprocess(modalities, batch, purpose)


def test_all_of_a_content_reaches_the_model() -> None:
    model = Watching(modalities=["video"])
    runtime = EmbedderRuntime(["listed"], lambda name: model)
    content = Content(video=b"v", start_s=5, end_s=10, frames=7, sound=False)
    runtime.embed("listed", [content], Purpose.INDEX)
    wanted = base.Content(video=b"v", start_s=5, end_s=10, frames=7, sound=False)
    assert model.seen == [(wanted, (base.Modality.VIDEO,), base.Purpose.INDEX)]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_picture_the_model_cannot_read_is_refused_with_its_reason_and_place(
    runtime, purpose
) -> None:
    contents = [TEXTS[0], Content(image=b"fine"), Content(image=b"damaged")]
    with pytest.raises(MediaRefused) as refused:
        runtime.embed("listed", contents, purpose)
    assert refused.value.reason == "corrupt_image"
    assert [problem.field for problem in refused.value.fields] == ["contents[2].image"]


class Fickle(Listed):
    """Refuses a batch as damaged, and breaks when it is asked for the damage."""

    def preprocess(self, modalities, batch, purpose):
        if len(batch) > 1:
            raise base.UnreadableMedia("damaged", "the picture is damaged")
        raise RuntimeError("the decoder is gone")


@pytest.mark.parametrize("purpose", Purpose)
def test_a_model_that_breaks_while_the_damage_is_looked_for_still_answers(purpose) -> None:
    runtime = EmbedderRuntime(["listed"], lambda name: Fickle(), scheduling=THREE)
    pictures = [Content(image=b"1"), Content(image=b"2")]
    for _ in range(2 * PREPARERS):
        with pytest.raises(MediaRefused, match="damaged"):
            runtime.embed("listed", pictures, purpose, deadline_s=WAIT_S)
    runtime.close()


def test_a_crash_means_the_embedder_is_down_and_the_next_call_is_tried(runtime) -> None:
    with pytest.raises(EmbedderDown, match="device is lost"):
        runtime.embed("listed", [Content(text="crash")], Purpose.INDEX)
    assert runtime.embed("listed", TEXTS, Purpose.INDEX).shape == (7, 4)


class Short(Listed):
    def forward(self, modalities, prepared) -> base.Vectors:
        return super().forward(modalities, prepared)[1:]


def test_a_model_that_returns_too_few_vectors_is_down_instead_of_giving_others() -> None:
    runtime = EmbedderRuntime(["listed"], lambda name: Short())
    with pytest.raises(EmbedderDown, match="6 vectors for 7 contents"):
        runtime.embed("listed", TEXTS, Purpose.QUERY)


def test_a_content_that_is_too_much_alone_leaves_others_their_batches(model) -> None:
    runtime = EmbedderRuntime(["listed"], lambda name: model, scheduling=THREE)
    model.room = 0
    with pytest.raises(EmbedderDown, match="no room"):
        runtime.embed("listed", TEXTS[:1], Purpose.QUERY)
    model.room = 10
    runtime.embed("listed", TEXTS[:3], Purpose.QUERY)
    assert list(map(len, model.passes)) == [1, 3]


def test_warming_up_runs_every_kind_once(runtime, model) -> None:
    runtime.warm_up()
    assert len(model.passes) == 2


def test_the_others_are_warmed_up_in_the_background_whatever_becomes_of_one(model, caplog) -> None:
    loads: list[str] = []

    def load(name: str) -> base.Embedder:
        loads.append(name)
        if name == "broken":
            raise base.ModelError("its files are gone")
        return model

    runtime = EmbedderRuntime(["default", "broken", "listed"], load)
    runtime.begin_warming_others()
    assert model.entered.acquire(timeout=WAIT_S)
    runtime.close()
    assert loads == ["broken", "listed"]
    assert "its files are gone" in caplog.text


def test_figures_tell_what_calls_took_and_how_full_passes_were(model) -> None:
    seen: list[tuple[str, str]] = []
    runtime = EmbedderRuntime(
        ["listed", "other"],
        lambda name: model,
        scheduling=THREE,
        observe=lambda name, step, seconds: seen.append((name, step)),
    )
    (before, other) = runtime.stats()
    assert (before.loaded, before.calls, before.durations) == (False, 0, None)
    runtime.embed("listed", TEXTS, Purpose.QUERY)
    stats = runtime.stats()[0]
    assert (stats.loaded, stats.calls, stats.contents, stats.batches) == (True, 1, 7, 3)
    assert (stats.waiting_queries, stats.waiting_ingestion, stats.batch_contents) == (
        0,
        0,
        3,
    )
    assert stats.durations is not None
    assert stats.durations.forward_s > 0
    assert seen == [("listed", s) for s in ("wait", "preprocess", "forward", "postprocess")]
    assert runtime.stats()[1] == other
