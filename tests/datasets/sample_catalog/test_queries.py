"""The graded answers follow from the attributes that the catalog shows to everybody."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from datasets.sample_catalog import KINDS
from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.products import assortment
from datasets.sample_catalog.queries import qrels, questions
from datasets.sample_catalog.vocabulary import (
    KIND_NAMES,
    PATTERN_ADJECTIVES,
    PATTERN_PHRASES,
)

SHOP = assortment(seed=7, count=900)
QUERIES, PICTURES = questions(SHOP, seed=7)
LINES = qrels(QUERIES, SHOP).splitlines()


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, int]]:
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for line in LINES:
        query, zero, document, grade = line.split(" ")
        assert zero == "0"
        assert document not in graded[query]
        graded[query][document] = int(grade)
    return graded


@pytest.fixture(scope="module")
def attributes() -> dict[str, dict]:
    documents = [product.document() for product in SHOP]
    return {document["id"]: document["attributes"] for document in documents}


def look_of_picture(path: str) -> tuple[str, str]:
    """Colour and pattern, read from the file's name."""
    name = path.removeprefix("queries/").removesuffix(".jpg")
    if "fur" in name:
        return {"leopard": ("amber", "leopard"), "zebra": ("white", "zebra")}[name.split("-")[0]]
    _, colour, pattern, _ = name.split("-")
    return colour, pattern


def test_there_are_150_text_100_image_and_100_composed_queries():
    assert Counter(query.type for query in QUERIES) == {"text": 150, "image": 100, "composed": 100}
    assert len({query.query_id for query in QUERIES}) == 350


def test_every_picture_that_a_query_names_is_to_be_drawn():
    assert {q.image for q in QUERIES if q.image} <= {picture.path for picture in PICTURES}
    assert len({picture.path for picture in PICTURES}) == len(PICTURES)


def test_an_image_query_wants_its_product_then_its_look_then_its_pattern(answers, attributes):
    for query in (q for q in QUERIES if q.type == "image"):
        shown = query.image.removeprefix("queries/photo-").removesuffix(".jpg")
        expected = {}
        for name, found in attributes.items():
            same = {key: found[key] == attributes[shown][key] for key in found}
            if same["kind"] and same["pattern"]:
                expected[name] = 3 if name == shown else 2 if same["colour"] else 1
        assert answers[query.query_id] == expected


def test_a_composed_query_wants_the_kind_it_says_in_the_look_it_shows(answers, attributes):
    for query in (q for q in QUERIES if q.type == "composed"):
        colour, pattern = look_of_picture(query.image)
        kinds = {attributes[name]["kind"] for name in answers[query.query_id]}
        assert len(kinds) == 1
        kind = kinds.pop()
        assert any(name in query.text for name in KIND_NAMES[kind])
        assert answers[query.query_id] == {
            name: 1 + (found["colour"] == colour) + (found["pattern"] == pattern)
            for name, found in attributes.items()
            if found["kind"] == kind
        }


def test_a_text_query_names_the_kind_colour_and_pattern_of_its_best_answers(answers, attributes):
    for query in (q for q in QUERIES if q.type == "text"):
        graded = answers[query.query_id]
        best = [attributes[name] for name, grade in graded.items() if grade == 3]
        kind, colour, pattern = best[0]["kind"], best[0]["colour"], best[0]["pattern"]
        assert any(name in query.text for name in KIND_NAMES[kind])
        assert any(name in query.text for name in SYNONYMS[colour])
        said = (*PATTERN_ADJECTIVES[pattern], *PATTERN_PHRASES[pattern])
        assert any(words in query.text for words in said)
        assert graded == {
            name: 1 + (found["colour"] == colour) + (found["pattern"] == pattern)
            for name, found in attributes.items()
            if found["kind"] == kind
        }


def test_text_and_composed_queries_have_several_full_answers(answers):
    for query in (q for q in QUERIES if q.type != "image"):
        assert sum(grade == 3 for grade in answers[query.query_id].values()) >= 2


def test_the_demo_has_three_amber_leopard_phone_cases_for_an_answer(answers, attributes):
    right = [name for name, grade in answers["composed-001"].items() if grade == 3]
    assert len(right) == 3
    for name in right:
        found = attributes[name]
        assert (found["kind"], found["colour"], found["pattern"]) == (
            "phone case",
            "amber",
            "leopard",
        )


def test_leopard_phone_cases_come_in_other_colours_too():
    colours = {
        p.spec.colour for p in SHOP if (p.spec.kind, p.spec.pattern) == ("phone case", "leopard")
    }
    assert colours > {"amber"}


def test_composed_queries_reach_most_kinds():
    wanted = {query.wanted.kind for query in QUERIES if query.type == "composed"}
    assert len(wanted) >= len(KINDS) - 2


@pytest.mark.parametrize("count", [1, 5, 40])
def test_a_small_shop_is_asked_only_what_it_can_answer(count):
    products = assortment(seed=7, count=count)
    queries, _ = questions(products, seed=7)
    graded = qrels(queries, products).splitlines()
    best = {line.split(" ")[0] for line in graded if line.endswith(" 3")}
    assert best == {query.query_id for query in queries}
