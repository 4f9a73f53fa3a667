"""At most so many hits of one value: a rule on the first-stage order, before any reranking.

Hits are taken in their order and one is left out when its value has had its share. What was let in
never depends on what comes behind it, so pages fit together whatever their size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from services.core.errors import InputError
from services.core.types.documents import Document
from services.core.types.filters import Comparison, Filter, Operator, Or, Scalar
from services.core.types.indexes import AttributeType

MAX_ATTRIBUTES: Final = 3
MAX_HITS: Final = 100
MAX_LISTED: Final = 500
"""Values that a search for others than these names."""
TYPES: Final = (AttributeType.STRING, AttributeType.INTEGER, AttributeType.BOOLEAN)
"""Types with one value a document that can be the same for many."""


class Diversity:
    """Counts the hits of each value as they come."""

    def __init__(self, max_per: Mapping[str, int]) -> None:
        self._max_per = max_per
        self._hits: Counter[tuple[str, Scalar]] = Counter()

    def full(self) -> Filter | None:
        """What documents have of which no more may come; None if nothing, or too much to list."""
        had: dict[str, list[Scalar]] = {}
        for (name, value), hits in self._hits.items():
            if hits >= self._max_per[name]:
                had.setdefault(name, []).append(value)
        if not 0 < sum(map(len, had.values())) <= MAX_LISTED:
            return None
        return Or(tuple(Comparison(name, Operator.IN, tuple(had[name])) for name in sorted(had)))

    def admits(self, document: Document) -> bool:
        """Whether the next hit may stay; it then counts. Without the attribute: always."""
        held = [
            (name, value)
            for name in self._max_per
            if isinstance(value := document.attributes.get(name), str | int)
        ]
        if any(self._hits[each] >= self._max_per[each[0]] for each in held):
            return False
        self._hits.update(held)
        return True


def check(max_per: Mapping[str, int]) -> None:
    """Raise InputError naming the attribute and the limit."""
    if len(max_per) > MAX_ATTRIBUTES:
        raise InputError.at("max_per", f"must have at most {MAX_ATTRIBUTES} attributes")
    for name, most in max_per.items():
        if not 1 <= most <= MAX_HITS:
            raise InputError.at(f"max_per.{name[:64]}", f"must be 1 to {MAX_HITS} hits")


def check_declared(max_per: Mapping[str, int], attributes: Mapping[str, AttributeType]) -> None:
    """Raise InputError for what the index has not declared or cannot count hits by."""
    able = ", ".join(sorted(name for name, type in attributes.items() if type in TYPES)) or "none"
    for name in max_per:
        if name not in attributes:
            raise InputError.at(
                f"max_per.{name[:64]}", f"is not a declared attribute (it may be: {able})"
            )
        if attributes[name] not in TYPES:
            raise InputError.at(
                f"max_per.{name[:64]}", f"is of type {attributes[name]}, not {', '.join(TYPES)}"
            )
