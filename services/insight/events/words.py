"""What is kept of the words of a search: short, and without what looks like a person's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 200
"""Characters. Longer texts are descriptions that nobody else writes: nothing is learned of them."""
_GONE: Final = "…"
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
# Telephone, card and account numbers: 8 digits or more, with what people put between them.
_NUMBER: Final = re.compile(r"\+?\d(?:[ ./()-]{0,2}\d){7,}")


def kept_words(texts: Iterable[str]) -> str | None:
    """The texts as one line of at most `LONGEST` characters; None where nothing is left.

    E-mail addresses and long numbers become an ellipsis. The rest is as it was typed.
    """
    line = " ".join(" ".join(text.split()) for text in texts)
    line = _NUMBER.sub(_GONE, _ADDRESS.sub(_GONE, line)).strip()
    return line[:LONGEST].rstrip() or None


def same_words(text: str) -> str:
    """The form in which two texts are one query: case and spaces aside."""
    return " ".join(text.casefold().split())
