"""Words are true of their product, varied and grammatical."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.sample_catalog import (
    COLOURS,
    KINDS,
    PATTERNS,
    captions,
    description,
    make_spec,
    title,
    wish,
)
from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.vocabulary import KIND_NAMES, PATTERN_ADJECTIVES, PATTERN_PHRASES
from datasets.sample_catalog.wording import with_article

SPECS = st.builds(
    make_spec,
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(sorted(COLOURS)),
    st.sampled_from(PATTERNS),
    st.integers(0, 10_000).map(Random),
)


@settings(max_examples=60, deadline=None)
@given(spec=SPECS, seed=st.integers(0, 10_000))
def test_a_caption_says_kind_colour_and_pattern(spec, seed):
    patterns = (*PATTERN_ADJECTIVES[spec.pattern], *PATTERN_PHRASES[spec.pattern])
    for caption in captions(spec, Random(seed)):
        assert any(word in caption for word in KIND_NAMES[spec.kind])
        assert any(word in caption for word in SYNONYMS[spec.colour])
        assert any(word in caption for word in patterns)
        assert "{" not in caption


@settings(max_examples=60, deadline=None)
@given(spec=SPECS, seed=st.integers(0, 10_000))
def test_title_and_description_are_prose_that_names_the_kind(spec, seed):
    heading, text = title(spec, Random(seed)), description(spec, Random(seed))
    assert spec.kind in heading.lower()
    assert spec.colour in heading.lower()
    assert text[0].isupper() or text[0].isdigit()
    assert text.endswith(".")
    assert "{" not in heading + text
    assert "  " not in heading + text
    assert 2 <= text.count(". ") + 1 <= 6


def test_titles_and_captions_vary():
    rng = Random(1)
    spec = make_spec("mug", "navy", "stripes", rng)
    assert len({title(spec, rng) for _ in range(40)}) >= 5
    assert len({caption for _ in range(20) for caption in captions(spec, rng)}) > 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_wish_names_the_kind_and_no_look(kind):
    rng = Random(3)
    looks = {*COLOURS, *PATTERNS} - {"plain"}
    for _ in range(30):
        words = wish(kind, rng)
        assert any(name in words for name in KIND_NAMES[kind])
        assert looks.isdisjoint(words.split())


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("a amber mug", "an amber mug"),
        ("a red mug", "a red mug"),
        ("a navy headphones", "a pair of navy headphones"),
        ("show me a headphones in this style", "show me a pair of headphones in this style"),
        ("a mug like a pair", "a mug like a pair"),
    ],
)
def test_the_article_fits_what_follows(written, right):
    assert with_article(written) == right
