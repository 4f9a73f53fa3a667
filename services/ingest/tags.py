"""Automatic tags: found in the vectors of pictures, and kept apart from what is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.filters import MAX_TAGS, RESERVED_NAMES, check_attribute
from services.core.ports import Ports
from services.core.types.documents import Document, Json
from services.core.types.indexes import AttributeType, Collection, Index, IndexSettings
from services.core.types.search import ViewRow
from services.core.types.vectors import EmbedderInfo, Modality, Vector
from services.ingest import tag_words

MAX_NAMES: Final = 16
MAX_WORDS: Final = 200
MAX_WORD: Final = 64
CHUNK: Final = 500
"""Pictures whose vectors are read back at once."""


def check(settings: IndexSettings, info: EmbedderInfo) -> None:
    """Raise InputError naming the tag or word that cannot be, or `tags` for the embedder."""
    if not settings.tags:
        return
    if len(settings.tags) > MAX_NAMES:
        raise InputError.at("tags", f"must have at most {MAX_NAMES} names")
    missing = sorted({"text", "image"} - set(info.modalities))
    if missing:
        raise InputError.at("tags", f"need an embedder of text and image; {info.name} is not one")
    for name, words in settings.tags.items():
        field = f"tags.{name[:64]}"
        if not ids.ATTRIBUTE_NAME.fullmatch(name) or name in RESERVED_NAMES:
            raise InputError.at(
                field,
                f"{ids.SHAPES[ids.ATTRIBUTE_NAME]}; not {', '.join(sorted(RESERVED_NAMES))}",
            )
        if name in settings.attributes:
            raise InputError.at(field, "is a declared attribute too; one of them needs a new name")
        _check_words(words, field=field)


def refuse_given(attributes: Mapping[str, Json], index: Index, *, field: str) -> None:
    """Raise InputError for an attribute that has the name of a tag: tags are found, never given."""
    names = set(index.settings.tags)
    if index.building_settings is not None:
        names |= set(index.building_settings.tags)
    for name in sorted(names & attributes.keys()):
        raise InputError.at(f"{field}.{name}", "is found in the pictures and cannot be given")


def tagged(
    ports: Ports,
    collection: Collection,
    fingerprint: str,
    documents: Sequence[Document],
    rows: Sequence[tuple[ViewRow, ...]],
) -> list[tuple[ViewRow, ...]]:
    """The rows of each document with the tags of its pictures among their columns.

    Raises EmbedderDown, and InputError for a document with an attribute of a tag's name.
    """
    settings = collection.settings
    if not settings.tags:
        return list(rows)
    for document in documents:
        for name in sorted(settings.tags.keys() & document.attributes.keys()):
            raise InputError.at(
                f"attributes.{name}",
                f"is found in the pictures and cannot be given, as document {document.id!r} does",
            )
    made = []
    for views in rows:
        pictures = {row.id: row.vector for row in views if _shows_picture(row.id)}
        tags = _found(ports, settings, fingerprint, pictures)
        made.append(tuple(replace(row, attributes={**row.attributes, **tags}) for row in views))
    return made


def with_tags(document: Document, rows: Sequence[ViewRow], settings: IndexSettings) -> Document:
    """The document with the tags that its rows carry."""
    columns = rows[0].attributes if rows else {}
    return replace(document, derived=held(columns, settings))


def held(columns: Mapping[str, Json], settings: IndexSettings) -> dict[str, Json]:
    """The tags among a row's columns."""
    return {name: columns[name] for name in settings.tags if name in columns}


def of_collection(
    ports: Ports, collection: Collection, fingerprint: str, views: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Json]]:
    """The tags of documents (view ids by document id), from the vectors that a collection holds."""
    settings = collection.settings
    if not settings.tags:
        return {document_id: {} for document_id in views}
    pictures = [view_id for each in views.values() for view_id in each if _shows_picture(view_id)]
    vectors: dict[str, Vector] = {}
    for start in range(0, len(pictures), CHUNK):
        vectors |= ports.vectors.vectors(collection, pictures[start : start + CHUNK])
    return {
        document_id: _found(
            ports, settings, fingerprint, {one: vectors[one] for one in each if one in vectors}
        )
        for document_id, each in views.items()
    }


def _found(
    ports: Ports, settings: IndexSettings, fingerprint: str, pictures: Mapping[str, Vector]
) -> dict[str, Json]:
    if not pictures:
        return {}
    words = tag_words.vocabulary(ports.embedder, settings, fingerprint=fingerprint)
    tags = tag_words.found(words, list(pictures.values()))
    return {name: list(chosen[:MAX_TAGS]) for name, chosen in tags.items()}


def _shows_picture(view_id: str) -> bool:
    """Whether it is a view of one of the document's own pictures, not of a page or a film."""
    name = ids.ViewName.parse(view_id)
    return name.modality == Modality.IMAGE and name.source is ids.Source.IMAGES


def _check_words(words: Sequence[str], *, field: str) -> None:
    if not 1 <= len(words) <= MAX_WORDS:
        raise InputError.at(field, f"must be a list of 1 to {MAX_WORDS} words")
    seen: set[str] = set()
    for place, word in enumerate(words):
        where = f"{field}[{place}]"
        check_attribute("", AttributeType.STRING, word, field=where)
        if not word.strip() or len(word) > MAX_WORD or "|" in word:
            raise InputError.at(where, f'must be 1 to {MAX_WORD} characters without "|"')
        if word.casefold() in seen:
            raise InputError.at(where, "is in the list twice")
        seen.add(word.casefold())
