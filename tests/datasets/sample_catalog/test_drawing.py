"""Drawings depend on the specification alone and show what it says."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from datasets.sample_catalog import (
    COLOURS,
    KINDS,
    PATTERNS,
    draw,
    fur,
    is_sold,
    make_spec,
    photograph,
    swatch,
)
from datasets.sample_catalog.drawing import cut_out
from datasets.sample_catalog.palette import base


def pixels(picture) -> np.ndarray:
    return np.asarray(picture, np.float32) / 255


def body(spec) -> np.ndarray:
    """The median colour of what is drawn, without the background."""
    drawn = pixels(cut_out(spec, size=96))
    return np.median(drawn[drawn[..., 3] > 0.9][:, :3], axis=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_drawn_alike_twice_and_differs_by_seed(kind):
    spec = make_spec(kind, "teal", "dots", Random(1))
    assert draw(spec, size=96).tobytes() == draw(spec, size=96).tobytes()
    assert (
        draw(replace(spec, seed=spec.seed + 1), size=96).tobytes() != draw(spec, size=96).tobytes()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_stands_free_of_the_pictures_edges(kind):
    for seed in range(4):
        cover = pixels(cut_out(make_spec(kind, "red", "plain", Random(seed)), size=128))[..., 3]
        edge = np.concatenate([cover[0], cover[-1], cover[:, 0], cover[:, -1]])
        assert edge.max() < 0.1
        assert 0.05 < (cover > 0.5).mean() < 0.75


@pytest.mark.parametrize("colour", COLOURS)
def test_a_plain_phone_case_has_the_colour_it_is_sold_as(colour):
    shown = body(make_spec("phone case", colour, "plain", Random(3)))
    nearest = min(COLOURS, key=lambda name: float(np.abs(base(name) - shown).sum()))
    assert nearest == colour


@pytest.mark.parametrize("pattern", [name for name in PATTERNS if name != "plain"])
def test_a_pattern_changes_the_picture_and_keeps_the_colour(pattern):
    plain = make_spec("cushion", "pink", "plain", Random(2))
    patterned = replace(plain, pattern=pattern)
    first, second = pixels(draw(plain, size=96)), pixels(draw(patterned, size=96))
    assert np.abs(first - second).mean() > 0.01
    red, green, blue = body(patterned)
    assert red > blue > green


@pytest.mark.parametrize("size", [64, 128, 200])
def test_pictures_have_the_size_asked_for(size):
    spec = make_spec("mug", "navy", "stripes", Random(1))
    for picture in (
        draw(spec, size=size),
        photograph(spec, Random(1), size=size),
        fur("leopard", Random(1), size),
        swatch("plaid", "green", Random(1), size),
    ):
        assert (picture.mode, picture.size) == ("RGB", (size, size))


def test_query_pictures_repeat_by_seed_and_vary_between_seeds():
    spec = make_spec("lamp", "yellow", "chevron", Random(1))
    for make in (
        lambda rng: photograph(spec, rng, size=64),
        lambda rng: fur("zebra", rng, 64),
        lambda rng: swatch("floral", "red", rng, 64),
    ):
        assert make(Random(5)).tobytes() == make(Random(5)).tobytes()
        assert make(Random(5)).tobytes() != make(Random(6)).tobytes()


def test_every_swatch_that_is_sold_can_be_drawn():
    for pattern in PATTERNS:
        for colour in COLOURS:
            if is_sold(colour, pattern):
                assert swatch(pattern, colour, Random(1), 48).size == (48, 48)


def test_fur_is_hair_and_not_flat_print():
    coat = pixels(fur("leopard", Random(4), 192)).mean(axis=2)
    print_ = pixels(swatch("leopard", "amber", Random(4), 192)).mean(axis=2)

    def roughness(picture):
        return np.median(np.abs(np.diff(picture, axis=0)))

    assert roughness(coat) > 3 * roughness(print_)


def test_only_animals_have_fur():
    with pytest.raises(ValueError, match="'plaid' is no fur"):
        fur("plaid", Random(1), 64)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("spoon", "red", "plain"), "kind: 'spoon'"),
        (("mug", "mauve", "plain"), "colour: 'mauve'"),
        (("mug", "red", "paisley"), "pattern: 'paisley'"),
    ],
)
def test_an_unknown_word_in_a_specification_is_named(given, field):
    with pytest.raises(ValueError, match=field):
        make_spec(*given, Random(1))
