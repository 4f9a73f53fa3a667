"""Reading one attribute out of the JSON column: SQLite's way and PostgreSQL's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    Numeric,
    String,
    TableValuedAlias,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB


class Attributes(Protocol):
    """An attribute as SQL; NULL where the document lacks it or has another kind of value."""

    def text(self, name: str) -> ColumnElement[Any]: ...
    def integer(self, name: str) -> ColumnElement[Any]: ...
    def number(self, name: str) -> ColumnElement[Any]: ...
    def boolean(self, name: str) -> ColumnElement[Any]: ...
    def exists(self, name: str) -> ColumnElement[bool]:
        """True or false, never NULL."""
        ...

    def tags_among(self, name: str, tags: Sequence[str]) -> ColumnElement[int]:
        """How many of these (distinct) tags it has; 0 if it lacks them."""
        ...

    def array(self, name: str) -> ColumnElement[Any]:
        """The tags it has, as JSON."""
        ...

    def each(self, array: ColumnElement[Any]) -> TableValuedAlias:
        """To join with: a row with the column `value` for each tag of such an array."""
        ...

    def ordered(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Such a `value`, ordered by code point whatever the server's locale."""
        ...


def attributes_of(
    column: ColumnElement[Any], dialect: str, *, found: ColumnElement[Any]
) -> Attributes:
    """Choose the way of this dialect (`sqlite` or `postgresql`); `found` holds tags only."""
    way = _Postgres if dialect == "postgresql" else _Sqlite
    return _Together(way(column), way(found))


class _Together:
    """Attributes given and tags found; no name is in both."""

    def __init__(self, given: Attributes, found: Attributes) -> None:
        self._given, self._found = given, found
        self.text, self.integer = given.text, given.integer
        self.number, self.boolean, self.each = given.number, given.boolean, given.each
        self.ordered = given.ordered

    def exists(self, name: str) -> ColumnElement[bool]:
        return or_(self._given.exists(name), self._found.exists(name))

    def tags_among(self, name: str, tags: Sequence[str]) -> ColumnElement[int]:
        return self._given.tags_among(name, tags) + self._found.tags_among(name, tags)

    def array(self, name: str) -> ColumnElement[Any]:
        return func.coalesce(self._given.array(name), self._found.array(name))


class _Sqlite:
    def __init__(self, column: ColumnElement[Any]) -> None:
        self._column = type_coerce(column, String)

    def text(self, name: str) -> ColumnElement[Any]:
        return self._of_kind(name, "text", self._value(name, String()))

    def integer(self, name: str) -> ColumnElement[Any]:
        return self._of_kind(name, "integer", self._value(name, BigInteger()))

    def number(self, name: str) -> ColumnElement[Any]:
        # A whole number may be stored as one; it is compared as a 64-bit float all the same.
        value = cast(self._value(name, Float()), Float)
        return case((self._kind(name).in_(("integer", "real")), value))

    def boolean(self, name: str) -> ColumnElement[Any]:
        value = self._value(name, Boolean())
        return case((self._kind(name).in_(("true", "false")), value))

    def exists(self, name: str) -> ColumnElement[bool]:
        return self._value(name, String()).is_not(None)

    def tags_among(self, name: str, tags: Sequence[str]) -> ColumnElement[int]:
        each = func.json_each(self._column, _path(name)).table_valued("value", "type")
        counted = select(func.count(each.c.value.distinct())).where(each.c.value.in_(tags))
        return case((self._kind(name) == "array", counted.scalar_subquery()), else_=0)

    def array(self, name: str) -> ColumnElement[Any]:
        return case((self._kind(name) == "array", self._value(name, String())))

    def each(self, array: ColumnElement[Any]) -> TableValuedAlias:
        return func.json_each(array).table_valued("value")

    def ordered(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return value

    def _value(self, name: str, type: Any) -> ColumnElement[Any]:
        return func.json_extract(self._column, _path(name), type_=type)

    def _kind(self, name: str) -> ColumnElement[str]:
        return func.json_type(self._column, _path(name), type_=String())

    def _of_kind(self, name: str, kind: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((self._kind(name) == kind, value))


class _Postgres:
    def __init__(self, column: ColumnElement[Any]) -> None:
        self._column = type_coerce(column, JSONB)

    def text(self, name: str) -> ColumnElement[Any]:
        return self._of_kind(name, "string", self._value(name).collate("C"))

    def integer(self, name: str) -> ColumnElement[Any]:
        # NUMERIC: a fraction or a number over 64 bits must not be an error.
        return self._of_kind(name, "number", cast(self._value(name), Numeric))

    def number(self, name: str) -> ColumnElement[Any]:
        return self._of_kind(name, "number", cast(self._value(name), Float(53)))

    def boolean(self, name: str) -> ColumnElement[Any]:
        return self._of_kind(name, "boolean", cast(self._value(name), Boolean))

    def exists(self, name: str) -> ColumnElement[bool]:
        return self._value(name).is_not(None)

    def tags_among(self, name: str, tags: Sequence[str]) -> ColumnElement[int]:
        each = self.each(self.array(name))
        counted = select(func.count(each.c.value.distinct())).where(each.c.value.in_(tags))
        return counted.scalar_subquery()

    def array(self, name: str) -> ColumnElement[Any]:
        return case((self._kind(name) == "array", self._column[name]))

    def each(self, array: ColumnElement[Any]) -> TableValuedAlias:
        return func.jsonb_array_elements_text(array).table_valued("value")

    def ordered(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return value.collate("C")

    def _value(self, name: str) -> ColumnElement[Any]:
        text: ColumnElement[Any] = self._column[name].astext
        return text

    def _kind(self, name: str) -> ColumnElement[str]:
        return func.jsonb_typeof(self._column[name], type_=String())

    def _of_kind(self, name: str, kind: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((self._kind(name) == kind, value))


def _path(name: str) -> str:
    quoted = name.replace('"', '\\"')
    return f'$."{quoted}"'
