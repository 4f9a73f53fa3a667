"""The model numbers that a text may hold: the whole of it, then each of its words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST: Final = 64
"""Words looked up as SKUs; a text that holds one has it among its first words."""
_AROUND: Final = ".,;:!?()[]{}<>\"'`“”‘’"


def named(texts: Iterable[str]) -> list[str]:
    """What to look for, first asked first: a text as it is, then its words without punctuation.

    "charger for MUG-350-NS?" asks for itself, "charger", "for" and "MUG-350-NS".
    """
    whole = list(texts)
    words = (word.strip(_AROUND) for text in whole for word in text.split())
    return list(dict.fromkeys((*whole, *(word for word in words if word))))[:MOST]
