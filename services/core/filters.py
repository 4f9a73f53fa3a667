"""Typed filters: JSON to a tree, the plain-Python meaning of a tree, and the attribute rules."""

from __future__ import annotations

import math
import operator as operator_
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeAlias

from services.core.errors import BadFilter, InputError
from services.core.types.documents import Json
from services.core.types.filters import And, Comparison, Filter, Not, Operator, Or, Scalar
from services.core.types.indexes import AttributeType

MAX_DEPTH: Final = 8
MAX_COMPARISONS: Final = 100
MAX_VALUES: Final = 1000
MAX_STRING: Final = 512
MAX_STORED_STRING: Final = 1024
MAX_TAGS: Final = 64
MAX_TAG: Final = 64
INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

RESERVED_NAMES: Final = frozenset({"any", "all", "not"})
"""Names no attribute may have: in a filter they join other filters."""

_ErrorKind: TypeAlias = type[InputError]

_EQUALITY: Final = frozenset(
    {Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN, Operator.EXISTS}
)
_ORDER: Final = frozenset({Operator.LT, Operator.LTE, Operator.GT, Operator.GTE})
_LISTS: Final = frozenset({Operator.IN, Operator.NOT_IN, Operator.ANY, Operator.ALL, Operator.NONE})
OPERATORS: Final[Mapping[AttributeType, frozenset[Operator]]] = {
    AttributeType.STRING: _EQUALITY | {Operator.PREFIX},
    AttributeType.INTEGER: _EQUALITY | _ORDER,
    AttributeType.NUMBER: _EQUALITY | _ORDER,
    AttributeType.BOOLEAN: frozenset({Operator.EQ, Operator.NE, Operator.EXISTS}),
    AttributeType.TAGS: frozenset({Operator.ANY, Operator.ALL, Operator.NONE, Operator.EXISTS}),
}
"""What may be asked of an attribute of each type."""


def parse(
    json: object, attributes: Mapping[str, AttributeType], *, field: str = "filter"
) -> Filter:
    """Make the tree of a JSON filter over the declared attributes.

    Values of number attributes come out as floats. Raises BadFilter naming the path of the first
    thing wrong, such as `filter.price.lt` or `filter.any[0].brand.in[2]`.
    """
    return _Parser(attributes).filter(json, field, depth=1)


def matches(filter: Filter, attributes: Mapping[str, Json]) -> bool:
    """Whether a document with these (checked) attributes passes: the meaning of a filter."""
    match filter:
        case And(parts):
            return all(matches(part, attributes) for part in parts)
        case Or(parts):
            return any(matches(part, attributes) for part in parts)
        case Not(part):
            return not matches(part, attributes)
        case Comparison(name, operator, value):
            return _holds(attributes.get(name), operator, value)


def check_attribute(name: str, type: AttributeType, value: Json, *, field: str = "") -> None:
    """Raise InputError naming `field` (default `attributes.<name>`) unless it can be stored.

    None is fine: the document lacks the attribute. Strings have at most 1024 characters, tags are
    at most 64 strings of 1-64 characters without "|", integers fit 64 bits, numbers are finite.
    """
    if value is None:
        return
    where = field or f"attributes.{name}"
    if type is not AttributeType.TAGS:
        _scalar(value, type, where, longest=MAX_STORED_STRING, error=InputError)
        return
    if not isinstance(value, list) or len(value) > MAX_TAGS:
        raise InputError.at(where, f"must be a list of at most {MAX_TAGS} tags")
    for position, tag in enumerate(value):
        _scalar(tag, type, f"{where}[{position}]", longest=MAX_TAG, error=InputError)


