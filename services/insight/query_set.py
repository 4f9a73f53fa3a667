"""Reads a query set: documents, queries of three types, and graded answers in TREC's format."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.core.errors import InputError

DOCUMENTS: Final = ("products.jsonl", "documents.jsonl")
QUERIES: Final = "queries.jsonl"
QRELS: Final = "qrels.txt"
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

    Documents come sorted by id; queries nobody graded are left out. Raises InputError naming the
    file and line of what cannot be read.
    """
    grades = _grades(folder / QRELS)
    documents = [_entry(folder, raw, where) for raw, where in _lines(_documents_file(folder))]
    queries = [_query(folder, raw, where) for raw, where in _lines(folder / QUERIES)]
    known = {document.id for document in documents}
    for query_id, answers in grades.items():
        unknown = sorted(answers.keys() - known)
        if unknown:
            raise InputError.at(QRELS, f"query {query_id}: {unknown[0]} is not a document")
    graded = tuple(query for query in queries if query.id in grades)
    if not documents or not graded:
        raise InputError.at("queries", f"{folder} holds no documents or no graded queries")
    return QuerySet(tuple(sorted(documents, key=lambda one: one.id)), graded, grades)


def _documents_file(folder: Path) -> Path:
    for name in DOCUMENTS:
        if (folder / name).is_file():
            return folder / name
    raise InputError.at("queries", f"{folder} has neither {' nor '.join(DOCUMENTS)}")


def _entry(folder: Path, raw: Mapping[str, Any], where: str) -> Entry:
    images = raw.get("images") or []
    if not isinstance(images, list):
        raise InputError.at(where, "images must be a list")
    # Nothing is fetched here: a document with mere addresses is measured by its words.
    files = [image for image in images if not _is_address(image)]
    # What ingestion embeds as the words of a document.
    words = [str(raw.get(name) or "").strip() for name in ("title", "description")]
    return Entry(
        id=_id(raw, "id", where),
        text=". ".join(word for word in words if word) or None,
        images=tuple(_inside(folder, image, where) for image in files),
    )


def _is_address(image: object) -> bool:
    return isinstance(image, str) and image.lower().startswith(("http://", "https://"))


def _query(folder: Path, raw: Mapping[str, Any], where: str) -> Query:
    text, image = raw.get("text"), raw.get("image")
    given = {(True, False): "text", (False, True): "image", (True, True): "composed"}
    type_ = given.get((bool(text), bool(image)))
    if type_ is None or raw.get("type", type_) != type_:
        raise InputError.at(where, f"must have a text, an image or both, and type {type_ or TYPES}")
    return Query(
        id=_id(raw, "query_id", where),
        type=type_,
        text=str(text) if text else None,
        image=_inside(folder, image, where) if image else None,
    )


def _grades(path: Path) -> dict[str, dict[str, int]]:
    """Lines of `query 0 document grade`; a grade of 0 or less is no answer."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(_read(path).splitlines(), start=1):
        columns = line.split()
        if not columns:
            continue
        if len(columns) != 4 or not columns[3].lstrip("-").isdigit():
            raise InputError.at(f"{QRELS}:{number}", "must be: query, 0, document, whole grade")
        if int(columns[3]) > 0:
            grades[columns[0]][columns[2]] = int(columns[3])
    return dict(grades)


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise InputError.at(where, "is not JSON") from error
        if not isinstance(raw, dict):
            raise InputError.at(where, "must be an object")
        yield raw, where


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.at("queries", f"{path} cannot be read as text") from error


def _id(raw: Mapping[str, Any], name: str, where: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value or len(value.split()) != 1:
        raise InputError.at(where, f"needs {name}, a string without spaces")
    return value


def _inside(folder: Path, name: object, where: str) -> Path:
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise InputError.at(where, f"{str(name)[:200]!r} is not a file in the folder")
    return path
