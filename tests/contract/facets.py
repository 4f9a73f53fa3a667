"""What every store that counts values must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.filters import matches, parse
from services.core.ports.work import Database
from services.core.types.documents import Document, Json
from services.core.types.facets import Counted, Extent, Facet, Span, ValueCount
from services.core.types.indexes import AttributeType
from tests.contract.database import NOW, SECOND, index

TYPES = {
    "brand": AttributeType.STRING,
    "stock": AttributeType.INTEGER,
    "price": AttributeType.NUMBER,
    "new": AttributeType.BOOLEAN,
    "tags": AttributeType.TAGS,
    "look": AttributeType.TAGS,
}
NUMBERS = (AttributeType.INTEGER, AttributeType.NUMBER)
ODD = st.sampled_from([None, [], {}, "x", 7, 1.5, True, ["y"]])
DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "brand": st.sampled_from(["a", "b", "B", "é", "灯", "", "it's"]) | ODD,
            "stock": st.integers(-3, 3) | st.just(2**62),
            "price": st.integers(-300, 300).map(lambda cents: cents / 100) | st.integers(-3, 3),
            "new": st.booleans(),
            "tags": st.lists(st.sampled_from(["x", "Y", "_", "é"]), max_size=4),
            "look": st.lists(st.sampled_from(["p", "q"]), max_size=2),
        },
    ),
    max_size=25,
)
SPANS = st.lists(
    st.tuples(st.none() | st.integers(-3, 1), st.none() | st.integers(2, 4)).map(
        lambda bounds: Span(*bounds)
    ),
    max_size=3,
)
FILTERS = st.sampled_from([None, {"brand": {"in": ["a", "b"]}}, {"look": {"any": ["p"]}}])


def put(database: Database, shop: str, held: list[Mapping[str, Json]]) -> list[Document]:
    """Write one document for each; `look` is what was found in its pictures."""
    made = [
        Document(
            f"d{n}",
            attributes={name: value for name, value in each.items() if name != "look"},
            derived={"look": each["look"]} if "look" in each else {},
        )
        for n, each in enumerate(held)
    ]
    with database.work() as work:
        for document in made:
            work.documents.put(shop, document, sequence=1, views=[], now=NOW)
    return made


def is_of(value: Json, type: AttributeType) -> bool:
    if type is AttributeType.STRING:
        return isinstance(value, str)
    if type is AttributeType.BOOLEAN:
        return isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool)


class FacetStoreContract:
    @given(DOCUMENTS, FILTERS, SPANS)
    @settings(
        max_examples=30,
        deadline=None,
        # Examples share a database, and each kind of database runs this same test.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    def test_counts_are_those_of_counting_by_hand(
        self, database: Database, shop: str, held, raw, spans
    ) -> None:
        names = [f"d{n}" for n in range(25)]
        with database.work() as work:
            work.documents.mark_deleted(shop, names, sequence=1, now=NOW)
        tree = None if raw is None else parse(raw, TYPES)
        kept = [
            document.filterable()
            for document in put(database, shop, held)
            if tree is None or matches(tree, document.filterable())
        ]
        facets = [Facet(name, tuple(spans) if TYPES[name] in NUMBERS else ()) for name in TYPES]
        with database.read() as work:
            found = work.facets.count(shop, facets, TYPES, filter=tree, now=NOW, limit=100)
        assert found == tuple(
            Counted(facet, extent=extent_by_hand(facet.attribute, kept, spans))
            if TYPES[facet.attribute] in NUMBERS
            else Counted(facet, by_hand(facet.attribute, kept))
            for facet in facets
        )

    def test_the_most_frequent_come_first_and_no_more_than_asked_for(
        self, database: Database, shop: str
    ) -> None:
        put(database, shop, [{"brand": brand} for brand in "cabbcabd"])
        with database.read() as work:
            (found,) = work.facets.count(
                shop, [Facet("brand")], TYPES, filter=None, now=NOW, limit=3
            )
        assert found.values == (ValueCount("b", 3), ValueCount("a", 2), ValueCount("c", 2))

    @pytest.mark.parametrize("name", ["brand", "tags"])
    def test_of_equally_frequent_values_the_first_by_code_point_are_kept(
        self, database: Database, shop: str, name: str
    ) -> None:
        values = ["é", "b", "B", "a", "_"]
        put(database, shop, [{name: [each] if name == "tags" else each} for each in values])
        with database.read() as work:
            (found,) = work.facets.count(shop, [Facet(name)], TYPES, filter=None, now=NOW, limit=3)
        assert found.values == (ValueCount("B", 1), ValueCount("_", 1), ValueCount("a", 1))

    def test_deleted_and_expired_documents_and_other_indexes_are_not_counted(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            work.indexes.add(index(f"{shop}_other"))
        put(database, shop, [{"brand": "a", "price": 1.0}] * 2)
        put(database, f"{shop}_other", [{"brand": "a", "price": 9.0}])
        brief = Document("brief", attributes={"brand": "a", "price": 5.0}, expires_at=NOW + SECOND)
        with database.work() as work:
            work.documents.put(shop, brief, sequence=1, views=[], now=NOW)
            work.documents.mark_deleted(shop, ["d0"], sequence=2, now=NOW)
        for now, count, high in ((NOW, 2, 5.0), (NOW + SECOND, 1, 1.0)):
            with database.read() as work:
                brand, price = work.facets.count(
                    shop, [Facet("brand"), Facet("price")], TYPES, filter=None, now=now, limit=9
                )
            assert brand.values == (ValueCount("a", count),)
            assert price.extent == Extent(1.0, high, ())

    def test_nothing_asked_for_is_nothing_counted(self, database: Database, shop: str) -> None:
        with database.read() as work:
            assert work.facets.count(shop, [], TYPES, filter=None, now=NOW, limit=9) == ()


def by_hand(name: str, kept: list[dict[str, Json]]) -> tuple[ValueCount, ...]:
    counts: Counter = Counter()
    for held in kept:
        value = held.get(name)
        if TYPES[name] is AttributeType.TAGS:
            counts.update(set(value or []))
        elif is_of(value, TYPES[name]):
            counts[value] += 1
    found = [ValueCount(value, count) for value, count in counts.items()]
    return tuple(sorted(found, key=lambda each: (-each.count, each.value)))


def extent_by_hand(name: str, kept: list[dict[str, Json]], spans: list[Span]) -> Extent:
    held = [float(each[name]) for each in kept if is_of(each.get(name), TYPES[name])]
    counts = tuple(
        sum(
            (-math.inf if span.low is None else span.low)
            <= value
            < (math.inf if span.high is None else span.high)
            for value in held
        )
        for span in spans
    )
    return Extent(min(held, default=None), max(held, default=None), counts)
