"""The assortment covers every kind, colour and pattern, and sells several of each look."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.sample_catalog import COLOURS, KINDS, PATTERNS, is_sold
from datasets.sample_catalog.products import LOOKS, VARIANTS, assortment, looks_of


@pytest.fixture(scope="module")
def shop():
    return assortment(seed=7, count=900)


def test_there_are_900_with_ids_and_skus_of_their_own(shop):
    assert len({product.id for product in shop}) == len({product.sku for product in shop}) == 900


def test_every_kind_is_sold_in_every_colour_and_every_pattern(shop):
    for kind in KINDS:
        specs = [product.spec for product in shop if product.spec.kind == kind]
        assert {spec.colour for spec in specs} == set(COLOURS)
        assert {spec.pattern for spec in specs} == set(PATTERNS)


def test_all_but_the_last_look_of_a_kind_come_in_three_variants(shop):
    looks = Counter((p.spec.kind, p.spec.colour, p.spec.pattern) for p in shop)
    assert Counter(looks.values()) == {VARIANTS: len(KINDS) * (LOOKS - 1), 2: len(KINDS)}


def test_the_animals_own_looks_come_as_every_kind(shop):
    sold = {(p.spec.kind, p.spec.colour, p.spec.pattern) for p in shop}
    assert {(kind, "amber", "leopard") for kind in KINDS} <= sold
    assert {(kind, "white", "zebra") for kind in KINDS} <= sold


def test_a_smaller_shop_is_the_beginning_of_a_larger_one(shop):
    assert assortment(seed=7, count=40) == shop[:40]


def test_a_shop_beyond_its_looks_starts_them_again():
    count = len(KINDS) * (LOOKS * VARIANTS + 1)
    last = assortment(seed=7, count=count)[-len(KINDS)]
    assert (last.id, last.spec.colour, last.spec.pattern) == ("phone-case-0052", "amber", "leopard")


def test_numbers_are_plausible(shop):
    for product in shop:
        low, high = KINDS[product.spec.kind].prices
        assert low <= product.price <= high
        assert round(product.price, 2) == product.price
        assert 1 <= product.rating <= 5
        assert round(product.rating, 1) == product.rating
        assert 0 <= product.popularity <= 1
        assert 0 <= product.margin <= 1
        assert product.document()["attributes"]["in_stock"] == (product.stock > 0)
    assert {product.sponsored for product in shop} == {0, 1}
    assert 0 < sum(product.stock == 0 for product in shop) < 200


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(sorted(KINDS)))
def test_looks_are_distinct_visible_and_balanced_for_any_seed(seed, kind):
    looks = looks_of(kind, seed=seed)
    assert len(set(looks)) == LOOKS
    assert all(is_sold(*look) for look in looks)
    assert {colour for colour, _ in looks} == set(COLOURS)
    assert {pattern for _, pattern in looks} == set(PATTERNS)
