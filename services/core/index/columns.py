"""Filter columns: how attribute values and expiry are stored so that Milvus can compare them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from services.core.filters import check_attribute
from services.core.index import names
from services.core.types.documents import Json
from services.core.types.indexes import AttributeType

Row: TypeAlias = dict[str, object]

NEVER: Final = 253_402_300_799
"""Expiry of what does not expire: the last second of the year 9999."""

# LIKE has no escape that Milvus Lite handles in every position (a backslash in the searched
# text is lost), so characters with a meaning in a pattern never reach the tag column.
_TAG_ESCAPES: Final = str.maketrans({"~": "~7E", "%": "~25", "_": "~5F", "\\": "~5C"})


def filter_columns(
    attributes: Mapping[str, Json],
    expires_at: datetime | None,
    *,
    declared: Mapping[str, AttributeType],
) -> Row:
    """Every filter column of a row; what is missing becomes null, what is undeclared is left out.

    Raises InputError naming the attribute when a value is not of its declared type.
    """
    row: Row = {names.EXPIRES_AT: expiry(expires_at)}
    for name, type in declared.items():
        value = attributes.get(name)
        check_attribute(name, type, value)
        row[names.column(name)] = _stored(type, value)
    return row


def expiry(moment: datetime | None) -> int:
    """Epoch seconds, rounded up so that nothing is hidden before its time."""
    return NEVER if moment is None else min(math.ceil(moment.timestamp()), NEVER)


def tag_token(tag: str) -> str:
    """A tag as it lies in its column between two bars."""
    return tag.translate(_TAG_ESCAPES)


def _stored(type: AttributeType, value: Json) -> object:
    if value is None:
        return None
    if type is AttributeType.TAGS and isinstance(value, list):
        return "".join(f"|{tag_token(str(tag))}" for tag in value) + "|"
    if type is AttributeType.NUMBER and isinstance(value, int | float):
        return float(value) + 0.0  # turns -0.0 into 0.0: IN tells them apart
    return value
