"""The words of a catalog: the values of its string and tags attributes, found in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from services.search.understanding import english

MAX_WORDS: Final = 6
"""Words of a value; a longer one is a sentence and not a name."""
MAX_CHARACTERS: Final = 64
MAX_MEANINGS: Final = 4
"""Values that one phrase may stand for: of several attributes, or written differently."""
_GAP: Final = re.compile(r"[\s&'’./-]{1,3}")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an attribute, as documents have it."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Values by their folded words; equal words of several attributes stand together."""

    phrases: Mapping[tuple[str, ...], tuple[Value, ...]]
    longest: int


@dataclass(frozen=True, slots=True)
class Named:
    """A phrase of a text that is a value, or the value of several attributes."""

    start: int
    end: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    folded: str


def vocabulary(values: Mapping[str, Sequence[str]]) -> Vocabulary:
    """Make it of the values of each attribute; what no sentence could name is left out."""
    phrases: dict[tuple[str, ...], list[Value]] = {}
    for attribute, held in values.items():
        for value in held:
            words = tuple(word.folded for word in _words(value))
            if len(value) <= MAX_CHARACTERS and _names_something(words):
                meant = phrases.setdefault(words, [])
                if len(meant) < MAX_MEANINGS:
                    meant.append(Value(attribute, value))
    longest = max(map(len, phrases), default=0)
    return Vocabulary({words: tuple(each) for words, each in phrases.items()}, longest)


def named(text: str, known: Vocabulary) -> list[Named]:
    """The longest phrases of a text that the vocabulary has, from left to right.

    Whole words, whatever their case; not what is negated ("not red", "without stripes").
    """
    words = list(_words(text))
    found: list[Named] = []
    place, negated = 0, False
    while place < len(words):
        held = _longest(text, words, place, known)
        if held is None:
            word = words[place].folded
            negated = word in english.NEGATIONS or (negated and word in english.LISTING)
            place += 1
            continue
        length, values = held
        if not negated:
            found.append(Named(words[place].start, words[place + length - 1].end, values))
        place += length
    return found


def _longest(
    text: str, words: Sequence[_Word], place: int, known: Vocabulary
) -> tuple[int, tuple[Value, ...]] | None:
    for length in range(min(known.longest, len(words) - place), 0, -1):
        some = words[place : place + length]
        values = known.phrases.get(tuple(word.folded for word in some))
        if values is not None and _stands_alone(text, some):
            return length, values
    return None


def _stands_alone(text: str, words: Sequence[_Word]) -> bool:
    """Whether the words are next to each other and no hyphen ties them to others."""
    gaps = (text[a.end : b.start] for a, b in pairwise(words))
    before, behind = text[: words[0].start][-2:], text[words[-1].end :][:2]
    tied = re.fullmatch(r"\w-", before) or re.fullmatch(r"-\w", behind)
    return not tied and all(_GAP.fullmatch(gap) for gap in gaps)


def _names_something(words: tuple[str, ...]) -> bool:
    if not 1 <= len(words) <= MAX_WORDS:
        return False
    alone = words[0] in english.JOINING | english.NEGATIONS | english.LISTING
    return not all(word.isdigit() for word in words) and (
        len(words) > 1 or (len(words[0]) > 1 and not alone)
    )


def _words(text: str) -> Iterator[_Word]:
    for match in _word().finditer(text):
        yield _Word(match.start(), match.end(), match.group().casefold())


@cache
def _word() -> re.Pattern[str]:
    return re.compile(r"\w+")
