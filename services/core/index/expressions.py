"""Compile a filter tree to a Milvus expression that means the same on nullable columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.core.errors import BadFilter
from services.core.index import names
from services.core.index.columns import tag_token
from services.core.types.filters import And, Comparison, Filter, Not, Operator, Or, Scalar
from services.core.types.indexes import AttributeType

# Milvus has no constants that every version accepts as a whole expression. Primary keys are
# never empty, and both collections have a document id.
_TRUE: Final = f'({names.DOCUMENT_ID} != "")'
_FALSE: Final = f'({names.DOCUMENT_ID} == "")'

_SYMBOLS: Final = {
    Operator.EQ: "==",
    Operator.NE: "!=",
    Operator.LT: "<",
    Operator.LTE: "<=",
    Operator.GT: ">",
    Operator.GTE: ">=",
}
_OPPOSITE: Final = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.LT: Operator.GTE,
    Operator.GTE: Operator.LT,
    Operator.GT: Operator.LTE,
    Operator.LTE: Operator.GT,
}
_NEGATIVE: Final = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.NONE: Operator.ANY,
}
_LAST: Final = "\U0010ffff"


def expression(
    filter: Filter | None, now: datetime | None, *, declared: Mapping[str, AttributeType]
) -> str:
    """The whole condition of a search, empty when there is none.

    Comparing a null gives "unknown" in Milvus, so negation is pushed down to the comparisons,
    where "or is null" makes it two-valued. Raises BadFilter for an attribute not declared.
    """
    parts = []
    if filter is not None:
        parts.append(_compile(filter, declared, negated=False))
    if now is not None:
        parts.append(f"({names.EXPIRES_AT} > {int(now.timestamp())})")
    return " and ".join(parts)


def literal(value: Scalar) -> str:
    """A value as Milvus reads it back, whatever characters it holds."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value + 0.0)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _compile(filter: Filter, declared: Mapping[str, AttributeType], *, negated: bool) -> str:
    match filter:
        case Not(part):
            return _compile(part, declared, negated=not negated)
        case And(parts) | Or(parts):
            compiled = [_compile(part, declared, negated=negated) for part in parts]
            return _join(compiled, every=isinstance(filter, And) is not negated)
        case Comparison(field, operator, value):
            if field not in declared:
                raise BadFilter.at(f"filter.{field}", "is not a declared attribute")
            if operator in _NEGATIVE:
                operator, negated = _NEGATIVE[operator], not negated
            column = names.column(field)
            if operator is Operator.EXISTS:
                return f"({column} is {'not ' if (value is True) is not negated else ''}null)"
            if not negated:
                return _positive(column, operator, value)
            return f"({column} is null or {_opposite(column, operator, value)})"


def _positive(column: str, operator: Operator, value: Scalar | tuple[Scalar, ...]) -> str:
    if isinstance(value, tuple):
        if operator is Operator.IN:
            return f"({column} in {_list(value)})" if value else _FALSE
        parts = [f"({column} like {_tag_pattern(tag)})" for tag in value]
        if operator is Operator.ALL:
            return _join([f"({column} is not null)", *parts], every=True)
        return _join(parts, every=False)
    if operator is Operator.PREFIX:
        return _join(_prefix_bounds(column, str(value)), every=True)
    return f"({column} {_SYMBOLS[operator]} {literal(value)})"


def _opposite(column: str, operator: Operator, value: Scalar | tuple[Scalar, ...]) -> str:
    """The negation for a column that is not null."""
    if isinstance(value, tuple):
        if operator is Operator.IN:
            return f"({column} not in {_list(value)})" if value else _TRUE
        parts = [f"(not ({column} like {_tag_pattern(tag)}))" for tag in value]
        return _join(parts, every=operator is Operator.ANY)
    if operator is Operator.PREFIX:
        return f"(not {_join(_prefix_bounds(column, str(value)), every=True)})"
    return f"({column} {_SYMBOLS[_OPPOSITE[operator]]} {literal(value)})"


def _join(parts: list[str], *, every: bool) -> str:
    if not parts:
        return _TRUE if every else _FALSE
    return "(" + (" and " if every else " or ").join(parts) + ")"


def _list(values: tuple[Scalar, ...]) -> str:
    return "[" + ", ".join(literal(value) for value in values) + "]"


def _tag_pattern(tag: Scalar) -> str:
    return literal(f"%|{tag_token(str(tag))}|%")


def _prefix_bounds(column: str, prefix: str) -> list[str]:
    """A prefix as a range: strings compare by code point, and LIKE would need escapes."""
    bounds = [f"({column} >= {literal(prefix)})"]
    stem = prefix.rstrip(_LAST)
    if stem:
        after = ord(stem[-1]) + 1
        following = chr(0xE000 if 0xD800 <= after <= 0xDFFF else after)
        bounds.append(f"({column} < {literal(stem[:-1] + following)})")
    return bounds
