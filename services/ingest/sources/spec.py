"""What an import asks for, checked: the kind of source, a path we may read, a column mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from services.core.errors import InputError
from services.core.types.documents import Json
from services.ingest import parse as documents
from services.ingest import values

MAX_PATH: Final = 4096
MAX_COLUMNS: Final = 256
MAX_COLUMN: Final = 256
FIELDS: Final = ("type", "path", "mapping", "defaults", "delimiter")
TARGETS: Final = tuple(name for name in documents.FIELDS if name not in ("attributes", "signals"))


class SourceType(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """A checked import. `path` is absolute with symlinks resolved; `mapping` is field -> column."""

    type: SourceType
    path: Path
    mapping: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Json] = field(default_factory=dict)
    delimiter: str = ","

    @property
    def folder(self) -> Path:
        """Where `path:` references begin."""
        return self.path if self.type is SourceType.FOLDER else self.path.parent

    def json(self) -> dict[str, Json]:
        """What `parse` reads back as an equal specification."""
        return {
            "type": self.type.value,
            "path": str(self.path),
            "mapping": dict(self.mapping) or None,
            "defaults": dict(self.defaults),
            "delimiter": self.delimiter,
        }


def parse(raw: object, *, roots: Sequence[Path]) -> ImportSpec:
    """Read an import's JSON. Raises InputError naming the field."""
    fields = values.object_of(raw, known=FIELDS, field="import")
    type = _type(fields.get("type"))
    mapping = _mapping(fields.get("mapping"))
    defaults = _defaults(fields.get("defaults"))
    if type is SourceType.FOLDER and mapping:
        raise InputError.at("mapping", "is not for a folder: it has no columns")
    return ImportSpec(
        type=type,
        path=_path(fields.get("path"), type=type, roots=roots),
        mapping=mapping,
        defaults=defaults,
        delimiter=_delimiter(fields.get("delimiter"), type=type),
    )


def _type(raw: object) -> SourceType:
    if isinstance(raw, str) and raw in tuple(SourceType):
        return SourceType(raw)
    raise InputError.at("type", f"must be one of {', '.join(SourceType)}")


def _path(raw: object, *, type: SourceType, roots: Sequence[Path]) -> Path:
    if not isinstance(raw, str) or not 1 <= len(raw) <= MAX_PATH:
        raise InputError.at("path", f"must be a string of 1 to {MAX_PATH} characters")
    values.check_text(raw, field="path")
    if not roots:
        raise InputError.at("path", "cannot be read: MARGAY_INGEST__IMPORT_ROOTS names no folder")
    for root in roots:
        try:
            # A symlink is followed before it is judged, so none can lead out of the root.
            path = (root / raw).resolve()
            if path.is_relative_to(root.resolve()) and path.exists():
                return _of_kind(path, type)
        except (OSError, RuntimeError):
            continue
    raise InputError.at("path", "must exist inside a folder of MARGAY_INGEST__IMPORT_ROOTS")


def _of_kind(path: Path, type: SourceType) -> Path:
    if type is SourceType.FOLDER and not path.is_dir():
        raise InputError.at("path", "must be a folder")
    if type is not SourceType.FOLDER and not path.is_file():
        raise InputError.at("path", "must be a file")
    return path


def _mapping(raw: object) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or not 1 <= len(raw) <= MAX_COLUMNS:
        raise InputError.at("mapping", f"must be an object of 1 to {MAX_COLUMNS} fields")
    for target, column in raw.items():
        check_target(target, field="mapping")
        if not isinstance(column, str) or not 1 <= len(column) <= MAX_COLUMN:
            raise InputError.at(f"mapping.{target}", "must be the name of a column")
        values.check_text(column, field=f"mapping.{target}")
    if "id" not in raw:
        raise InputError.at("mapping.id", "must be given: every document needs an id")
    return dict(raw)


def _defaults(raw: object) -> dict[str, Json]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or len(raw) > MAX_COLUMNS:
        raise InputError.at("defaults", f"must be an object of at most {MAX_COLUMNS} fields")
    for target in raw:
        check_target(target, field="defaults")
    if "id" in raw:
        raise InputError.at("defaults.id", "cannot be given: every document has its own")
    return values.attributes(dict(raw), declared={}, field="defaults")


def check_target(target: object, *, field: str) -> None:
    """Raise InputError unless a column may go there: `title`, `attributes.<name>` ..."""
    if isinstance(target, str):
        group, dot, name = target.partition(".")
        if target in TARGETS or (dot and name and group in ("attributes", "signals")):
            values.check_text(target, field=field)
            return
    shown: Any = str(target)[:64].encode("ascii", "backslashreplace").decode()
    raise InputError.at(
        f"{field}.{shown}",
        f"is not a field of a document ({', '.join(TARGETS)}, attributes.<name>, signals.<name>)",
    )


def _delimiter(raw: object, *, type: SourceType) -> str:
    if raw is None:
        return ","
    if not isinstance(raw, str) or len(raw) != 1 or raw in '"\r\n\0':
        raise InputError.at("delimiter", "must be one character, not a quote or a line break")
    if type is not SourceType.CSV and raw != ",":
        raise InputError.at("delimiter", "is only for csv")
    return raw
