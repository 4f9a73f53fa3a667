"""The query sets that are measured without a server: a folder in our own layout, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datasets.errors import DatasetError
from datasets.folder import QRELS, QUERIES, Folder
from datasets.records import Judged, Medium, Product
from services.core.errors import InputError

TYPES: Final = ("text", "image", "composed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document: its words (title and description, as they are embedded) and its pictures."""

    id: str
    text: str | None
    images: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; `type` is text, image or composed (both)."""

    id: str
    type: str
    text: str | None
    image: Path | None


@dataclass(frozen=True, slots=True)
class QuerySet:
    """`grades` maps query id to document id to how right it is as an answer, above 0."""

    documents: tuple[Entry, ...]
    queries: tuple[Query, ...]
    grades: Mapping[str, Mapping[str, int]]


def read(folder: Path) -> QuerySet:
    """Read `products.jsonl` (or `documents.jsonl`), `queries.jsonl` and `qrels.txt` of a folder.

    Documents come sorted by id; queries nobody graded, and those by sound or video, are left out.
    Raises InputError naming the file and line of what cannot be read.
    """
    for name in (QRELS, QUERIES):
        if not (folder / name).is_file():
            raise InputError.at("queries", f"{folder} has no {name}")
    source = Folder(folder)
    try:
        documents = [_entry(product) for product in source.products()]
        judged = [query for query in source.queries() if query.type in TYPES and not _heard(query)]
        queries = [_query(query) for query in judged]
    except DatasetError as error:
        raise InputError.at("queries", str(error)) from error
    grades = {
        query.id: {name: grade for name, grade in query.grades.items() if grade > 0}
        for query in judged
    }
    known = {document.id for document in documents}
    for query_id, answers in grades.items():
        if unknown := sorted(answers.keys() - known):
            raise InputError.at(
                "queries", f"{QRELS}: query {query_id}: {unknown[0]} is not a document"
            )
    graded = tuple(query for query in queries if grades[query.id])
    if not documents or not graded:
        raise InputError.at(
            "queries",
            f"{folder} holds no documents, or no query with a right answer in {QRELS}",
        )
    return QuerySet(
        documents=tuple(sorted(documents, key=lambda document: document.id)),
        queries=graded,
        grades={query.id: grades[query.id] for query in graded},
    )


def _entry(product: Product) -> Entry:
    # What ingestion embeds as the words of a document.
    words = [each.strip() for each in (product.title, product.description)]
    # Nothing is fetched here: a document with mere addresses is measured by its words.
    images = [image for image in product.images if not isinstance(image, str)]
    return Entry(
        id=product.id,
        text=". ".join(word for word in words if word) or None,
        images=tuple(_file(image, of=f"document {product.id}") for image in images),
    )


def _heard(query: Judged) -> bool:
    return query.audio is not None or query.video is not None


def _query(query: Judged) -> Query:
    image = None if query.image is None else _file(query.image, of=f"query {query.id}")
    return Query(id=query.id, type=query.type, text=query.text, image=image)


def _file(medium: Medium, *, of: str) -> Path:
    if not isinstance(medium, Path) or not medium.is_file():
        raise DatasetError(f"{of}: {str(medium)[:200]!r} is not a file in the folder")
    return medium
