"""The runtime: loads once, splits batches, turns the models' errors into ours."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models import base
from services.core.errors import EmbedderDown, InputError, MediaRefused
from services.core.types.vectors import Content, Purpose
from services.embedder.runtime import EmbedderRuntime

TEXTS = [Content(text=f"number {n}") for n in range(7)]


class Lengths(base.TemplateEmbedder[list[base.Content]]):
    """Vectors from the lengths of texts and pictures; remembers the sizes of its batches."""

    def __init__(self, *, joint: bool = False) -> None:
        self.joint = joint
        self.batches: list[int] = []

    def describe(self) -> base.Description:
        return base.Description(
            name="lengths",
            fingerprint="00ff00ff",
            modalities=frozenset({base.Modality.TEXT, base.Modality.IMAGE}),
            joint=self.joint,
            dimensions=(4, 2),
            max_text_tokens=16,
            licence="Apache-2.0",
            summary="For tests.",
        )

    def embed(
        self,
        batch: Sequence[base.Content],
        purpose: base.Purpose,
        *,
        dimensions: int | None = None,
    ) -> base.Vectors:
        self.batches.append(len(batch))
        return super().embed(batch, purpose, dimensions=dimensions)

    def preprocess(self, modalities, batch, purpose):
        return list(batch)

    def forward(self, modalities, prepared) -> base.Vectors:
        if any(content.text == "crash" for content in prepared):
            raise RuntimeError("the device is lost")
        if any(content.image == b"damaged" for content in prepared):
            raise base.UnreadableMedia("damaged", "the picture is damaged")
        rows = [[len(content.text or ""), len(content.image or b""), 1, 2] for content in prepared]
        return np.asarray(rows, dtype=np.float32)


@pytest.fixture
def model() -> Lengths:
    return Lengths()


@pytest.fixture
def runtime(model: Lengths) -> EmbedderRuntime:
    return EmbedderRuntime(["lengths"], lambda name: model, batch=3)


def test_a_big_batch_is_split_and_keeps_its_order(runtime, model) -> None:
    contents = [*TEXTS, Content(image=b"123")]
    vectors = runtime.embed("lengths", contents, Purpose.INDEX)
    assert model.batches == [3, 3, 2]
    alone = [runtime.embed("lengths", [content], Purpose.INDEX)[0] for content in contents]
    np.testing.assert_array_equal(vectors, np.stack(alone))
    assert vectors.dtype == np.float32


def test_dimensions_none_is_the_largest_and_others_must_be_offered(runtime) -> None:
    assert runtime.embed("lengths", TEXTS, Purpose.QUERY).shape == (7, 4)
    assert runtime.embed("lengths", TEXTS, Purpose.QUERY, dimensions=2).shape == (7, 2)
    assert runtime.embed("lengths", [], Purpose.QUERY).shape == (0, 4)
    with pytest.raises(InputError, match="dimensions: lengths offers 4, 2"):
        runtime.embed("lengths", TEXTS, Purpose.QUERY, dimensions=3)


def test_a_model_is_loaded_once_however_many_ask_at_once(model) -> None:
    loads: list[str] = []

    def load(name: str) -> base.Embedder:
        loads.append(name)
        return model

    runtime = EmbedderRuntime(["lengths"], load)
    assert loads == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: runtime.embed("lengths", TEXTS, Purpose.QUERY), range(16)))
    assert loads == ["lengths"]


def test_info_tells_what_the_model_says_under_the_name_it_was_asked_by(runtime) -> None:
    info = runtime.info("lengths")
    assert (info.name, info.fingerprint, info.dimensions) == ("lengths", "00ff00ff", (4, 2))
    assert info.modalities == {"text", "image"}


def test_patterns_are_no_names(model) -> None:
    runtime = EmbedderRuntime(["lengths", "onnx:<folder>"], lambda name: model)
    assert runtime.names() == ("lengths",)
    for name in ("onnx:/etc", "onnx:<folder>", "unknown"):
        with pytest.raises(InputError, match="embedder"):
            runtime.info(name)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Content(), r"contents\[1\]"),
        (Content(text=" "), r"contents\[1\]\.text"),
        (Content(text="a", image=b"b"), r"contents\[1\]"),
    ],
)
def test_content_it_cannot_do_is_refused_by_position(runtime, model, content, field) -> None:
    with pytest.raises(InputError, match=field):
        runtime.embed("lengths", [TEXTS[0], content], Purpose.QUERY)
    assert model.batches == []


def test_text_and_picture_go_together_where_the_model_is_joint() -> None:
    runtime = EmbedderRuntime(["lengths"], lambda name: Lengths(joint=True))
    vectors = runtime.embed("lengths", [Content(text="ab", image=b"123")], Purpose.QUERY)
    np.testing.assert_allclose(vectors[0] / vectors[0][2], [2, 3, 1, 2], rtol=1e-6)


def test_a_picture_the_model_cannot_read_is_refused_with_its_reason(runtime) -> None:
    with pytest.raises(MediaRefused) as refused:
        runtime.embed("lengths", [Content(image=b"damaged")], Purpose.QUERY)
    assert refused.value.reason == "corrupt_image"


def test_a_crash_means_the_embedder_is_down_and_the_next_call_is_tried(runtime) -> None:
    with pytest.raises(EmbedderDown, match="device is lost"):
        runtime.embed("lengths", [Content(text="crash")], Purpose.INDEX)
    assert runtime.embed("lengths", TEXTS, Purpose.INDEX).shape == (7, 4)


def test_a_failed_load_is_down_and_tried_again(model) -> None:
    answers = iter([base.ModelError("files are missing"), model])

    def load(name: str) -> base.Embedder:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    runtime = EmbedderRuntime(["lengths"], load)
    with pytest.raises(EmbedderDown, match="files are missing"):
        runtime.check()
    runtime.check()
    runtime.warm_up()
    assert model.batches == [1]
