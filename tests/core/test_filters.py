"""Filters: what is accepted, what is refused and where, and what a filter means."""

from __future__ import annotations

import pytest

from services.core.errors import BadFilter, InputError
from services.core.filters import check_attribute, matches, parse
from services.core.types.filters import And, Comparison, Not, Operator, Or
from services.core.types.indexes import AttributeType

ATTRIBUTES = {
    "brand": AttributeType.STRING,
    "price": AttributeType.NUMBER,
    "stock": AttributeType.INTEGER,
    "new": AttributeType.BOOLEAN,
    "tags": AttributeType.TAGS,
}


def test_a_plain_value_means_equality() -> None:
    assert parse({"brand": "Acme"}, ATTRIBUTES) == Comparison("brand", Operator.EQ, "Acme")


def test_several_keys_must_all_hold() -> None:
    tree = parse({"price": {"gte": 10, "lt": 20}, "new": True}, ATTRIBUTES)
    assert tree == And(
        (
            Comparison("price", Operator.GTE, 10.0),
            Comparison("price", Operator.LT, 20.0),
            Comparison("new", Operator.EQ, True),
        )
    )


def test_joined_filters_become_a_tree() -> None:
    tree = parse({"any": [{"brand": "A"}, {"not": {"stock": 0}}]}, ATTRIBUTES)
    assert tree == Or(
        (
            Comparison("brand", Operator.EQ, "A"),
            Not(Comparison("stock", Operator.EQ, 0)),
        )
    )


def test_an_empty_filter_matches_everything_and_an_empty_any_nothing() -> None:
    assert matches(parse({}, ATTRIBUTES), {})
    assert not matches(parse({"any": []}, ATTRIBUTES), {})


@pytest.mark.parametrize(
    ("json", "path"),
    [
        ([], "filter"),
        ({"colour": "red"}, "filter.colour"),
        ({"price": {}}, "filter.price"),
        ({"price": None}, "filter.price.eq"),
        ({"price": {"prefix": "a"}}, "filter.price.prefix"),
        ({"price": {"lt": "5"}}, "filter.price.lt"),
        ({"price": {"lt": True}}, "filter.price.lt"),
        ({"price": {"lt": float("nan")}}, "filter.price.lt"),
        ({"price": {"lt": 10**400}}, "filter.price.lt"),
        ({"stock": {"gt": 2**63}}, "filter.stock.gt"),
        ({"stock": 1.0}, "filter.stock.eq"),
        ({"stock": False}, "filter.stock.eq"),
        ({"new": 1}, "filter.new.eq"),
        ({"new": {"in": [True]}}, "filter.new.in"),
        ({"brand": {"lt": "b"}}, "filter.brand.lt"),
        ({"brand": {"in": "Acme"}}, "filter.brand.in"),
        ({"brand": {"in": ["a", "b", 3]}}, "filter.brand.in[2]"),
        ({"brand": {"in": ["a"] * 1001}}, "filter.brand.in"),
        ({"brand": "x" * 513}, "filter.brand.eq"),
        ({"brand": "\ud800"}, "filter.brand.eq"),
        ({"brand": {"exists": "yes"}}, "filter.brand.exists"),
        ({"tags": "red"}, "filter.tags.eq"),
        ({"tags": {"any": ["a|b"]}}, "filter.tags.any[0]"),
        ({"tags": {"any": [""]}}, "filter.tags.any[0]"),
        ({"any": {"brand": "a"}}, "filter.any"),
        ({"any": [{"brand": "a"}, {"price": {"lt": []}}]}, "filter.any[1].price.lt"),
        ({"not": {"brand": 3}}, "filter.not.brand.eq"),
        ({"all": [{}] * 101}, "filter.all"),
    ],
)
def test_a_bad_filter_is_refused_at_its_path(json: object, path: str) -> None:
    with pytest.raises(BadFilter) as refusal:
        parse(json, ATTRIBUTES)
    assert [problem.field for problem in refusal.value.fields] == [path]


