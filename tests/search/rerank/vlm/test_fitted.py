"""Catalog pictures stand under the numbers of whatever order they are asked for in."""

import io
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.rerank_oracle import Eyes
from datasets.sample_catalog import draw, fur, make_spec
from services.search.rerank.vlm import grid

LOOKS = ("plain", "stripes", "dots")
KINDS = ("mug", "sofa", "hat")


def encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


@pytest.fixture(scope="module")
def products() -> dict[str, bytes]:
    """Nine pictures, three of each kind."""
    rng = Random(3)
    return {
        f"{kind}, {look}": encoded(draw(make_spec(kind, "teal", look, rng)))
        for kind in KINDS
        for look in LOOKS
    }


@pytest.fixture(scope="module")
def eyes(products: dict[str, bytes]) -> Eyes:
    return Eyes(products)


@pytest.fixture(scope="module")
def fitted(products: dict[str, bytes]) -> grid.Fitted:
    return grid.fit(encoded(fur("leopard", Random(1))), list(products.values()))


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(9)))
def test_number_and_picture_agree_in_every_order(
    products: dict[str, bytes], eyes: Eyes, fitted: grid.Fitted, places: list[int]
) -> None:
    names = list(products)
    assert eyes.look(fitted.compose(places), count=9) == [names[at] for at in places]


def test_fitted_once_or_composed_at_once_is_the_same(
    products: dict[str, bytes], fitted: grid.Fitted
) -> None:
    query = encoded(fur("leopard", Random(1)))
    assert fitted.compose(range(9)) == grid.compose(query, list(products.values()))
