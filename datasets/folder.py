"""Reads a folder in our own layout: products.jsonl, queries.jsonl and qrels.txt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets import qrels
from datasets.errors import DatasetError
from datasets.lines import Fields, objects, opened
from datasets.records import About, Judged, Medium, Product, Totals
from datasets.shelf import Shelf

ABOUT: Final = About(
    name="folder",
    title="A folder in our own layout, with TREC qrels",
    licence="Whatever its owner grants; nothing is known of it.",
    source="Your own catalog, or what `margay datasets export` wrote.",
    layout="products.jsonl (or documents.jsonl); queries.jsonl; qrels.txt; media named in them",
)
PRODUCTS: Final = ("products.jsonl", "documents.jsonl")
QUERIES: Final = "queries.jsonl"
QRELS: Final = "qrels.txt"
MEDIA: Final = ("image", "audio", "video")
PRODUCT_MEDIA: Final = ("images", "audio", "video")
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folder:
    """A catalog of ours; queries and their grades may be absent."""

    folder: Path
    about: About = ABOUT

    def totals(self) -> Totals:
        """Counted in lines, blank ones too."""
        queries = self.folder / QUERIES
        return Totals(_count(self._products()), _count(queries) if queries.is_file() else 0)

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every line of products.jsonl."""
        for line in objects(self._products(), after=after):
            yield _product(line, self.folder)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Every line of queries.jsonl with its grades; a query that nobody graded has none."""
        if not (self.folder / QUERIES).is_file():
            return
        with Shelf() as grades:
            if (self.folder / QRELS).is_file():
                found = qrels.judgments(self.folder / QRELS)
                grades.add((query, f"{grade} {product}") for query, product, grade in found)
            for line in objects(self.folder / QUERIES, after=after):
                query_id = _id(line, "query_id")
                yield _query(line, query_id, _grades(grades.all(query_id)), self.folder)

    def _products(self) -> Path:
        for name in PRODUCTS:
            if (self.folder / name).is_file():
                return self.folder / name
        raise DatasetError(f"{self.folder} has neither {' nor '.join(PRODUCTS)}")


def _count(path: Path) -> int:
    with opened(path) as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))


def _product(line: Fields, folder: Path) -> Product:
    media = {
        name: tuple(_medium(one, folder, line.where) for one in _list(line, name))
        for name in PRODUCT_MEDIA
    }
    return Product(
        id=_id(line, "id"),
        title=_text(line.fields, "title") or "",
        description=_text(line.fields, "description") or "",
        sku=_text(line.fields, "sku"),
        images=media["images"],
        audio=media["audio"],
        video=media["video"],
        attributes=_object(line, "attributes"),
        signals=_object(line, "signals"),
        cursor=line.cursor,
    )


def _query(line: Fields, query_id: str, grades: Mapping[str, int], folder: Path) -> Judged:
    media = {
        name: _medium(line.fields[name], folder, line.where)
        for name in MEDIA
        if line.fields.get(name)
    }
    text = _text(line.fields, "text")
    if not text and not media:
        raise DatasetError(f"{line.where} needs a text, an image, an audio or a video")
    query = Judged(
        id=query_id,
        text=text,
        image=media.get("image"),
        audio=media.get("audio"),
        video=media.get("video"),
        grades=grades,
        category=_text(line.fields, "category"),
        paraphrase_of=_text(line.fields, "paraphrase_of"),
        cursor=line.cursor,
    )
    if (said := line.fields.get("type", query.type)) != query.type:
        raise DatasetError(f"{line.where} is a query of type {query.type}, not {str(said)[:50]!r}")
    return query


def _grades(rows: list[str]) -> dict[str, int]:
    pairs = (row.split(" ", 1) for row in rows)
    return {product: int(grade) for grade, product in pairs}


def _id(line: Fields, name: str) -> str:
    value = line.fields.get(name)
    if not isinstance(value, str) or len(value.split()) != 1:
        raise DatasetError(f"{line.where} needs {name}, a string without spaces")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return None if value is None else str(value)


def _list(line: Fields, name: str) -> list[Any]:
    value = line.fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise DatasetError(f"{line.where}: {name} must be a list")
    return value


def _object(line: Fields, name: str) -> dict[str, Any]:
    value = line.fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DatasetError(f"{line.where}: {name} must be an object")
    return value


def _medium(raw: object, folder: Path, where: str) -> Medium:
    """An address, or a file of the folder: a path that leads out of it is refused."""
    if not isinstance(raw, str) or not raw:
        raise DatasetError(f"{where}: a medium must be a path in the folder or an address")
    if raw.lower().startswith(("http://", "https://")):
        return raw
    path = (folder / raw.removeprefix("path:")).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DatasetError(f"{where}: {raw[:200]!r} leads out of the folder")
    return path
