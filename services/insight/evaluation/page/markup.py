"""Builds HTML out of elements, escaping all text that is not an element itself."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

VOID: Final = frozenset({"meta", "img", "br", "line", "polyline", "rect"})


class Html(str):
    """Text that is HTML already; only this module makes it from parts."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | float | None) -> Html:
    """An element. Children that are not `Html` are escaped, as all attributes are.

    An attribute's trailing underscore falls away and others are hyphens; None leaves it out.
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Html(f"<{tag}{named}>" if tag in ("meta", "img", "br") else f"<{tag}{named}/>")
    return Html(f"<{tag}{named}>{join(children)}</{tag}>")


def join(children: Iterable[str]) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def words(text: str, *, most: int = 300) -> Html:
    """What someone else wrote, shortened, its direction kept to itself."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return element("bdi", short)


def _shown(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
