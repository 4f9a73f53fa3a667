"""JSON as RFC 8259 means it, and without what no store of ours can hold.

Refused, each with its place: NaN and infinities, numbers beyond 64 bits, keys given twice, NUL
characters, halves of surrogate pairs, nesting deeper than 64.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from services.core.errors import FieldProblem
from services.gateway.errors import NotJson

MAX_DEPTH: Final = 64
_INT64: Final = 2**63
_SUSPECT: Final = re.compile(rb"\\u0000|\\u[dD]|[0-9]{19}|[eE]\+?[0-9]{3}")
_OPENING: Final = re.compile(rb"[\[{]")


def loads(raw: bytes, *, place: str = "") -> Any:
    """Parse a document. `place` names it in problems. Raises NotJson."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise _refuse(place, f"is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise _refuse(
            place, f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise _refuse(place, f"is nested deeper than {MAX_DEPTH}") from error
    except _Unwanted as error:
        raise _refuse(place, str(error)) from error
    except ValueError as error:  # an integer of thousands of digits
        raise _refuse(place, "has a number beyond 64 bits") from error
    if _SUSPECT.search(raw) or len(_OPENING.findall(raw)) > MAX_DEPTH:
        _inspect(value, place, 1)
    return value


class _Unwanted(Exception):
    """Well-formed for Python's parser, and still nothing we take."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Unwanted(f"gives the key {key!r} twice")
            seen.add(key)
    return made


def _constant(name: str) -> NoReturn:
    raise _Unwanted(f"contains {name}, which is not JSON")


def _inspect(value: Any, place: str, depth: int) -> None:
    """Walk a value that may hold something no store can keep."""
    if depth > MAX_DEPTH:
        raise _refuse(place, f"is nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key, part in value.items():
            _inspect_text(key, place)
            _inspect(part, f"{place}.{key}" if place else key, depth + 1)
    elif isinstance(value, list):
        for ordinal, part in enumerate(value):
            _inspect(part, f"{place}[{ordinal}]", depth + 1)
    elif isinstance(value, str):
        _inspect_text(value, place)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise _refuse(place, "is a number beyond 64 bits")
    elif isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise _refuse(place, "is a number beyond 64 bits")


def _inspect_text(text: str, place: str) -> None:
    if "\0" in text:
        raise _refuse(place, "contains a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _refuse(place, "contains half of a surrogate pair")


def _refuse(place: str, problem: str) -> NotJson:
    field = _printable(place) or "body"
    return NotJson(f"{field}: {problem}", fields=(FieldProblem(field, problem),))


def _printable(place: str) -> str:
    return place.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:200]
