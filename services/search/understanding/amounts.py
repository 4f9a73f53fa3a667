"""Numbers in a sentence: where they stand, what bounds them, and in which unit they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from services.search.understanding import english

MONEY: Final = "money"
"""The unit of an amount that has a currency."""

_PLAIN: Final = r"(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.\d{1,9})?"


@dataclass(frozen=True, slots=True)
class Amount:
    """A bounded or a plain number: `bounds` maps a comparison (`eq`, `lt` ...) to it.

    `unit` is a unit of `english.UNITS`, MONEY, or None: the number stands alone; unless `loose`,
    it may be a price all the same. `start` and `end` are its place in the text.
    """

    start: int
    end: int
    bounds: Mapping[str, float]
    unit: str | None
    loose: bool = False


def amounts(text: str) -> list[Amount]:
    """Every amount of a text, none overlapping another, in their order."""
    found: list[Amount] = []
    for pattern in (_ranges(), _dashed(), _before(), _behind(), _plain()):
        for match in pattern.finditer(text):
            if all(match.end() <= each.start or each.end <= match.start() for each in found):
                found.extend(_read(match))
    return sorted(found, key=lambda each: each.start)


def _read(match: re.Match[str]) -> Iterator[Amount]:
    groups = match.groupdict()
    units = {unit for place in "ab" if (unit := _unit(groups, place)) is not None}
    unit = next(iter(units), None)
    if len(units) > 1 or any(groups.get(f"{place}_k") for place in "ab" if unit != MONEY):
        return  # "between $5 and 7 inches", "a 4k screen"
    bound = _folded(groups.get("bound"))
    loose = bound in english.LOOSE
    first = _number(groups, "a")
    if groups.get("b") is not None:
        if unit is not None or not groups.get("dash"):
            low, high = sorted((first, _number(groups, "b")))
            yield Amount(match.start(), match.end(), {"gte": low, "lte": high}, unit, loose)
        return
    operator = _operators().get(bound) or _operators_behind().get(_folded(groups.get("tail")))
    if operator is not None or unit not in (None, MONEY):  # "$50 voucher" bounds no price
        yield Amount(match.start(), match.end(), {operator or "eq": first}, unit, loose)


def _number(groups: Mapping[str, str | None], place: str) -> float:
    thousands = 1000.0 if groups.get(f"{place}_k") else 1.0
    return float(str(groups[place]).replace(",", "")) * thousands


def _unit(groups: Mapping[str, str | None], place: str) -> str | None:
    if _money(groups, place):
        return MONEY
    written = groups.get(f"{place}_unit")
    return None if written is None else _unit_names()[written.lower()]


def _money(groups: Mapping[str, str | None], place: str) -> bool:
    return bool(groups.get(f"{place}_sign") or groups.get(f"{place}_currency"))


def _folded(words: str | None) -> str:
    return " ".join((words or "").lower().split())


@cache
def _operators() -> dict[str, str]:
    return {words: name for name, each in english.BOUNDS.items() for words in each}


@cache
def _operators_behind() -> dict[str, str]:
    return {words: name for name, each in english.BOUNDS_BEHIND.items() for words in each}


@cache
def _unit_names() -> dict[str, str]:
    return {word: unit for unit, words in english.UNIT_WORDS.items() for word in words}


def _either(words: Iterable[str]) -> str:
    """Any of them, the longest first, their words any white space apart."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(r"\s+".join(re.escape(word) for word in each.split()) for each in ordered)


def _amount(place: str, *, needs_mark: bool = False) -> str:
    """A number with what may stand around it; with `needs_mark` a currency or a unit must."""
    signs, currencies = _either(english.SIGNS), _either(english.CURRENCIES)
    sign = rf"(?P<{place}_sign>{signs}|(?:{currencies})\b)"
    number = rf"(?P<{place}>{_PLAIN})(?P<{place}_k>k)?"
    behind = (
        rf"(?:\s?(?P<{place}_currency>{signs}|(?:{currencies})\b)"
        rf"|[\s-]?(?P<{place}_unit>{_either(_unit_names())}))"
    )
    whole = rf"(?:{sign}\s?)?{number}{behind}{'' if needs_mark else '?'}"
    return rf"(?<![\w.,]){whole}(?![\w%]|[.,]\d)"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _ranges() -> re.Pattern[str]:
    """ "between 20 and 50", "from $20 to $50"."""
    first = _either(before for before, _ in english.RANGES)
    second = _either(between for _, between in english.RANGES)
    return _compiled(rf"(?<!\w)(?P<bound>{first})\s+{_amount('a')}\s+(?:{second})\s+{_amount('b')}")


@cache
def _dashed() -> re.Pattern[str]:
    """ "$20-50", "20 to 50 dollars", "40 - 50 inch": one of the two says of what."""
    return _compiled(rf"{_amount('a')}(?P<dash>\s*[-–]\s*|\s+to\s+){_amount('b')}")


@cache
def _before() -> re.Pattern[str]:
    """ "under $20", "at least 5 kg"."""
    words = _either(_operators())
    return _compiled(rf"(?<![\w<>=])(?P<bound>{words})\s*{_amount('a')}")


@cache
def _behind() -> re.Pattern[str]:
    """ "$20 or less", "5 kg and up"."""
    words = _either(_operators_behind())
    return _compiled(rf"{_amount('a')}\s+(?P<tail>{words})(?!\w)")


@cache
def _plain() -> re.Pattern[str]:
    """ "55 inch"."""
    return _compiled(_amount("a", needs_mark=True))
