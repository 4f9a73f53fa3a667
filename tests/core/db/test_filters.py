"""A filter compiled to SQL lets the same documents pass as the plain meaning of the filter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, insert, select

from services.core.db.columns import big_key_type, json_type
from services.core.db.engines import open_engines
from services.core.db.filters import compile_filter
from services.core.filters import matches
from services.core.types.documents import Json
from services.core.types.filters import And, Comparison, Filter, Not, Operator, Or
from tests.servers import postgres

STRINGS = st.one_of(
    st.sampled_from(["", "red", "Red", "r", "red'; --", '"', "100%", "a_b", "Ω灯", "\u1e9e", "\\"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
)
INTEGERS = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))
# Prices and ratings: SQLite reads longer decimals to the last bit but one.
NUMBERS = st.one_of(
    st.integers(-3, 3).map(float), st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
)
TAGS = st.sampled_from(["x", "y", "z", "x y", "é"])
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "colour": st.one_of(st.none(), STRINGS),
        "stock": st.one_of(st.none(), INTEGERS),
        "price": st.one_of(st.none(), NUMBERS, st.integers(-3, 3)),
        "new": st.one_of(st.none(), st.booleans()),
        "tags": st.one_of(st.none(), st.lists(TAGS, max_size=4)),
    },
)
ORDER = (Operator.LT, Operator.LTE, Operator.GT, Operator.GTE)
SAME = (Operator.EQ, Operator.NE)
AMONG = (Operator.IN, Operator.NOT_IN)


def compared(name: str, operators: tuple[Operator, ...], values: object) -> st.SearchStrategy:
    return st.builds(Comparison, st.just(name), st.sampled_from(operators), values)


def listed(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, max_size=4).map(tuple)


COMPARISONS = st.one_of(
    compared("colour", (*SAME, Operator.PREFIX), STRINGS),
    compared("colour", AMONG, listed(STRINGS)),
    compared("stock", (*SAME, *ORDER), INTEGERS),
    compared("stock", AMONG, listed(INTEGERS)),
    compared("price", (*SAME, *ORDER), NUMBERS),
    compared("price", AMONG, listed(NUMBERS)),
    compared("new", SAME, st.booleans()),
    compared("tags", (Operator.ANY, Operator.ALL, Operator.NONE), listed(TAGS)),
    st.builds(
        Comparison,
        st.sampled_from(["colour", "stock", "price", "new", "tags", "unknown"]),
        st.just(Operator.EXISTS),
        st.booleans(),
    ),
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda some: And(tuple(some))),
        st.lists(parts, max_size=3).map(lambda some: Or(tuple(some))),
        parts.map(Not),
    ),
    max_leaves=6,
)
TABLE = Table(
    "things",
    MetaData(),
    Column("id", big_key_type(), primary_key=True),
    Column("attributes", json_type(), nullable=False),
    Column("derived", json_type()),
)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stack)]
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = create_engine("sqlite://")
        yield engine
        engine.dispose()
        return
    with postgres.fresh(request.getfixturevalue("postgres_server_url")) as url:
        engines = open_engines(url)
        yield engines.writer
        engines.dispose()


@pytest.fixture(scope="module")
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        TABLE.create(connection)
        yield connection


def passing(
    connection: Connection,
    filter: Filter,
    rows: list[dict[str, Json]],
    *,
    found: tuple[str, ...] = (),
) -> list[int]:
    """Which rows pass; attributes named in `found` lie in the column of tags found."""
    with connection.begin_nested() as undone:
        if rows:
            values = [
                {
                    "id": place,
                    "attributes": {name: row[name] for name in row if name not in found},
                    "derived": {name: row[name] for name in row if name in found} or None,
                }
                for place, row in enumerate(rows)
            ]
            connection.execute(insert(TABLE), values)
        dialect = connection.dialect.name
        condition = compile_filter(filter, TABLE.c.attributes, dialect, found=TABLE.c.derived)
        wanted = select(TABLE.c.id).where(condition).order_by(TABLE.c.id)
        found = list(connection.execute(wanted).scalars())
        undone.rollback()
    return found


@pytest.mark.parametrize("found", [(), ("tags",)], ids=["tags given", "tags found"])
@given(filter=FILTERS, rows=st.lists(DOCUMENTS, max_size=6))
@settings(max_examples=150, deadline=None)
def test_sql_and_the_plain_meaning_agree(
    connection: Connection, filter: Filter, rows: list[dict[str, Json]], found: tuple[str, ...]
) -> None:
    expected = [place for place, row in enumerate(rows) if matches(filter, row)]
    assert passing(connection, filter, rows, found=found) == expected


@pytest.mark.parametrize(
    "comparison",
    [
        Comparison("a", Operator.EQ, "5"),
        Comparison("a", Operator.PREFIX, "t"),
        Comparison("a", Operator.LT, 9),
        Comparison("a", Operator.GTE, 0.0),
        Comparison("a", Operator.EQ, True),
        Comparison("a", Operator.IN, ("5", 1, 1.0)),
        Comparison("a", Operator.ALL, ("x",)),
    ],
)
def test_another_kind_of_value_matches_nothing(
    connection: Connection, comparison: Comparison
) -> None:
    kinds: list[Json] = ["T", 55, 5.5, False, {"deep": 1}]
    others = {str: [55, 5.5, False], bool: ["true", 1, 1.0], tuple: kinds[:3] + kinds[4:]}
    rows: list[dict[str, Json]] = [
        {"a": value} for value in others.get(type(comparison.value), ["5", True, {"deep": 1}, [1]])
    ]
    assert passing(connection, comparison, rows) == []


def test_a_tag_filter_over_something_else_matches_nothing(connection: Connection) -> None:
    any_x = Comparison("a", Operator.ANY, ("x",))
    rows: list[dict[str, Json]] = [{"a": "x"}, {"a": {"k": "x"}}, {"a": ["x"]}, {"a": None}]
    assert passing(connection, any_x, rows) == [2]


def test_a_name_is_never_a_path(connection: Connection) -> None:
    rows: list[dict[str, Json]] = [{'a"."b': "x"}, {"a": {"b": "x"}}]
    found = passing(connection, Comparison("a.b", Operator.EQ, "x"), rows)
    assert found == []
