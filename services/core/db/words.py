"""How many of some words a document has: what a search can still tell from SQL alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, case, or_

from services.core.db.tables import documents

MOST_WORDS: Final = 16
"""Each is two comparisons for every document of the index."""


@dataclass(frozen=True, slots=True)
class WordCount:
    """Numbers of words as SQL expressions."""

    anywhere: ColumnElement[int]
    in_title: ColumnElement[int]

    @classmethod
    def of(cls, words: Sequence[str]) -> WordCount | None:
        """Of these words (each once, the first ones); None if there are none."""
        asked = list(dict.fromkeys(word.casefold() for word in words if word))[:MOST_WORDS]
        if not asked:
            return None
        title, body = documents.c.title, documents.c.description
        in_title = [_one_if(_has(title, word)) for word in asked]
        anywhere = [_one_if(or_(_has(title, word), _has(body, word))) for word in asked]
        return cls(reduce(add, anywhere), reduce(add, in_title))


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _has(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """`word` (folded) anywhere in the text; SQLite's own folding knows the Latin letters only."""
    forms = {word} if word.isascii() else {word, word.upper(), word.title(), word.lower()}
    return or_(*(column.icontains(form, autoescape=True) for form in sorted(forms)))
