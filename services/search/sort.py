"""Sorting by a declared number: what may be asked for, and the order of two values.

A similarity has no edge at which a document would stop to match, so the whole catalog sorted by
price would begin with the cheapest thing there is, whatever was asked for. What is sorted is
therefore the best hits by relevance, and no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.core.errors import InputError
from services.core.types.documents import Document
from services.core.types.indexes import AttributeType

AMONG: Final = 200
MAX_AMONG: Final = 1000
"""How many of the best hits are sorted: unless told, and at most."""
TYPES: Final = (AttributeType.INTEGER, AttributeType.NUMBER)


@dataclass(frozen=True, slots=True)
class Sort:
    """Order the best `among` hits by the attribute `by`; those without it come last."""

    by: str
    descending: bool = False
    among: int = AMONG


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was sorted: `considered` hits. `complete`: those are all that match."""

    sort: Sort
    considered: int
    complete: bool


def check(sort: Sort | None) -> None:
    """Raise InputError naming the limit."""
    if sort is not None and not 1 <= sort.among <= MAX_AMONG:
        raise InputError.at("sort.among", f"must be 1 to {MAX_AMONG} hits")


def check_declared(sort: Sort | None, attributes: Mapping[str, AttributeType]) -> None:
    """Raise InputError for what the index has not declared, or what is no number."""
    if sort is None or attributes.get(sort.by) in TYPES:
        return
    able = ", ".join(sorted(name for name, type in attributes.items() if type in TYPES)) or "none"
    raise InputError.at("sort.by", f"is not a declared number attribute (it may be: {able})")


def value_of(document: Document, sort: Sort) -> float | None:
    """What the document is sorted by; None where it has no such number."""
    value = document.attributes.get(sort.by)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def key(document: Document, sort: Sort, rank: int) -> tuple[bool, float, int]:
    """Sorts as asked: those without a value last, equal ones by their rank by relevance."""
    value = value_of(document, sort)
    if value is None:
        return True, 0.0, rank
    return False, -value if sort.descending else value, rank
