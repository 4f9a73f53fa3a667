"""From a sentence to a shorter text and a filter, by rule: no model, nothing is guessed.

Prices and sizes leave the text, since embedders do not compare numbers. Words of the catalog stay:
what is looked at still looks like them, and they order what the filter lets through.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.core.types.documents import Json
from services.core.types.indexes import AttributeType
from services.search.understanding import english
from services.search.understanding.amounts import MONEY, Amount, amounts
from services.search.understanding.vocabulary import Named, Vocabulary, named

PRICE: Final = "price"
MAX_MATCHES: Final = 10
_NUMBERS: Final = (AttributeType.INTEGER, AttributeType.NUMBER)
_EDGES: Final = " \t\n,;:-–"
_LOOSE_END: Final = re.compile(r"\s+([,;:.!?])|(?:^|\s)(?:and|or|but)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """Words of the text, and what they were read as: a value, or the bounds of a number."""

    words: str
    attribute: str
    value: Json


@dataclass(frozen=True, slots=True)
class Reading:
    """What is left to search for (never blank if the text was not) and a filter's JSON."""

    text: str
    filter: Mapping[str, Json] | None
    matched: tuple[Match, ...]


def read(text: str, attributes: Mapping[str, AttributeType], known: Vocabulary) -> Reading:
    """Read a text against the declared attributes and the values that documents have."""
    bounded = [
        (amount, name, bounds)
        for amount in amounts(text)
        if (name := _attribute(amount, text, attributes)) is not None
        and (bounds := _bounds(amount, name, attributes)) is not None
    ][:MAX_MATCHES]
    rest = text
    for amount, _, _ in bounded:
        blank = " " * (amount.end - amount.start)
        rest = rest[: amount.start] + blank + rest[amount.end :]
    values = named(rest, known)[:MAX_MATCHES]
    conditions: list[dict[str, Json]] = [{name: bounds} for _, name, bounds in bounded]
    conditions += _conditions(values, attributes)
    matched = [
        *(Match(text[each.start : each.end], name, bounds) for each, name, bounds in bounded),
        *(
            Match(text[each.start : each.end], value.attribute, value.value)
            for each in values
            for value in each.values
        ),
    ]
    return Reading(
        text=(_left(rest) or text) if bounded else text,
        filter=_joined(conditions),
        matched=tuple(matched),
    )


def _left(text: str) -> str:
    left = _LOOSE_END.sub(r"\1", " ".join(text.split()).strip(_EDGES)).strip(_EDGES)
    return left if any(character.isalnum() for character in left) else ""


def _attribute(amount: Amount, text: str, attributes: Mapping[str, AttributeType]) -> str | None:
    """The number attribute that an amount is of, if one is declared."""
    if amount.unit is None:
        priced = not amount.loose and _ends_there(text[amount.end :])
        return PRICE if priced and attributes.get(PRICE) in _NUMBERS else None
    if amount.unit == MONEY:
        return PRICE if attributes.get(PRICE) in _NUMBERS else None
    kind = english.UNITS[amount.unit][0]
    able = [
        name
        for name, type in attributes.items()
        if type in _NUMBERS and _unit_of(name) is not None and english.UNITS[_unit(name)][0] == kind
    ]
    if len(able) > 1:
        able = [name for name in able if _unit(name) == amount.unit] or able
    if len(able) > 1:
        said = set(text.casefold().split())
        able = [name for name in able if set(name.split("_")[:-1]) <= said]
    return able[0] if len(able) == 1 else None


def _unit_of(attribute: str) -> str | None:
    stem, _, suffix = attribute.rpartition("_")
    unit = english.SUFFIXES.get(suffix, suffix)
    return unit if stem and unit in english.UNITS else None


def _unit(attribute: str) -> str:
    return _unit_of(attribute) or ""


def _ends_there(behind: str) -> bool:
    """Whether a number without a unit counts no things: "under 20 with a lid", not "20 pieces"."""
    words = behind.split()
    if not words or not words[0][0].isalnum():
        return True
    return words[0].strip(",.;:!?").casefold() in english.JOINING | english.LISTING


def _bounds(
    amount: Amount, name: str, attributes: Mapping[str, AttributeType]
) -> dict[str, Json] | None:
    """The comparisons, in the attribute's unit and type; None if nothing could equal the number."""
    factor = 1.0
    if amount.unit is not None and amount.unit != MONEY:
        factor = english.UNITS[amount.unit][1] / english.UNITS[_unit(name)][1]
    whole = attributes[name] is AttributeType.INTEGER
    bounds: dict[str, Json] = {}
    for operator, number in amount.bounds.items():
        value = round(number * factor, 9)
        if whole and operator == "eq" and not value.is_integer():
            return None
        bounds[operator] = _number(value, operator, whole=whole)
    return bounds


def _number(value: float, operator: str, *, whole: bool) -> int | float:
    if whole and not value.is_integer():
        # Of whole numbers, "under 19.5" and "under 20" let the same ones pass.
        value = math.ceil(value) if operator in ("lt", "gte") else math.floor(value)
    return int(value) if float(value).is_integer() else value


def _conditions(
    found: Sequence[Named], attributes: Mapping[str, AttributeType]
) -> list[dict[str, Json]]:
    """One for each attribute (any of its values), or for those that share words (any of them)."""
    groups: dict[tuple[str, ...], dict[str, dict[str, None]]] = {}
    for each in found:
        names = tuple(sorted({value.attribute for value in each.values}))
        held = groups.setdefault(names, {name: {} for name in names})
        for value in each.values:
            held[value.attribute][value.value] = None
    conditions: list[dict[str, Json]] = []
    for held in groups.values():
        either: list[Any] = [
            {name: _one_of(list(values), attributes[name])} for name, values in held.items()
        ]
        conditions.append(either[0] if len(either) == 1 else {"any": either})
    return conditions


def _one_of(values: list[str], type: AttributeType) -> Json:
    listed: list[Json] = [*values]
    if type is AttributeType.TAGS:
        return {"any": listed}
    return values[0] if len(values) == 1 else {"in": listed}


def _joined(conditions: Sequence[dict[str, Json]]) -> dict[str, Json] | None:
    if not conditions:
        return None
    names = [name for each in conditions for name in each]
    if len(set(names)) < len(names):
        everything: list[Json] = [*conditions]
        return {"all": everything}
    return {name: value for each in conditions for name, value in each.items()}
