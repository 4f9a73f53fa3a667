"""Filter trees to SQL conditions that are true or false, never NULL."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Float,
    String,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.types import TypeEngine

from services.core.db.attributes import Attributes, attributes_of
from services.core.types.filters import And, Comparison, Filter, Not, Operator, Or, Scalar

_NEGATED: Final = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.NONE: Operator.ANY,
}


def compile_filter(
    filter: Filter, column: ColumnElement[Any], dialect: str, *, found: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Compile for two JSON columns, the attributes given and the tags found.

    The same documents pass as by `services.core.filters.matches` over both together, which have no
    name in common.
    """
    return _condition(filter, attributes_of(column, dialect, found=found))


def _condition(filter: Filter, attributes: Attributes) -> ColumnElement[bool]:
    match filter:
        case And(parts):
            return and_(true(), *(_condition(part, attributes) for part in parts))
        case Or(parts):
            return or_(false(), *(_condition(part, attributes) for part in parts))
        case Not(part):
            return not_(_condition(part, attributes))
        case Comparison(_, operator, _) if operator in _NEGATED:
            positive = Comparison(filter.field, _NEGATED[operator], filter.value)
            return not_(_comparison(positive, attributes))
        case Comparison():
            return _comparison(filter, attributes)


def _comparison(comparison: Comparison, attributes: Attributes) -> ColumnElement[bool]:
    name, operator, value = comparison.field, comparison.operator, comparison.value
    if operator is Operator.EXISTS:
        there = attributes.exists(name)
        return there if value else not_(there)
    if isinstance(value, tuple):
        return _with_values(attributes, name, operator, value)
    stored = _stored(attributes, name, value)
    wanted = literal(value, _type_of(value))
    condition: ColumnElement[bool]
    match operator:
        case Operator.EQ:
            condition = stored == wanted
        case Operator.LT:
            condition = stored < wanted
        case Operator.LTE:
            condition = stored <= wanted
        case Operator.GT:
            condition = stored > wanted
        case Operator.GTE:
            condition = stored >= wanted
        case Operator.PREFIX:
            condition = func.substr(stored, 1, len(str(value))) == wanted
        case _:
            raise ValueError(f"{operator} needs a tuple of values")
    return func.coalesce(condition, false())


def _with_values(
    attributes: Attributes, name: str, operator: Operator, values: tuple[Scalar, ...]
) -> ColumnElement[bool]:
    if operator is Operator.IN:
        found = [
            _stored(attributes, name, like[0]).in_(
                bindparam(None, like, expanding=True, type_=_type_of(like[0]))
            )
            for like in _by_type(values)
        ]
        return func.coalesce(or_(false(), *found), false())
    tags = sorted({str(value) for value in values})
    if operator is Operator.ANY:
        return attributes.tags_among(name, tags) > 0
    if operator is Operator.ALL:
        return and_(attributes.exists(name), attributes.tags_among(name, tags) == len(tags))
    raise ValueError(f"{operator} takes one value")


def _by_type(values: tuple[Scalar, ...]) -> list[list[Scalar]]:
    """Values of one kind together: each kind is read from the document in its own way."""
    kinds: dict[type, list[Scalar]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    return list(kinds.values())


def _type_of(value: Scalar) -> TypeEngine[Any]:
    """What a server is told of a value; left alone, SQLAlchemy goes by how large the first is."""
    if isinstance(value, bool):
        return Boolean()
    if isinstance(value, int):
        return BigInteger()
    return Float(53) if isinstance(value, float) else String()


def _stored(attributes: Attributes, name: str, value: Scalar) -> ColumnElement[Any]:
    """The document's value, as the kind of value it is compared with."""
    if isinstance(value, bool):
        return attributes.boolean(name)
    if isinstance(value, int):
        return attributes.integer(name)
    if isinstance(value, float):
        return attributes.number(name)
    return attributes.text(name)
