"""Counts over the documents' JSON attributes: one scan of an index's rows for all facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from services.core.db.attributes import Attributes, attributes_of
from services.core.db.filters import compile_filter
from services.core.db.tables import documents
from services.core.types.facets import Counted, Extent, Facet, Span, ValueCount
from services.core.types.filters import Filter, Scalar
from services.core.types.indexes import AttributeType

_NUMBERS: Final = frozenset({AttributeType.INTEGER, AttributeType.NUMBER})
_TRUE: Final = "true"
_FALSE: Final = "false"
_NOTHING: Final = null()


class SqlFacets:
    """`ports.facets.FacetStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(
        self,
        index: str,
        facets: Sequence[Facet],
        types: Mapping[str, AttributeType],
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> tuple[Counted, ...]:
        if not facets:
            return ()
        attributes = self._attributes()
        columns = [
            _value(attributes, facet.attribute, types[facet.attribute]).label(f"facet{place}")
            for place, facet in enumerate(facets)
        ]
        wanted = select(*columns).where(*self._matching(index, filter, now))
        # Materialised: the JSON of each row is parsed once, however many facets there are.
        held = wanted.cte("held").prefix_with("MATERIALIZED")
        width = max(len(facet.spans) for facet in facets)
        parts = [
            _part(place, facet, types[facet.attribute], held, attributes, width=width, limit=limit)
            for place, facet in enumerate(facets)
        ]
        rows: dict[int, list[Row[Any]]] = {place: [] for place in range(len(facets))}
        for row in self._connection.execute(union_all(*parts)):
            rows[row.place].append(row)
        return tuple(
            _counted(facet, types[facet.attribute], rows[place])
            for place, facet in enumerate(facets)
        )

    def _attributes(self) -> Attributes:
        dialect = self._connection.dialect.name
        return attributes_of(documents.c.attributes, dialect, found=documents.c.derived)

    def _matching(
        self, index: str, filter: Filter | None, now: datetime
    ) -> list[ColumnElement[bool]]:
        live = [
            documents.c.index_name == index,
            documents.c.deleted.is_(False),
            or_(documents.c.expires_at.is_(None), documents.c.expires_at > now),
        ]
        if filter is None:
            return live
        dialect = self._connection.dialect.name
        given, found = documents.c.attributes, documents.c.derived
        return [*live, compile_filter(filter, given, dialect, found=found)]


def _value(attributes: Attributes, name: str, type: AttributeType) -> ColumnElement[Any]:
    match type:
        case AttributeType.BOOLEAN:
            value = attributes.boolean(name)
            return case((value.is_(True), _TRUE), (value.is_(False), _FALSE))
        case AttributeType.INTEGER:
            return attributes.integer(name)
        case AttributeType.NUMBER:
            return attributes.number(name)
        case AttributeType.STRING:
            return attributes.text(name)
        case AttributeType.TAGS:
            return attributes.array(name)


def _part(
    place: int,
    facet: Facet,
    type: AttributeType,
    held: CTE,
    attributes: Attributes,
    *,
    width: int,
    limit: int,
) -> Select[Any]:
    """The rows of one facet, in columns that every facet has."""
    value = held.c[f"facet{place}"]
    if type in _NUMBERS:
        counts = [func.sum(case((_within(value, span), 1), else_=0)) for span in facet.spans]
        low, high = func.min(value), func.max(value)
        return _row(place, width=width, low=low, high=high, counts=counts)
    if type is AttributeType.TAGS:
        counted = _tags(value, attributes)
    else:
        counted = select(value.label("value"), func.count().label("number")).group_by(value)
    each = counted.subquery()
    # Those without a value make one group, left out behind the grouping, not before it.
    most = (
        select(each.c.value, each.c.number)
        .where(each.c.value.is_not(None))
        .order_by(each.c.number.desc(), each.c.value)
        .limit(limit)
        .subquery()
    )
    return _row(place, width=width, value=most.c.value, number=most.c.number)


def _tags(array: ColumnElement[Any], attributes: Attributes) -> Select[Any]:
    """Documents with equal tags are counted together, and then each of their tags once."""
    alike = select(array.label("array"), func.count().label("number")).group_by(array).cte()
    each = attributes.each(alike.c.array)
    once = (
        select(alike.c.array, alike.c.number, attributes.ordered(each.c.value).label("value"))
        .select_from(alike.join(each, true()))
        .where(alike.c.array.is_not(None))
        .distinct()
        .subquery()
    )
    return select(once.c.value, func.sum(once.c.number).label("number")).group_by(once.c.value)


def _row(
    place: int,
    *,
    width: int,
    value: ColumnElement[Any] = _NOTHING,
    number: ColumnElement[Any] = _NOTHING,
    low: ColumnElement[Any] = _NOTHING,
    high: ColumnElement[Any] = _NOTHING,
    counts: Sequence[ColumnElement[Any]] = (),
) -> Select[Any]:
    spans = [*counts, *([literal(0)] * (width - len(counts)))]
    columns: list[ColumnElement[Any]] = [
        cast(literal(place), Integer).label("place"),
        cast(value, String).label("value"),
        cast(number, Integer).label("number"),
        cast(low, Float(53)).label("low"),
        cast(high, Float(53)).label("high"),
        *(cast(span, Integer).label(f"span{at}") for at, span in enumerate(spans)),
    ]
    return select(*columns)


def _within(value: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    bounds: list[ColumnElement[bool]] = [value.is_not(None)]
    if span.low is not None:
        bounds.append(value >= span.low)
    if span.high is not None:
        bounds.append(value < span.high)
    return and_(*bounds)


def _counted(facet: Facet, type: AttributeType, rows: Sequence[Row[Any]]) -> Counted:
    if type in _NUMBERS:
        row = rows[0]
        counts = tuple(int(row[5 + at] or 0) for at in range(len(facet.spans)))
        return Counted(facet, extent=Extent(row.low, row.high, counts))
    found = [(_scalar(row.value, type), row.number) for row in rows]
    # The parts of a union come in no promised order.
    found.sort(key=lambda each: (-each[1], each[0]))
    return Counted(facet, tuple(ValueCount(value, number) for value, number in found))


def _scalar(value: str, type: AttributeType) -> Scalar:
    return value == _TRUE if type is AttributeType.BOOLEAN else value
