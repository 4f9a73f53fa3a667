"""Texts and sequences: positions, limits, padding, against transformers' own models."""

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from models.base import Content, Purpose, UnsupportedContent
from models.visualized_bge import VisualizedBge
from tests.contract.sample_media import picture
from tests.models.visualized_bge.kit import TINY

WORDS = "the red bicycle of a wall, 12 of them! "
LENGTHS = {"tiny_base": (512, 316), "tiny_m3": (512, 258)}
"""Tokens of the longest text, alone and beside a picture, the special ones counted."""
RED = picture("red")


@pytest.fixture(scope="module")
def plain_encoder(tiny_model: str) -> torch.nn.Module:
    """The text encoder as transformers runs it by itself, from the same made-up weights."""
    path = TINY.folder / "config" / tiny_model / "config.json"
    config, model = (
        (XLMRobertaConfig, XLMRobertaModel) if "m3" in tiny_model else (BertConfig, BertModel)
    )
    encoder = model(config.from_json_file(path), add_pooling_layer=False).eval()
    state = {
        name.removeprefix("bge_"): torch.from_numpy(values)
        for name, values in TINY.state(tiny_model).items()
        if name.startswith(("bge_embeddings.", "bge_encoder."))
    }
    encoder.load_state_dict(state)
    return encoder


def alone(encoder: torch.nn.Module, ids: list[int]) -> np.ndarray:
    """The unit vector of one text."""
    with torch.inference_mode():
        first = encoder(torch.tensor([ids])).last_hidden_state[0, 0].numpy()
    return first / np.linalg.norm(first)


def ids_of(tiny: VisualizedBge, text: str, image: bytes | None = None) -> list[int]:
    content = Content(text=text, image=image)
    (ids,) = tiny.preprocess(content.modalities(), [content], Purpose.QUERY).ids
    return ids


@pytest.mark.parametrize("repeats", [1, 3, 10, 40])
def test_texts_of_any_length_equal_the_plain_text_encoder(
    tiny: VisualizedBge, plain_encoder: torch.nn.Module, repeats: int
) -> None:
    (ours,) = tiny.embed([Content(text=WORDS * repeats)], Purpose.QUERY)
    expected = alone(plain_encoder, ids_of(tiny, WORDS * repeats))
    np.testing.assert_allclose(ours, expected, atol=2e-6)


def test_a_padded_batch_of_texts_equals_the_plain_text_encoder(
    tiny: VisualizedBge, plain_encoder: torch.nn.Module
) -> None:
    texts = [WORDS * n for n in (1, 30, 2, 7)]
    ours = tiny.embed([Content(text=text) for text in texts], Purpose.QUERY)
    expected = [alone(plain_encoder, ids_of(tiny, text)) for text in texts]
    np.testing.assert_allclose(ours, np.stack(expected), atol=2e-6)


def test_a_padding_token_written_in_a_text_is_read_as_the_plain_text_encoder_reads_it(
    tiny: VisualizedBge, plain_encoder: torch.nn.Module, tiny_model: str
) -> None:
    text = "a red <pad> wall" if "m3" in tiny_model else "a red [PAD] wall"
    ids = ids_of(tiny, text)
    assert tiny._pad in ids
    longer = Content(text=WORDS * 4)
    ours = tiny.embed([Content(text=text), longer], Purpose.QUERY)[0]
    np.testing.assert_allclose(ours, alone(plain_encoder, ids), atol=2e-6)


def test_a_text_too_long_is_cut_and_keeps_its_closing_token(
    tiny: VisualizedBge, tiny_model: str
) -> None:
    longest, beside = LENGTHS[tiny_model]
    whole = ids_of(tiny, WORDS)
    for image, limit in ((None, longest), (RED, beside)):
        ids = ids_of(tiny, WORDS * 300, image)
        assert len(ids) == limit
        assert (ids[0], ids[-1]) == (whole[0], whole[-1])
        assert ids[1 : len(whole) - 1] == whole[1:-1]
        vectors = tiny.embed(
            [Content(text=WORDS * times, image=image) for times in (300, 301)], Purpose.INDEX
        )
        np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert tiny.describe().max_text_tokens == longest


def test_a_blank_text_beside_a_picture_adds_nothing(tiny: VisualizedBge) -> None:
    contents = [Content(image=RED), Content(text="", image=RED), Content(text=" \n", image=RED)]
    vectors = tiny.embed(contents, Purpose.QUERY)
    for vector in vectors[1:]:
        np.testing.assert_allclose(vector, vectors[0], atol=1e-6)


def test_padding_beside_a_picture_changes_nothing(tiny: VisualizedBge) -> None:
    contents = [Content(text=WORDS * n, image=RED) for n in (1, 20, 3)]
    together = tiny.embed(contents, Purpose.QUERY)
    apart = [tiny.embed([content], Purpose.QUERY)[0] for content in contents]
    np.testing.assert_allclose(together, np.stack(apart), atol=2e-6)


def test_more_texts_than_fit_one_pass_keep_their_order(tiny_base: VisualizedBge) -> None:
    texts = [Content(text=f"{n} {WORDS * (40 if n % 2 else 1)}") for n in range(60)]
    together = tiny_base.embed(texts, Purpose.INDEX)
    some = [tiny_base.embed([texts[n]], Purpose.INDEX)[0] for n in (0, 1, 31, 59)]
    np.testing.assert_allclose(together[[0, 1, 31, 59]], np.stack(some), atol=2e-6)


def test_weight_is_the_length_of_the_sequence(tiny: VisualizedBge, tiny_model: str) -> None:
    patches = 256 if "m3" in tiny_model else 196
    words = len(ids_of(tiny, WORDS))
    assert tiny.weigh(Content(text=WORDS)) == words
    assert tiny.weigh(Content(image=RED)) == patches + 2
    assert tiny.weigh(Content(text=WORDS, image=RED)) == patches + words
    assert tiny.weigh(Content(text=WORDS * 300)) == LENGTHS[tiny_model][0]


def test_half_a_surrogate_pair_is_refused(tiny_base: VisualizedBge) -> None:
    with pytest.raises(UnsupportedContent, match="surrogate"):
        tiny_base.embed([Content(text="half \ud83d")], Purpose.QUERY)
    with pytest.raises(UnsupportedContent, match="surrogate"):
        tiny_base.embed([Content(text="half \ud83d"), Content(text="x")], Purpose.QUERY)
