"""Strict reading of documents and patches: what we cannot keep is refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.core import ids
from services.core.errors import FieldProblem, InputError
from services.core.media.kinds import Kind
from services.core.settings import Ingest
from services.core.types.documents import Document, DocumentPatch, PagedFile, Recording
from services.core.types.indexes import AttributeType
from services.ingest import attached, references, values

MAX_TITLE: Final = 512
MAX_DESCRIPTION: Final = 16_384
MAX_SKU: Final = 128
MAX_OWNER: Final = 256
MAX_PROBLEMS: Final = 20
"""Most documents whose problem one refusal names."""
FIELDS: Final = (
    "id",
    "title",
    "description",
    "sku",
    "images",
    "audio",
    "video",
    "files",
    "attributes",
    "signals",
    "owner",
    "consent",
    "expires_at",
)


def documents(
    raw: object,
    *,
    attributes: Mapping[str, AttributeType],
    limits: Ingest,
    field: str = "documents",
) -> list[Document]:
    """Read a list of JSON documents, all or none.

    Raises InputError naming the first problem of each of the first 20 documents that have one.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        raise InputError.at(field, "must be a list of documents")
    if not 1 <= len(raw) <= limits.max_documents_per_request:
        raise InputError.at(field, f"must hold 1 to {limits.max_documents_per_request} documents")
    read: list[Document] = []
    problems: list[FieldProblem] = []
    for place, one in enumerate(raw):
        try:
            read.append(
                document(one, attributes=attributes, limits=limits, field=f"{field}[{place}]")
            )
        except InputError as error:
            problems.extend(error.fields)
            if len(problems) >= MAX_PROBLEMS:
                break
    if problems:
        first = problems[0]
        raise InputError(f"{first.field}: {first.problem}", fields=tuple(problems))
    return read


def document(
    raw: object,
    *,
    attributes: Mapping[str, AttributeType],
    limits: Ingest,
    allowed: frozenset[references.Form] = references.REQUEST_FORMS,
    field: str = "document",
) -> Document:
    """Read one JSON document; `attributes` are the declared ones.

    Raises InputError naming the field below `field` and its limit.
    """
    fields = values.object_of(raw, known=FIELDS, field=field)

    def text(name: str, limit: int) -> str | None:
        return values.text(fields.get(name), limit=limit, field=f"{field}.{name}")

    def media(kind: Kind) -> tuple[str, ...]:
        name = attached.FIELDS[kind]
        return _media(fields.get(name), kind, allowed, limits, field=f"{field}.{name}")

    made = Document(
        id=_id(fields, field=f"{field}.id"),
        title=text("title", MAX_TITLE) or "",
        description=text("description", MAX_DESCRIPTION) or "",
        sku=text("sku", MAX_SKU) or None,
        images=media(Kind.IMAGE),
        audio=tuple(Recording(each) for each in media(Kind.AUDIO)),
        video=tuple(Recording(each) for each in media(Kind.VIDEO)),
        files=tuple(PagedFile(each) for each in media(Kind.FILE)),
        attributes=values.attributes(
            fields.get("attributes"), declared=attributes, field=f"{field}.attributes"
        ),
        signals=_present(values.signals(fields.get("signals"), field=f"{field}.signals")),
        owner=text("owner", MAX_OWNER) or None,
        consent=values.consent(fields.get("consent"), field=f"{field}.consent"),
        expires_at=_expiry(fields.get("expires_at"), field=f"{field}.expires_at"),
    )
    if not (made.title.strip() or made.description.strip() or attached.of(made)):
        raise InputError.at(field, "needs a title, a description, or a medium")
    return made


def patch(raw: object, *, attributes: Mapping[str, AttributeType]) -> DocumentPatch:
    """Read a PATCH: `attributes` and `signals` to set, null to remove. Raises InputError."""
    fields = values.object_of(raw, known=("attributes", "signals"), field="patch")
    if not fields:
        raise InputError.at("patch", "must change attributes or signals")
    return DocumentPatch(
        attributes=values.attributes(
            fields.get("attributes"), declared=attributes, field="attributes", keep_null=True
        ),
        signals=values.signals(fields.get("signals"), field="signals", nullable=True),
    )


def _id(fields: Mapping[str, Any], *, field: str) -> str:
    raw = fields.get("id")
    if not isinstance(raw, str):
        raise InputError.at(field, "must be given, as a string")
    return ids.check_document_id(raw, field=field)


def _media(
    raw: object,
    kind: Kind,
    allowed: frozenset[references.Form],
    limits: Ingest,
    *,
    field: str,
) -> tuple[str, ...]:
    if raw is None:
        return ()
    most = {
        Kind.IMAGE: limits.max_images_per_document,
        Kind.FILE: limits.max_files_per_document,
    }.get(kind, limits.max_recordings_per_document)
    if not isinstance(raw, list) or len(raw) > most:
        raise InputError.at(field, f"must be a list of at most {most} {kind.noun}s")
    checked = []
    for place, one in enumerate(raw):
        where = f"{field}[{place}]"
        reference = references.check(one, allowed=allowed, field=where, kind=kind)
        # Data URIs are long and checked as base64 when they are staged.
        if not reference.startswith("data:"):
            values.check_text(reference, field=where)
        checked.append(reference)
    return tuple(checked)


def _present(signals: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in signals.items() if value is not None}


def _expiry(raw: object, *, field: str) -> datetime | None:
    return None if raw is None else values.moment(raw, field=field)
