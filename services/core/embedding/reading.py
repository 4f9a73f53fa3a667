"""Reading messages strictly: nothing in one is used before it was checked."""

from __future__ import annotations

from collections.abc import Set
from math import isfinite

from services.core.types.documents import Json


class Broken(ValueError):
    """A message that we did not write, or not this version of us."""


def fields_of(
    value: Json, where: str, names: Set[str], *, optional: Set[str] = frozenset()
) -> dict[str, Json]:
    """The members of an object that has all of `names` and none but those and `optional`."""
    if not isinstance(value, dict):
        raise Broken(f"{where} is no object")
    missing, unknown = names - value.keys(), value.keys() - names - optional
    if missing or unknown:
        wrong = [f"lacks {name}" for name in sorted(missing)]
        wrong += [f"has {name[:64]!r}, which we do not know" for name in sorted(unknown)]
        raise Broken(f"{where} {', '.join(wrong)}")
    return value


def texts_of(value: Json, where: str, *, count: int | None = None) -> list[str]:
    """A list of texts, `count` of them if given."""
    texts = [text_of(each, where) for each in list_of(value, where)]
    if count is not None and len(texts) != count:
        raise Broken(f"{where} does not hold {count} texts")
    return texts


def list_of(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list):
        raise Broken(f"{where} is no list")
    return value


def text_of(value: Json, where: str) -> str:
    if not isinstance(value, str):
        raise Broken(f"{where} is no text")
    return value


def whole_of(value: Json, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Broken(f"{where} is no whole number")
    return value


def number_of(value: Json, where: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Broken(f"{where} is no number")
    try:
        number = float(value)
    except OverflowError as error:
        raise Broken(f"{where} is too large") from error
    if not isfinite(number):
        raise Broken(f"{where} is not finite")
    return number


def flag_of(value: Json, where: str) -> bool:
    if not isinstance(value, bool):
        raise Broken(f"{where} is neither true nor false")
    return value
