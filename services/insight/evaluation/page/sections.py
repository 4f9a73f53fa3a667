"""The shapes that every part of the page is made of: sections, tables, badges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.insight.evaluation.page.markup import Html, element
from services.insight.evaluation.page.plots import colour

NOTHING = Html("")


def section(anchor: str, title: str, *children: str) -> Html:
    """A part of the page with a heading that can be linked to; nothing without children."""
    kept = [child for child in children if child]
    if not kept:
        return NOTHING
    heading = element("h2", title, id=f"{anchor}-title")
    return element(
        "section", heading, *kept, id=anchor, aria_labelledby=f"{anchor}-title", class_="panel"
    )


def table(caption: str, head: Sequence[str], body: Iterable[Sequence[str]]) -> Html:
    """A table whose first column names its rows; it scrolls sideways where it must."""
    lines = [
        element(
            "tr",
            element("th", cells[0], scope="row"),
            *(element("td", cell) for cell in cells[1:]),
        )
        for cells in body
    ]
    titles = element("tr", *(element("th", cell, scope="col") for cell in head))
    whole = element(
        "table",
        element("caption", caption),
        element("thead", titles),
        element("tbody", *lines),
    )
    # What scrolls must be reachable by keyboard, so it has a name and a place in the order.
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def folded(title: str, *children: str) -> Html:
    """What is shown only to who asks for it."""
    return element("details", element("summary", title), *children)


def badge(text: str, *, tone: str) -> Html:
    """A word or two in a lozenge: `good`, `bad` or `soft`."""
    return element("span", text, class_=f"badge {tone}")


def named(name: str, series: int) -> Html:
    """A configuration with its colour."""
    return element("span", element("i", "", class_=f"key {colour(series)}"), name, class_="named")


def paragraph(text: str) -> Html:
    """A sentence of explanation."""
    return element("p", text, class_="soft")


def title(text: str) -> Html:
    """The heading of a part of a section."""
    return element("h3", text)
