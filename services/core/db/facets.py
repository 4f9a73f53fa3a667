"""Counts over the documents' JSON attributes: one scan of the index's rows for each attribute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    true,
)

from services.core.db.attributes import Attributes, attributes_of
from services.core.db.filters import compile_filter
from services.core.db.tables import documents
from services.core.types.facets import Extent, Span, ValueCount
from services.core.types.filters import Filter
from services.core.types.indexes import AttributeType


class SqlFacets:
    """`ports.facets.FacetStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def values(
        self,
        index: str,
        attribute: str,
        type: AttributeType,
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> list[ValueCount]:
        where = self._matching(index, filter, now)
        if type is AttributeType.TAGS:
            each = self._tags(attribute, where).subquery()
            number = func.count(each.c.id.distinct())
        else:
            value = _value(self._attributes(), attribute, type).label("value")
            each = select(value).where(*where).subquery()
            number = func.count()
        held = each.c.value
        # Those without a value make one group, left out behind the grouping: reading the value out
        # of the JSON a second time, to compare it with NULL, would double the cost.
        grouped = select(held, number.label("number")).group_by(held).subquery()
        wanted = (
            select(grouped.c.value, grouped.c.number)
            .where(grouped.c.value.is_not(None))
            .order_by(grouped.c.number.desc(), grouped.c.value)
            .limit(limit)
        )
        return [ValueCount(value, count) for value, count in self._connection.execute(wanted)]

    def extent(
        self,
        index: str,
        attribute: str,
        type: AttributeType,
        spans: Sequence[Span],
        *,
        filter: Filter | None,
        now: datetime,
    ) -> Extent:
        value = _value(self._attributes(), attribute, type).label("value")
        where = self._matching(index, filter, now)
        # Materialised, so that each value is read out of the JSON once and not for every span.
        held = select(value).where(*where).cte("held").prefix_with("MATERIALIZED").c.value
        counts = [func.coalesce(func.sum(case((_within(held, span), 1), else_=0)), 0)
                  for span in spans]  # fmt: skip
        row = self._connection.execute(select(func.min(held), func.max(held), *counts)).one()
        low, high, *numbers = row
        return Extent(_number(low), _number(high), tuple(int(number) for number in numbers))

    def _tags(self, attribute: str, where: Sequence[ColumnElement[bool]]) -> Select[Any]:
        each = self._attributes().tags(attribute)
        joined = documents.join(each, true())
        return select(each.c.value.label("value"), documents.c.id.label("id")).select_from(
            joined
        ).where(*where)  # fmt: skip

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
            return attributes.boolean(name)
        case AttributeType.INTEGER:
            return attributes.integer(name)
        case AttributeType.NUMBER:
            return attributes.number(name)
        case AttributeType.STRING:
            return attributes.text(name)
        case AttributeType.TAGS:
            raise ValueError("a document may have several tags")


def _within(value: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    bounds: list[ColumnElement[bool]] = [value.is_not(None)]
    if span.low is not None:
        bounds.append(value >= span.low)
    if span.high is not None:
        bounds.append(value < span.high)
    return and_(*bounds)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
