"""Checks of single JSON values: texts, times, attributes, signals, consent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from services.core import ids
from services.core.errors import InputError
from services.core.filters import INT64_MAX, INT64_MIN, check_attribute, finite_number
from services.core.types.documents import Json
from services.core.types.indexes import AttributeType

MAX_ATTRIBUTES_BYTES: Final = 64 * 1024
MAX_CONSENT_BYTES: Final = 16 * 1024
MAX_DEPTH: Final = 8
MAX_SIGNALS: Final = 64
MAX_KEY: Final = 128
_RFC3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})"
)


def object_of(raw: object, *, known: Sequence[str], field: str) -> Mapping[str, Any]:
    """Return a JSON object that has only known fields, or raise InputError naming the other."""
    if not isinstance(raw, Mapping):
        raise InputError.at(field, "must be an object")
    for name in raw:
        if name not in known:
            shown = str(name)[:64].encode("ascii", "backslashreplace").decode()
            raise InputError.at(
                f"{field}.{shown}", f"is not a known field (known: {', '.join(known)})"
            )
    return raw


def text(raw: object, *, limit: int, field: str) -> str | None:
    """Return a string of at most `limit` characters, or None for null. Raises InputError."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise InputError.at(field, "must be a string")
    if len(raw) > limit:
        raise InputError.at(field, f"must have at most {limit} characters")
    return check_text(raw, field=field)


def check_text(raw: str, *, field: str) -> str:
    """Return the string unless it holds what no store keeps unchanged. Raises InputError."""
    if "\0" in raw or (not raw.isascii() and _has_surrogate(raw)):
        raise InputError.at(field, "must not hold NUL characters or unpaired surrogates")
    return raw


def moment(raw: object, *, field: str) -> datetime:
    """Read an RFC 3339 time with its offset, as UTC. Raises InputError."""
    if isinstance(raw, str) and len(raw) <= 40 and _RFC3339.fullmatch(raw):
        try:
            return datetime.fromisoformat(raw.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # such as 30 February: refused below like any other text
    raise InputError.at(field, "must be an RFC 3339 time with offset, such as 2027-01-31T12:00:00Z")


def attributes(
    raw: object,
    *,
    declared: Mapping[str, AttributeType],
    field: str,
    keep_null: bool = False,
) -> dict[str, Json]:
    """Read free attributes; those declared must have their type. Null ones are dropped.

    With `keep_null`, null stays (a patch removes by it). Raises InputError.
    """
    checked = _json_object(raw, limit=MAX_ATTRIBUTES_BYTES, field=field)
    for name, value in checked.items():
        if name in declared:
            check_attribute(name, declared[name], value, field=f"{field}.{name}")
    if keep_null:
        return checked
    return {name: value for name, value in checked.items() if value is not None}


def signals(raw: object, *, field: str, nullable: bool = False) -> dict[str, float | None]:
    """Read named finite numbers, at most 64. Raises InputError."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or len(raw) > MAX_SIGNALS:
        raise InputError.at(field, f"must be an object of at most {MAX_SIGNALS} numbers")
    read: dict[str, float | None] = {}
    for name, value in raw.items():
        if not isinstance(name, str) or not ids.ATTRIBUTE_NAME.fullmatch(name):
            raise InputError.at(
                field, "must have names of 1-48 lower-case letters, digits or _, a letter first"
            )
        if value is None and nullable:
            read[name] = None
            continue
        read[name] = finite_number(value, f"{field}.{name}")
    return read


def consent(raw: object, *, field: str) -> dict[str, Json] | None:
    """Read a consent record: any small JSON object. Raises InputError."""
    return None if raw is None else _json_object(raw, limit=MAX_CONSENT_BYTES, field=field)


def _json_object(raw: object, *, limit: int, field: str) -> dict[str, Json]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise InputError.at(field, "must be an object")
    made = {name: _json(value, f"{field}.{name}", depth=1) for name, value in _entries(raw, field)}
    if len(json.dumps(made, ensure_ascii=False).encode()) > limit:
        raise InputError.at(field, f"must have at most {limit // 1024} KiB as JSON")
    return made


def _json(value: object, field: str, *, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise InputError.at(field, f"must not be nested deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_text(value, field=field)
    if isinstance(value, int):
        if INT64_MIN <= value <= INT64_MAX:
            return value
        raise InputError.at(field, "must fit a signed 64-bit integer")
    if isinstance(value, float):
        return finite_number(value, field)
    if isinstance(value, Mapping):
        return {
            name: _json(part, f"{field}.{name}", depth=depth + 1)
            for name, part in _entries(value, field)
        }
    if isinstance(value, list):
        return [
            _json(part, f"{field}[{place}]", depth=depth + 1) for place, part in enumerate(value)
        ]
    raise InputError.at(field, "must be JSON")


def _entries(raw: Mapping[Any, Any], field: str) -> list[tuple[str, Any]]:
    for name in raw:
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_KEY:
            raise InputError.at(field, f"must have names of 1 to {MAX_KEY} characters")
        check_text(name, field=field)
    return list(raw.items())


def _has_surrogate(raw: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in raw)
