"""From the columns of a source to the fields of a document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from services.core.types.documents import Json
from services.core.types.indexes import AttributeType
from services.ingest import references
from services.ingest.attached import FIELDS
from services.ingest.sources.spec import ImportSpec

SEPARATOR: Final = "|"
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})


def raw_document(
    fields: Mapping[str, Any], spec: ImportSpec, *, attributes: Mapping[str, AttributeType]
) -> dict[str, Any]:
    """Arrange a row as a JSON document, not yet checked; `attributes` are the declared ones.

    Without a mapping, the row's own names are the fields (`attributes.brand` for nested ones).
    """
    mapping = spec.mapping or {name: name for name in fields}
    made: dict[str, Any] = {}
    for target, column in mapping.items():
        if fields.get(column) is not None:
            _set(made, target, fields[column], attributes=attributes)
    for target, value in spec.defaults.items():
        if not _has(made, target):
            _set(made, target, value, attributes=attributes)
    return made


def _set(
    made: dict[str, Any],
    target: str,
    value: Any,
    *,
    attributes: Mapping[str, AttributeType],
) -> None:
    group, dot, name = target.partition(".")
    if dot and group in ("attributes", "signals"):
        holder = made.setdefault(group, {})
        if isinstance(holder, dict):  # anything else is refused when the document is parsed
            declared = attributes.get(name)
            holder[name] = _typed(value, declared) if group == "attributes" else _number(value)
    elif target in FIELDS.values():
        made[target] = _media(value)
    elif isinstance(value, str) and target in ("attributes", "signals", "consent"):
        made[target] = _object(value)
    elif target in ("id", "sku") and isinstance(value, int) and not isinstance(value, bool):
        # Numeric ids are common in tables; ours are strings.
        made[target] = str(value)
    else:
        made[target] = value


def _has(made: Mapping[str, Any], target: str) -> bool:
    group, dot, name = target.partition(".")
    holder = made.get(group)
    return isinstance(holder, dict) and name in holder if dot else target in made


def _media(value: Any) -> Any:
    if isinstance(value, str):
        # A data URI holds no "|", so splitting cannot break one.
        value = [part.strip() for part in value.split(SEPARATOR) if part.strip()]
    if not isinstance(value, list):
        return value
    return [
        f"path:{one}" if isinstance(one, str) and references.form(one) is None else one
        for one in value
    ]


def _typed(value: Any, type: AttributeType | None) -> Json:
    """Read a cell as the declared type; what does not fit stays as it is and is refused later."""
    read: Json = _from_text(value, type) if isinstance(value, str) else _from_number(value, type)
    return read


def _from_text(value: str, type: AttributeType | None) -> Any:
    match type:
        case AttributeType.TAGS:
            return [part.strip() for part in value.split(SEPARATOR) if part.strip()]
        case AttributeType.INTEGER:
            return _integer(value)
        case AttributeType.NUMBER:
            return _number(value)
        case AttributeType.BOOLEAN:
            lowered = value.strip().lower()
            return True if lowered in _TRUE else False if lowered in _FALSE else value
        case _:
            return value


def _from_number(value: Any, type: AttributeType | None) -> Any:
    if type is AttributeType.STRING and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if type is AttributeType.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _integer(value: str) -> int | str:
    try:
        return int(value)
    except ValueError:
        return value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _object(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
