"""Our scores are those of Sentence Transformers itself, before its activation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder

from models import pixels
from models.base import Content
from models.cross_encoder import CrossEncoderScorer
from tests.contract.sample_media import picture

# transformers leaves the files of further chat templates open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*chat_templates:ResourceWarning")

Load = Callable[[str], CrossEncoderScorer]
ALL = ("bert", "pooled", "xlm_roberta", "qwen3", "qwen3_vl")
QUERY = "a red mug"
TEXTS = ("mug", "a cup that is red, for coffee", "x " * 60, "phone case")
RED, BLUE = picture("red"), picture("blue", size=(90, 400))


@pytest.fixture(scope="session")
def reference(folder: Callable[[str], Path]) -> Callable[[str], Any]:
    """The library's own model of a kind."""
    known: dict[str, Any] = {}

    def load(kind: str) -> Any:
        if kind not in known:
            known[kind] = CrossEncoder(str(folder(kind)), device="cpu", local_files_only=True)
        return known[kind]

    return load


def raw(model: Any, pairs: list[Any]) -> np.ndarray:
    scores = model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
    return np.asarray(scores)


@pytest.mark.parametrize("kind", ALL)
def test_texts(kind: str, loaded: Load, reference: Callable[[str], Any]) -> None:
    model = reference(kind)
    model.max_seq_length = loaded(kind).describe().max_text_tokens
    ours = loaded(kind).score(Content(text=QUERY), [Content(text=text) for text in TEXTS])
    assert ours.dtype == np.float32
    assert np.abs(ours - raw(model, [(QUERY, text) for text in TEXTS])).max() <= 1e-5
    assert np.ptp(ours) > 1e-2


def test_pictures_on_both_sides(loaded: Load, reference: Callable[[str], Any]) -> None:
    red, blue = pixels.decode(RED), pixels.decode(BLUE)
    contents = [Content(image=BLUE), Content(text="mug"), Content(text="mug", image=BLUE)]
    for query, side in (
        (Content(image=RED), {"image": red}),
        (Content(text=QUERY, image=RED), {"image": red, "text": QUERY}),
        (Content(text=QUERY), {"text": QUERY}),
    ):
        documents = [{"image": blue}, {"text": "mug"}, {"image": blue, "text": "mug"}]
        theirs = raw(reference("qwen3_vl"), [(side, each) for each in documents])
        assert np.abs(loaded("qwen3_vl").score(query, contents) - theirs).max() <= 1e-5


def test_the_sigmoid_of_a_score_is_the_relevance_that_the_library_returns(
    loaded: Load, reference: Callable[[str], Any]
) -> None:
    ours = loaded("qwen3_vl").score(Content(text=QUERY), [Content(text=text) for text in TEXTS])
    theirs = reference("qwen3_vl").predict([(QUERY, text) for text in TEXTS])
    assert np.abs(1 / (1 + np.exp(-ours)) - theirs).max() <= 1e-5