class _Parser:
    def __init__(self, attributes: Mapping[str, AttributeType]) -> None:
        self._attributes = attributes
        self._comparisons = 0

    def filter(self, json: object, path: str, *, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            _refuse(path, f"must not be nested deeper than {MAX_DEPTH} levels")
        if not isinstance(json, dict):
            _refuse(path, "must be an object")
        parts: list[Filter] = []
        for key, value in json.items():
            here = f"{path}.{key}"
            if key == "not":
                parts.append(Not(self.filter(value, here, depth=depth + 1)))
            elif key in RESERVED_NAMES:
                parts.append(self._joined(key, value, here, depth=depth + 1))
            else:
                parts.extend(self._field(key, value, here))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _joined(self, key: str, json: object, path: str, *, depth: int) -> Filter:
        if not isinstance(json, list):
            _refuse(path, "must be a list of filters")
        if len(json) > MAX_COMPARISONS:
            _refuse(path, f"must not have more than {MAX_COMPARISONS} filters")
        parts = tuple(
            self.filter(part, f"{path}[{position}]", depth=depth)
            for position, part in enumerate(json)
        )
        return Or(parts) if key == "any" else And(parts)

    def _field(self, name: str, json: object, path: str) -> list[Filter]:
        if name not in self._attributes:
            known = ", ".join(sorted(self._attributes)) or "none"
            _refuse(path, f"is not a declared attribute (declared: {known})")
        type = self._attributes[name]
        if not isinstance(json, dict):
            json = {"eq": json}
        if not json:
            _refuse(path, f"needs an operator ({_names(OPERATORS[type])})")
        return [
            self._comparison(name, type, operator, value, f"{path}.{operator}")
            for operator, value in json.items()
        ]

    def _comparison(
        self, name: str, type: AttributeType, operator: str, value: object, path: str
    ) -> Comparison:
        if operator not in OPERATORS[type]:
            _refuse(path, f"is not for a {type} attribute (use {_names(OPERATORS[type])})")
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            _refuse(path, f"is one comparison more than the {MAX_COMPARISONS} a filter may have")
        return Comparison(name, Operator(operator), _operand(Operator(operator), type, value, path))


def _operand(
    operator: Operator, type: AttributeType, value: object, path: str
) -> Scalar | tuple[Scalar, ...]:
    longest = MAX_TAG if type is AttributeType.TAGS else MAX_STRING
    if operator is Operator.EXISTS:
        return _scalar(value, AttributeType.BOOLEAN, path, longest=longest, error=BadFilter)
    if operator not in _LISTS:
        return _scalar(value, type, path, longest=longest, error=BadFilter)
    if not isinstance(value, list) or len(value) > MAX_VALUES:
        _refuse(path, f"must be a list of at most {MAX_VALUES} values")
    return tuple(
        _scalar(part, type, f"{path}[{position}]", longest=longest, error=BadFilter)
        for position, part in enumerate(value)
    )


def _scalar(
    value: object, type: AttributeType, path: str, *, longest: int, error: _ErrorKind
) -> Scalar:
    match type:
        case AttributeType.BOOLEAN:
            if isinstance(value, bool):
                return value
            raise error.at(path, "must be true or false")
        case AttributeType.INTEGER:
            if isinstance(value, int) and not isinstance(value, bool):
                if INT64_MIN <= value <= INT64_MAX:
                    return value
                raise error.at(path, "must fit a signed 64-bit integer")
            raise error.at(path, "must be an integer")
        case AttributeType.NUMBER:
            return finite_number(value, path, error=error)
        case AttributeType.STRING | AttributeType.TAGS:
            return _string(value, type, path, longest=longest, error=error)


def finite_number(value: object, path: str, *, error: type[InputError] = InputError) -> float:
    """Return a JSON number as a float. Raises `error` naming `path` unless it is a finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise error.at(path, "must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise error.at(path, "must be a finite number (a 64-bit float)")
    return number


def _string(
    value: object, type: AttributeType, path: str, *, longest: int, error: _ErrorKind
) -> str:
    if not isinstance(value, str):
        raise error.at(path, "must be a string")
    if len(value) > longest:
        raise error.at(path, f"must not have more than {longest} characters")
    # Neither survives the way through UTF-8 and the stores unchanged.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise error.at(path, "must not hold NUL characters or unpaired surrogates")
    if type is AttributeType.TAGS and (not value or "|" in value):
        raise error.at(path, 'must be a tag: not empty and without "|"')
    return value


def _holds(stored: Json, operator: Operator, value: Scalar | tuple[Scalar, ...]) -> bool:
    if operator is Operator.EXISTS:
        return (stored is not None) is value
    if operator in _NEGATIONS:
        return not _holds(stored, _NEGATIONS[operator], value)
    if stored is None:
        return False
    if isinstance(value, tuple):
        return _holds_list(stored, operator, value)
    if isinstance(value, float) and isinstance(stored, int):
        stored = float(stored)  # number attributes are stored as 64-bit floats
    if operator is Operator.PREFIX:
        return str(stored).startswith(str(value))
    return _COMPARE[operator](stored, value)


def _holds_list(stored: Json, operator: Operator, values: tuple[Scalar, ...]) -> bool:
    if operator is Operator.IN:
        return any(_holds(stored, Operator.EQ, value) for value in values)
    tags = set(stored) if isinstance(stored, list) else set()
    return bool(tags.intersection(values)) if operator is Operator.ANY else tags.issuperset(values)


def _refuse(path: str, problem: str) -> NoReturn:
    raise BadFilter.at(path, problem)


def _names(operators: frozenset[Operator]) -> str:
    return ", ".join(operator for operator in Operator if operator in operators)


_NEGATIONS: Final[Mapping[Operator, Operator]] = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.NONE: Operator.ANY,
}
_COMPARE: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: operator_.eq,
    Operator.LT: operator_.lt,
    Operator.LTE: operator_.le,
    Operator.GT: operator_.gt,
    Operator.GTE: operator_.ge,
}
