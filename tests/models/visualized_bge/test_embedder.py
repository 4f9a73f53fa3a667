"""Visualized BGE keeps the embedder's contract, and says what it was loaded for."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models import registry, torch_device
from models.base import Content, Embedder, Modality, ModelError, OutOfMemory, Purpose
from models.options import Device, LoadOptions, Precision
from models.visualized_bge import VisualizedBge
from tests.contract.embedder import EmbedderContract
from tests.contract.sample_media import picture
from tests.models.visualized_bge.kit import TINY, opened

BOTH = [
    Content(text="a red mug"),
    Content(image=picture("red")),
    Content(text="in blue", image=picture("red")),
]


class TestTinyBase(EmbedderContract):
    joint = True

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, tiny_base: VisualizedBge) -> Embedder:
        return tiny_base


def test_describes_a_joint_embedder_and_advises(tiny_base: VisualizedBge) -> None:
    described = tiny_base.describe()
    assert described.joint
    assert described.modalities == {Modality.TEXT, Modality.IMAGE}
    assert described.dimensions == (128,)
    assert "composed" in described.advice


def test_a_card_s_words_are_passed_on(tmp_path: Path) -> None:
    folder = TINY.assemble("tiny_base", tmp_path)
    name = "visualized-bge-base-en-v1.5"
    loaded = registry.load(name, LoadOptions(weights=folder, device=Device.CPU))
    card = registry.find(name).card
    assert card is not None
    described = loaded.describe()
    assert (described.name, described.advice) == (name, card.advice)
    assert (described.licence, described.summary) == (card.licence, card.summary)
    assert len(described.fingerprint) == 16


def test_both_purposes_give_the_same_vector(tiny_base: VisualizedBge) -> None:
    query, index = (tiny_base.embed(BOTH, purpose) for purpose in Purpose)
    np.testing.assert_array_equal(query, index)


def test_bfloat16_points_the_same_way(tmp_path: Path, tiny_base: VisualizedBge) -> None:
    folder = TINY.assemble("tiny_base", tmp_path)
    coarse = opened(folder, LoadOptions(device=Device.CPU, precision=Precision.BFLOAT16))
    assert {each.dtype for each in coarse._network.parameters()} == {torch.bfloat16}
    vectors = coarse.embed(BOTH, Purpose.QUERY)
    assert vectors.dtype == np.float32
    assert (vectors * tiny_base.embed(BOTH, Purpose.QUERY)).sum(axis=1).min() > 0.995


def test_the_processor_gets_float32_unless_told_otherwise(tmp_path: Path) -> None:
    loaded = opened(TINY.assemble("tiny_base", tmp_path), LoadOptions(device=Device.CPU))
    assert {each.dtype for each in loaded._network.parameters()} == {torch.float32}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="device: cuda was asked for"):
        opened(TINY.assemble("tiny_base", tmp_path), LoadOptions(device=Device.CUDA))


def test_threads_are_set_only_when_given(tmp_path: Path) -> None:
    folder = TINY.assemble("tiny_base", tmp_path)
    before = torch.get_num_threads()
    try:
        opened(folder)
        assert torch.get_num_threads() == before
        opened(folder, LoadOptions(device=Device.CPU, threads=before + 1))
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_a_batch_without_room_is_out_of_memory() -> None:
    with pytest.raises(OutOfMemory, match="machine"), torch_device.refusing_overflow():
        torch.empty(1 << 60, dtype=torch.uint8)
    with pytest.raises(OutOfMemory, match="GPU"), torch_device.refusing_overflow():
        raise torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(RuntimeError, match="shapes"), torch_device.refusing_overflow():
        raise RuntimeError("shapes do not match")


def test_what_is_closed_holds_no_network(tmp_path: Path) -> None:
    loaded = opened(TINY.assemble("tiny_base", tmp_path))
    loaded.close()
    assert not hasattr(loaded, "_network")
