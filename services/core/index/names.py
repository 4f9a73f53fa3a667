"""Names in the vector store: collections per generation, aliases per index, columns, fields."""

from __future__ import annotations

import re
from typing import Final

from services.core.types.indexes import Collection
from services.core.types.vectors import Modality

ID: Final = "id"
DOCUMENT_ID: Final = "document_id"
VECTOR: Final = "vector"
EXPIRES_AT: Final = "expires_at"
TITLE: Final = "title"
BODY: Final = "body"
TITLE_WORDS: Final = "title_words"
BODY_WORDS: Final = "body_words"


def views(collection: Collection) -> str:
    # The capital cannot be in an index's name: no collection is called like another index's alias.
    return f"views_{collection.index}_G{collection.generation}"


def documents(collection: Collection) -> str:
    return f"docs_{collection.index}_G{collection.generation}"


def views_alias(index: str) -> str:
    return f"views_{index}"


def documents_alias(index: str) -> str:
    return f"docs_{index}"


def generation(name: str, index: str) -> int | None:
    """Which generation of `index` the collection `name` belongs to; None when it is another's."""
    found = re.fullmatch(rf"(?:views|docs)_{re.escape(index)}_G(\d+)", name)
    return int(found[1]) if found else None


def column(attribute: str) -> str:
    """The column of a declared attribute; the prefix keeps it apart from our own columns."""
    return f"a_{attribute}"


def view_parts(view_id: str) -> tuple[str, Modality]:
    """Document id and modality of a view id.

    Raises ValueError when it is not of the form that `services.core.ids.ViewName` makes.
    """
    parts = view_id.split(":", 2)  # document ids hold no colon
    if len(parts) != 3:
        raise ValueError(f"{view_id!r} is not the id of a view")
    return parts[0], Modality(parts[1])
