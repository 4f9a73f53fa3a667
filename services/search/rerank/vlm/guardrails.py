"""Whatever a generative model answers, what comes out is a permutation of what went in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, Final

MAX_CHARACTERS: Final = 20_000
"""What is read of an answer; the rest cannot matter."""
MAX_REASON: Final = 500
_MAX_OBJECTS: Final = 50
_MAX_LISTS: Final = 50
_MAX_ENTRIES: Final = 200
"""Of each list; a dozen times what can be asked for."""
_LIST: Final = re.compile(r"\[([^\[\]]*)\]?")
_LABELLED: Final = re.compile(r"rank(?:ed|ing)\b[^\[\n]{0,40}\[([^\[\]]*)\]?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]+)?")
_REASON: Final = re.compile(r"\breasons?\b\W{0,3}(.+)", re.IGNORECASE | re.DOTALL)
_DECODER: Final = json.JSONDecoder()


class Repair(StrEnum):
    """What was wrong with an answer and was put right."""

    PROSE = "prose"
    """No JSON object; the list was found in the text."""
    OUT_OF_RANGE = "out_of_range"
    NOT_A_NUMBER = "not_a_number"
    REPEATED = "repeated"
    MISSING = "missing"
    ZERO_BASED = "zero_based"
    CUT = "cut"
    """Longer than we read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of an answer about `count` candidates.

    `order` holds each position 0 .. count-1 exactly once; the first `picked` of them were the
    model's, the others follow as they stood. `picked` 0: nothing usable was said. `reasons` holds
    what was said of single candidates, by position; `reason` is for the first.
    """

    order: tuple[int, ...]
    picked: int
    reason: str | None
    repairs: Mapping[Repair, int]
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.picked > 0


def read(answer: str, *, count: int) -> Reading:
    """Read a ranking of candidates that were shown as 1 .. count, best first. Never raises.

    A JSON object with `ranking` is preferred; else the list that follows "ranked" or "ranking",
    else the list with the most valid numbers. Out of range, repeated and unreadable entries are
    dropped, missing candidates appended as they stood. A list with a 0 and without `count` counts
    from 0.
    """
    repairs: dict[Repair, int] = {}
    if len(answer) > MAX_CHARACTERS:
        repairs[Repair.CUT] = 1
        answer = answer[:MAX_CHARACTERS]
    said = _from_json(answer)
    if said is None:
        said = _Said(_from_prose(answer, count=count), _reason_in(answer))
        if said.entries:
            repairs[Repair.PROSE] = 1
    picks = _picks(said.entries, count=count, repairs=repairs)
    first = 0 if Repair.ZERO_BASED in repairs else 1
    missing = [position for position in range(count) if position not in set(picks)]
    if missing:
        repairs[Repair.MISSING] = len(missing)
    reasons = _reasons(said.reasons, first=first, count=count)
    return Reading((*picks, *missing), len(picks), _plain(said.reason), repairs, reasons)


@dataclass(frozen=True, slots=True)
class _Said:
    """The parts of an answer, as they were written."""

    entries: list[Any]
    reason: str | None
    reasons: Any = None


def _from_json(answer: str) -> _Said | None:
    for found in _objects(answer):
        ranking = found.get("ranking")
        if isinstance(ranking, list):
            reason = found.get("reason")
            return _Said(
                ranking[:_MAX_ENTRIES],
                reason if isinstance(reason, str) else None,
                found.get("reasons"),
            )
    return None


def _reasons(said: Any, *, first: int, count: int) -> dict[int, str]:
    """What was said of single candidates: `[{"number": 3, "reason": "..."}]`."""
    found: dict[int, str] = {}
    for each in said[:_MAX_ENTRIES] if isinstance(said, list) else ():
        number = _integer(each.get("number")) if isinstance(each, dict) else None
        reason = each.get("reason") if isinstance(each, dict) else None
        line = _plain(reason) if isinstance(reason, str) else None
        if number is not None and 0 <= number - first < count and line:
            found.setdefault(number - first, line)
    return found


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """Every JSON object that begins somewhere in the text, the first few."""
    starts = (match.start() for match in re.finditer(r"\{", answer))
    for start in islice(starts, _MAX_OBJECTS):
        try:
            found, _ = _DECODER.raw_decode(answer, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _from_prose(answer: str, *, count: int) -> list[Any]:
    labelled = _LABELLED.search(answer)
    if labelled is not None:
        return _numbers(labelled.group(1))
    found = islice(_LIST.finditer(answer), _MAX_LISTS)
    lists = [_numbers(match.group(1)) for match in found]
    return max(lists, key=lambda each: len(_valid(each, count=count)), default=[])


def _numbers(text: str) -> list[Any]:
    entries = text.split(",", _MAX_ENTRIES)[:_MAX_ENTRIES]
    return [entry.strip().strip("\"'") for entry in entries if entry.strip()]


def _valid(entries: Sequence[Any], *, count: int) -> set[int]:
    numbers = {_integer(entry) for entry in entries}
    return {number for number in numbers if number is not None and 0 <= number <= count}


def _picks(entries: Sequence[Any], *, count: int, repairs: dict[Repair, int]) -> list[int]:
    numbers = []
    for entry in entries:
        number = _integer(entry)
        if number is None:
            _add(repairs, Repair.NOT_A_NUMBER)
        else:
            numbers.append(number)
    first = 1
    if 0 in numbers and count not in numbers:
        first = 0
        repairs[Repair.ZERO_BASED] = 1
    picks: dict[int, None] = {}
    for number in numbers:
        position = number - first
        if not 0 <= position < count:
            _add(repairs, Repair.OUT_OF_RANGE)
        elif position in picks:
            _add(repairs, Repair.REPEATED)
        else:
            picks[position] = None
    return list(picks)


def _integer(entry: Any) -> int | None:
    """The number an entry means: 3, 3.0, "3", "#3", "Image 3"; None for anything else."""
    if isinstance(entry, bool):
        return None
    if isinstance(entry, int):
        return entry if abs(entry) < 10**9 else None
    if isinstance(entry, float):
        return int(entry) if entry.is_integer() and abs(entry) < 10**9 else None
    if not isinstance(entry, str) or len(entry) > 40:
        return None
    found = _NUMBER.findall(entry)
    return int(found[0]) if len(found) == 1 and "." not in found[0] else None


def _reason_in(answer: str) -> str | None:
    found = _REASON.search(answer)
    return None if found is None else found.group(1)


def _plain(reason: str | None) -> str | None:
    """One line that can be printed, no longer than a shopper reads."""
    if reason is None:
        return None
    words = "".join(each if each.isprintable() else " " for each in reason).split()
    line = " ".join(words)[:MAX_REASON]
    return line or None


def _add(repairs: dict[Repair, int], repair: Repair) -> None:
    repairs[repair] = repairs.get(repair, 0) + 1
