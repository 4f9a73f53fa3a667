"""Both implementations of the dual encoder keep the embedder's contract."""

from pathlib import Path

import numpy as np
import pytest

from models import registry
from models.base import Content, Embedder, Purpose
from models.options import LoadOptions
from tests.contract.embedder import EmbedderContract
from tests.models.tiny_dual_encoder import SETTINGS, build


class TestPocket(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> Embedder:
        return registry.load("pocket", LoadOptions(threads=1))


class TestRandomWeights(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
        return registry.load(
            f"onnx:{build(tmp_path_factory.mktemp('tiny'))}", LoadOptions(threads=2)
        )


def test_the_query_prompt_is_for_queries_only(tmp_path: Path) -> None:
    embedder = registry.load(f"onnx:{build(tmp_path)}")
    prompted = embedder.embed([Content(text="red mug")], Purpose.QUERY)
    by_hand = embedder.embed([Content(text="a red mug")], Purpose.INDEX)
    bare = embedder.embed([Content(text="red mug")], Purpose.INDEX)
    np.testing.assert_allclose(prompted, by_hand, atol=1e-6)
    assert not np.allclose(prompted, bare, atol=1e-3)


def test_text_beyond_the_limit_is_cut(tmp_path: Path) -> None:
    embedder = registry.load(f"onnx:{build(tmp_path)}")
    full = Content(text="red " * 12)
    longer = Content(text="red " * 12 + "mug")
    first, second = embedder.embed([full, longer], Purpose.INDEX)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_padding_to_a_fixed_length_leaves_masked_models_alone(tmp_path: Path) -> None:
    loose = registry.load(f"onnx:{build(tmp_path / 'a')}")
    fixed_settings = SETTINGS + "pad_to_max = true\n"
    fixed = registry.load(f"onnx:{build(tmp_path / 'b', settings=fixed_settings)}")
    content = [Content(text="red phone case")]
    np.testing.assert_allclose(
        loose.embed(content, Purpose.INDEX), fixed.embed(content, Purpose.INDEX), atol=1e-6
    )
