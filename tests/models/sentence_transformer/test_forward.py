"""Running the network: mixed batches, a full device, and giving the memory back."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from models.base import Content, OutOfMemory, Purpose, UnreadableMedia
from models.sentence_transformer import SentenceTransformerEmbedder, embedder
from tests.contract.sample_media import clip
from tests.models.sentence_transformer.conftest import load_folder

Folder = Callable[[str], Path]
TEXT = [Content(text="a red mug")]


def test_heard_and_silent_videos_share_a_batch(
    loaded: Callable[[str], SentenceTransformerEmbedder],
) -> None:
    videos = [clip("red", hertz=220.0), clip("blue"), clip("green", hertz=440.0)]
    contents = [Content(video=data, start_s=0.5, end_s=1.5) for data in videos]
    gemma = loaded("embedding_gemma")
    alone = [gemma.embed([content], Purpose.INDEX)[0] for content in contents]
    np.testing.assert_allclose(gemma.embed(contents, Purpose.INDEX), np.stack(alone), atol=1e-5)


def test_a_clip_of_more_tokens_than_the_model_reads_is_refused_with_both_numbers(
    loaded: Callable[[str], SentenceTransformerEmbedder],
) -> None:
    short, long = (Content(video=clip("red"), frames=frames) for frames in (2, 16))
    with pytest.raises(UnreadableMedia, match=r"takes 1\d\d\d tokens.* at most 512") as refused:
        loaded("embedding_gemma").embed([short, long], Purpose.QUERY)
    assert refused.value.reason == "too_many_tokens"


def test_a_long_batch_is_run_in_pieces(
    loaded: Callable[[str], SentenceTransformerEmbedder],
) -> None:
    contents = [Content(text=f"mug {number}") for number in range(40)]
    text = contents[0].modalities()
    prepared = loaded("bert").preprocess(text, contents, Purpose.INDEX)
    rows = [len(chunk.features["input_ids"]) for chunk in prepared]
    assert sum(rows) == 40
    assert max(rows) <= embedder.CHUNK["cpu"]


def test_prepared_contents_can_be_run_again(
    loaded: Callable[[str], SentenceTransformerEmbedder],
) -> None:
    text = TEXT[0].modalities()
    prepared = loaded("bert").preprocess(text, TEXT, Purpose.INDEX)
    first, second = (loaded("bert").forward(text, prepared) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
    ids=["gpu", "processor"],
)
def test_a_full_device_is_out_of_memory(error: Exception, folder: Folder) -> None:
    full = load_folder(folder("bert"))

    def refuse(*_: object) -> None:
        raise error

    full._model.register_forward_pre_hook(refuse)
    with pytest.raises(OutOfMemory):
        full.embed(TEXT, Purpose.QUERY)


def test_closing_gives_the_weights_back(folder: Folder) -> None:
    used = load_folder(folder("bert"))
    used.embed(TEXT, Purpose.QUERY)
    weights = weakref.ref(used._model)
    used.close()
    gc.collect()
    assert weights() is None