def test_eight_levels_are_accepted_and_a_ninth_is_not() -> None:
    json: dict[str, object] = {"brand": "a"}
    for _ in range(7):
        json = {"not": json}
    assert matches(parse(json, ATTRIBUTES), {"brand": "b"})
    with pytest.raises(BadFilter, match="8 levels"):
        parse({"not": json}, ATTRIBUTES)


def test_a_hundred_comparisons_are_accepted_and_one_more_is_not() -> None:
    half = {"any": [{"brand": str(number)} for number in range(50)]}
    assert parse({"all": [half, half]}, ATTRIBUTES)
    with pytest.raises(BadFilter, match="100"):
        parse({"all": [half, half, {"new": True}]}, ATTRIBUTES)


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ({"price": {"lt": 5}}, False),
        ({"not": {"price": {"lt": 5}}}, True),
        ({"price": {"ne": 5}}, True),
        ({"price": {"not_in": [5]}}, True),
        ({"tags": {"none": ["a"]}}, True),
        ({"tags": {"all": []}}, False),
        ({"price": {"exists": False}}, True),
        ({"price": {"exists": True}}, False),
    ],
)
def test_a_document_without_the_field_matches_only_negations(json: object, expected: bool) -> None:
    assert matches(parse(json, ATTRIBUTES), {}) is expected
    assert matches(parse(json, ATTRIBUTES), {"price": None, "tags": None}) is expected


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ({"price": 12}, True),
        ({"price": {"gt": 12}}, False),
        ({"price": {"gte": 12, "lte": 12.0}}, True),
        ({"stock": {"in": [1, 7]}}, True),
        ({"stock": {"in": []}}, False),
        ({"stock": {"not_in": []}}, True),
        ({"brand": {"prefix": "Ac"}}, True),
        ({"brand": {"prefix": "ac"}}, False),
        ({"tags": {"any": ["x", "red"]}}, True),
        ({"tags": {"all": ["red", "blue"]}}, True),
        ({"tags": {"all": ["red", "green"]}}, False),
        ({"tags": {"none": ["green"]}}, True),
        ({"tags": {"exists": True}}, True),
        ({"new": {"ne": True}}, True),
    ],
)
def test_comparisons_mean_what_they_say(json: object, expected: bool) -> None:
    document = {"brand": "Acme", "price": 12, "stock": 7, "new": False, "tags": ["red", "blue"]}
    assert matches(parse(json, ATTRIBUTES), document) is expected


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("brand", 3, "attributes.brand"),
        ("brand", "x" * 1025, "attributes.brand"),
        ("brand", "a\0b", "attributes.brand"),
        ("price", "3", "attributes.price"),
        ("price", float("inf"), "attributes.price"),
        ("price", False, "attributes.price"),
        ("stock", 1.5, "attributes.stock"),
        ("stock", -(2**63) - 1, "attributes.stock"),
        ("new", 0, "attributes.new"),
        ("tags", "red", "attributes.tags"),
        ("tags", ["t"] * 65, "attributes.tags"),
        ("tags", ["ok", "a|b"], "attributes.tags[1]"),
        ("tags", ["x" * 65], "attributes.tags[0]"),
        ("tags", [""], "attributes.tags[0]"),
    ],
)
def test_an_attribute_of_another_type_or_size_is_refused(
    name: str, value: object, path: str
) -> None:
    with pytest.raises(InputError) as refusal:
        check_attribute(name, ATTRIBUTES[name], value)
    assert not isinstance(refusal.value, BadFilter)
    assert [problem.field for problem in refusal.value.fields] == [path]


def test_attributes_within_the_limits_are_accepted() -> None:
    for name, value in {
        "brand": "é" * 1024,
        "price": 3,
        "stock": -(2**63),
        "new": True,
        "tags": ["x" * 64] * 64,
    }.items():
        check_attribute(name, ATTRIBUTES[name], value)
        check_attribute(name, ATTRIBUTES[name], None)
