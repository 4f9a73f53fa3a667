"""A word fits a picture when it stands out from captions that say nothing, and from the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.types.indexes import IndexSettings
from services.core.types.vectors import Content, Purpose
from services.core.vectors import normalise
from services.ingest import tag_words
from services.ingest.tag_words import MIN_LEAD, MIN_Z, Vocabulary
from tests.ingest.seeing_embedder import SeeingEmbedder
from tests.ingest.world import picture

TAGS = {"colour": ("red", "green", "blue"), "shade": ("black", "white")}
SETTINGS = IndexSettings(embedder="hashing", dimensions=64, tags=TAGS)
RNG = np.random.default_rng(5)
BANK = normalise(RNG.standard_normal((40, 64)))


def vocabulary(*, dimensions: int = 64) -> Vocabulary:
    wanted = IndexSettings(embedder="hashing", dimensions=dimensions, tags=TAGS)
    return tag_words.vocabulary(SeeingEmbedder(), wanted, fingerprint="hashing/1")


def scored(*words: float) -> Vocabulary:
    """Words that score this many deviations for the picture (1, 0), neutral captions -1 and 1."""
    names = tuple(f"w{place}" for place in range(len(words)))
    rows = np.array([[word, 0.0] for word in words])
    return Vocabulary({"kind": names}, {"kind": rows}, np.array([[-1.0, 0.0], [1.0, 0.0]]))


def seen(vocabulary: Vocabulary) -> str | None:
    return tag_words.fitting(vocabulary, "kind", np.array([1.0, 0.0], dtype=np.float32))


@pytest.mark.parametrize("dimensions", [64, 32])
def test_a_picture_gets_the_word_for_what_it_shows(dimensions: int) -> None:
    client = SeeingEmbedder()
    pictures = client.embed(
        "hashing",
        [Content(image=picture(colour)) for colour in ("blue", "red", "yellow")],
        Purpose.INDEX,
        dimensions=dimensions,
    )
    words = vocabulary(dimensions=dimensions)
    assert [tag_words.found(words, [each]) for each in pictures] == [
        {"colour": ["blue"]},
        {"colour": ["red"]},
        {},
    ]
    # In the vocabulary's order, whatever that of the pictures is.
    assert tag_words.found(words, list(pictures)) == {"colour": ["red", "blue"]}


def test_a_word_must_reach_the_threshold() -> None:
    assert seen(scored(MIN_Z, 0.0)) == "w0"
    assert seen(scored(MIN_Z - 0.01, 0.0)) is None


def test_a_word_must_lead_the_second() -> None:
    assert seen(scored(3.0 + MIN_LEAD, 3.0)) == "w0"
    assert seen(scored(3.0, 3.01 + MIN_LEAD)) == "w1"
    assert seen(scored(3.0 + MIN_LEAD - 0.01, 3.0)) is None


def test_the_only_word_of_a_list_needs_to_lead_nobody() -> None:
    assert seen(scored(MIN_Z)) == "w0"


def test_a_picture_that_no_caption_tells_apart_gets_nothing() -> None:
    flat = Vocabulary({"kind": ("w0",)}, {"kind": np.ones((1, 2))}, np.ones((3, 2)))
    assert seen(flat) is None


@given(order=st.permutations(range(len(BANK))), cut=st.integers(1, len(BANK) - 1))
@settings(max_examples=30, deadline=None)
def test_neither_batch_nor_order_changes_what_a_picture_gets(order: list[int], cut: int) -> None:
    words = vocabulary()
    alone = [tag_words.fitting(words, "colour", picture) for picture in BANK]
    shuffled = np.ascontiguousarray(BANK[order])
    parts = (shuffled[:cut], shuffled[cut:])
    together = [tag_words.fitting(words, "colour", each) for part in parts for each in part]
    assert together == [alone[place] for place in order]
    union = {word for word in alone if word is not None}
    assert set(tag_words.found(words, list(shuffled)).get("colour", [])) == union


def test_words_are_embedded_once_for_an_embedder_and_a_size() -> None:
    asked: list[int] = []

    class Counting(SeeingEmbedder):
        def embed(self, embedder, contents, purpose, *, dimensions=None):
            asked.append(len(contents))
            assert purpose is Purpose.QUERY
            return super().embed(embedder, contents, purpose, dimensions=dimensions)

    client = Counting()
    first = tag_words.vocabulary(client, SETTINGS, fingerprint="counted")
    assert tag_words.vocabulary(client, SETTINGS, fingerprint="counted") is first
    assert sum(asked) == 2 * 5 + len(tag_words.NEUTRAL)
    tag_words.vocabulary(client, SETTINGS, fingerprint="another")
    assert sum(asked) == 2 * (2 * 5 + len(tag_words.NEUTRAL))
