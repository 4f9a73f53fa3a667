"""The first rows of a source as an import would take them; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from services.core.errors import FieldProblem, InputError
from services.core.ports import Ports
from services.core.types.documents import Document
from services.core.types.indexes import Index
from services.ingest import parse, references, tags
from services.ingest.accept import declared_attributes
from services.ingest.references import Form
from services.ingest.sources import mapping, proposal, spec
from services.ingest.sources import open as sources
from services.ingest.sources.row import Row, SourceBroken

MAX_ROWS: Final = 20
MAX_SHOWN: Final = 500
"""Characters of a value; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it lies there, and the document it becomes, or why it becomes none."""

    number: int
    fields: Mapping[str, Any]
    document: Document | None
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`proposed` is what names suggest (None: equal names do); `mapping` is what rows were read by.

    `more` tells whether there are rows behind these; `broken` why the source cannot be read on.
    """

    columns: tuple[str, ...]
    proposed: Mapping[str, str] | None
    mapping: Mapping[str, str] | None
    rows: tuple[PreviewRow, ...]
    more: bool
    broken: str | None


def preview(ports: Ports, index: str, read: spec.ImportSpec, *, uploaded: bool) -> Preview:
    """Read the first 20 rows, by the specification's mapping, or else by the proposed one.

    Raises NotFound for the index, InputError for a kind of file that this process cannot read.
    """
    with ports.database.read() as work:
        found = work.indexes.get(index)
    rows, broken = _first(read, MAX_ROWS + 1)
    shown = rows[:MAX_ROWS]
    columns = tuple(dict.fromkeys(name for row in shown for name in row.fields))
    fields = [row.fields for row in shown if row.problem is None]
    proposed = None
    if read.type is not spec.SourceType.FOLDER:
        proposed = proposal.mapping(columns, fields, attributes=declared_attributes(found))
    used = read if read.mapping else replace(read, mapping=proposed or {})
    return Preview(
        columns=columns,
        proposed=proposed,
        mapping=dict(used.mapping) or None,
        rows=tuple(_row(ports, found, used, row, uploaded=uploaded) for row in shown),
        more=len(rows) > MAX_ROWS,
        broken=broken,
    )


def document_of(
    ports: Ports, index: Index, read: spec.ImportSpec, row: Row, *, uploaded: bool
) -> Document:
    """The document that a row is. Raises InputError naming `row 3.title`.

    An uploaded file has no folder beside it, so its rows name no paths.
    """
    where = f"row {row.number}"
    if row.problem is not None:
        raise InputError(f"{where}: {row.problem}", fields=(FieldProblem(where, row.problem),))
    declared = declared_attributes(index)
    document = parse.document(
        mapping.raw_document(row.fields, read, attributes=declared),
        attributes=declared,
        limits=ports.settings.ingest,
        allowed=references.IMPORT_FORMS - ({Form.PATH} if uploaded else set()),
        field=where,
    )
    tags.refuse_given(document.attributes, index, field=f"{where}.attributes")
    return document


def _first(read: spec.ImportSpec, most: int) -> tuple[list[Row], str | None]:
    taken: list[Row] = []
    try:
        for row in islice(sources.rows(read, None), most):
            taken.append(row)  # one at a time, so that the rows before a break are shown
    except SourceBroken as broken:
        return taken, str(broken)
    except ImportError as error:
        raise InputError.at("type", f"{read.type} files cannot be read in this process") from error
    return taken, None


def _row(
    ports: Ports, index: Index, read: spec.ImportSpec, row: Row, *, uploaded: bool
) -> PreviewRow:
    document: Document | None = None
    problems: tuple[FieldProblem, ...] = ()
    try:
        document = document_of(ports, index, read, row, uploaded=uploaded)
    except InputError as error:
        problems = error.fields or (FieldProblem(f"row {row.number}", error.detail),)
    fields = {name: _cut(value) for name, value in row.fields.items()}
    return PreviewRow(row.number, fields, document, problems)


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…"
    if isinstance(value, Mapping):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_cut(each) for each in value]
    return value
