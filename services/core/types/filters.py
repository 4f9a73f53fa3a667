"""A filter as a tree: what a typed JSON filter parses into and every store compiles from.

Two-valued logic, the same everywhere: a document that lacks a field matches no comparison on it
except `exists: false`, and `not` is plain negation (so `not: {price: {lt: 5}}` matches a document
without a price).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Operator(StrEnum):
    """`any`, `all` and `none` are for tags; `prefix` for strings; order comparisons for numbers."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    PREFIX = "prefix"
    EXISTS = "exists"
    ANY = "any"
    ALL = "all"
    NONE = "none"


Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against a value, or a tuple of values for in, not_in, any, all and none.

    `ne`, `not_in` and `none` are negations: they match a document that lacks the field.
    """

    field: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; an empty And matches everything."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; an empty Or matches nothing."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


Filter: TypeAlias = Comparison | And | Or | Not
