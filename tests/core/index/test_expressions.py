"""Compiled expressions select in Milvus Lite exactly what the plain-Python meaning selects."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.errors import BadFilter
from services.core.filters import OPERATORS, matches, parse
from services.core.ids import view_id
from services.core.index import names
from services.core.index.connection import Connection
from services.core.index.expressions import expression, literal
from services.core.index.milvus import MilvusIndex
from services.core.types.filters import And, Comparison, Filter, Not, Operator, Or
from services.core.types.indexes import AttributeType, Collection, IndexSettings
from services.core.types.search import ViewRow
from services.core.types.vectors import Modality

DECLARED = {
    "brand": AttributeType.STRING,
    "stock": AttributeType.INTEGER,
    "price": AttributeType.NUMBER,
    "new": AttributeType.BOOLEAN,
    "tags": AttributeType.TAGS,
}
# Everything with a meaning in an expression, a LIKE pattern, a regular expression or a template.
AWKWARD = [
    "", " ", "a", "ab", "abc", "A", "b", "%", "_", "a%", "a_", "\\", "a\\", "a\\b", "\\%", "\\n",
    '"', "'", 'a"b', "a'b", '\\"', '" or 1 == 1 or "', "\n", "a\nb", "\r", "\t", "\x01", "{x}",
    "$meta", "[a]", "a.b", "a*", "(", "^a$", "é", "e\u0301", "日本", "😀", "😀x", "\ud7ff",
    "\ue000", "\U0010ffff", "\U0010ffffa", "\u2028", "~25", "~", "true", "null",
]  # fmt: skip
STRINGS = [*AWKWARD, "a|b", "|"]
TAGS = [tag for tag in AWKWARD if tag]
INTEGERS = [0, 1, -1, 7, 2**53 + 1, 2**63 - 1, -(2**63)]
NUMBERS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-320, 5e-324, 1e22, 1.7976931348623157e308, -1e16]
VALUES = {
    AttributeType.STRING: STRINGS,
    AttributeType.INTEGER: INTEGERS,
    AttributeType.NUMBER: NUMBERS,
    AttributeType.BOOLEAN: [True, False],
    AttributeType.TAGS: TAGS,
}
LISTS = {Operator.IN, Operator.NOT_IN, Operator.ANY, Operator.ALL, Operator.NONE}


def documents() -> dict[str, dict[str, object]]:
    """220 documents: one for each awkward value, the rest drawn, many with gaps."""
    dice = random.Random(3)
    rows: list[dict[str, object]] = [{"brand": text} for text in STRINGS]
    rows += [{"tags": [tag]} for tag in TAGS]
    while len(rows) < 220:
        row: dict[str, object] = {
            name: dice.choice(VALUES[type])
            for name, type in DECLARED.items()
            if type is not AttributeType.TAGS
        }
        row["tags"] = dice.sample(TAGS, dice.randrange(6))
        rows.append({name: value for name, value in row.items() if dice.random() < 0.7})
    return {f"d{number}": row for number, row in enumerate(rows)}


DOCUMENTS = documents()


Select = Callable[[Filter], set[str]]


@pytest.fixture(scope="module")
def selected(milvus: MilvusIndex, lite_file: str) -> Select:
    """Ids of the documents that Milvus selects, by a plain query: no approximate index."""
    collection = Collection("filters", 1, IndexSettings(dimensions=2, attributes=DECLARED))
    milvus.create(collection)
    vector = np.array([1.0, 0.0], dtype=np.float32)
    rows = [
        ViewRow(view_id(key, "text", 0), key, Modality.TEXT, vector, attributes, None)
        for key, attributes in DOCUMENTS.items()
    ]
    milvus.upsert(collection, rows, [])
    client = Connection(lite_file).client  # shares the open file within the process

    def select(filter: Filter) -> set[str]:
        condition = expression(filter, None, declared=DECLARED)
        rows = client.query(names.views(collection), condition, [names.DOCUMENT_ID])
        return {row[names.DOCUMENT_ID] for row in rows}

    return select


def comparisons() -> st.SearchStrategy[Filter]:
    def of(name: str) -> st.SearchStrategy[Filter]:
        type = DECLARED[name]
        value = st.sampled_from(VALUES[type])

        def about(operator: Operator) -> st.SearchStrategy[Filter]:
            if operator is Operator.EXISTS:
                return st.builds(Comparison, st.just(name), st.just(operator), st.booleans())
            if operator in LISTS:
                several = st.lists(value, max_size=4).map(tuple)
                return st.builds(Comparison, st.just(name), st.just(operator), several)
            return st.builds(Comparison, st.just(name), st.just(operator), value)

        return st.sampled_from(sorted(OPERATORS[type])).flatmap(about)

    return st.sampled_from(sorted(DECLARED)).flatmap(of)


FILTERS = st.recursive(
    comparisons(),
    lambda part: st.one_of(
        st.lists(part, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(part, max_size=3).map(lambda parts: Or(tuple(parts))),
        part.map(Not),
    ),
    max_leaves=8,
)


def meant(filter: Filter) -> set[str]:
    return {key for key, row in DOCUMENTS.items() if matches(filter, row)}


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(filter=FILTERS)
def test_a_compiled_filter_selects_what_it_means(selected: Select, filter: Filter) -> None:
    assert selected(filter) == meant(filter)


@pytest.mark.parametrize("operator", [Operator.EQ, Operator.IN, Operator.PREFIX])
def test_every_awkward_string_selects_itself(selected: Select, operator: Operator) -> None:
    for text in STRINGS:
        value = (text,) if operator is Operator.IN else text
        filter = Comparison("brand", operator, value)
        assert selected(filter) == meant(filter), text


def test_every_awkward_tag_selects_itself(selected: Select) -> None:
    for tag in TAGS:
        filter = Comparison("tags", Operator.ANY, (tag,))
        assert selected(filter) == meant(filter) != set(), tag


def test_the_largest_filter_is_answered(selected: Select) -> None:
    lists = [{"tags": {"any": [f"t{a}-{b}" for b in range(1000)]}} for a in range(4)]
    filter = parse({"any": [*lists, {"tags": {"all": ["é"]}}]}, DECLARED)
    assert selected(filter) == meant(filter) != set()
    nested: dict[str, object] = {"all": [{"stock": {"ne": number}} for number in range(90)]}
    for _ in range(6):
        nested = {"not": nested}
    filter = parse(nested, DECLARED)
    assert selected(filter) == meant(filter) != set()


def test_quotes_and_backslashes_cannot_leave_a_literal() -> None:
    assert literal('a"b\\') == '"a\\"b\\\\"'
    assert literal("a\nb\rc\t") == '"a\\nb\\rc\\t"'


def test_negation_reaches_documents_without_the_field() -> None:
    filter = Not(Comparison("price", Operator.LT, 5.0))
    assert expression(filter, None, declared=DECLARED) == "(a_price is null or (a_price >= 5.0))"


def test_an_undeclared_field_never_reaches_an_expression() -> None:
    filter = Comparison('x"] or 1 == 1', Operator.EQ, 1)
    with pytest.raises(BadFilter):
        expression(filter, None, declared=DECLARED)
