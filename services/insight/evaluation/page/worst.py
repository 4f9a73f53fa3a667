"""The page's part on the worst queries: what was asked, shown and missed, with its pictures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.insight.evaluation.page.markup import Html, element, words
from services.insight.evaluation.page.numbers import share
from services.insight.evaluation.page.sections import (
    NOTHING,
    badge,
    folded,
    paragraph,
    section,
)
from services.insight.evaluation.report import ComparisonReport, WorstHit, WorstQuery
from services.insight.evaluation.wording import title as measure_title

MAX_PICTURE_BYTES: Final = 300_000
SIGNATURES: Final = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF8", "gif"))


@dataclass(frozen=True, slots=True)
class Pictures:
    """Thumbnails of queries by media store key, of documents by id, and the documents' titles.

    JPEG, PNG, GIF or WebP of at most 300 kB each; what is missing or something else is left out.
    """

    queries: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page would show: media store keys of pictures asked with, and document ids."""

    queries: tuple[str, ...]
    documents: tuple[str, ...]


def wanted(report: ComparisonReport) -> Wanted:
    """The pictures to bring for `render`, each once."""
    every = [query for one in report.measured for query in one.worst]
    keys = (key for query in every for kind, key in query.media if kind == "image")
    shown = (hit.document_id for query in every for hit in (*query.hits, *query.missed))
    return Wanted(tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(shown)))


def worst(report: ComparisonReport, pictures: Pictures) -> Html:
    """The worst queries of every configuration, folded but for the first."""
    measure = measure_title(report.main)
    parts = [
        folded(
            f"{one.name}: {len(one.worst)} worst",
            *(_query(query, pictures, measure=measure) for query in one.worst),
        )
        for one in report.measured
        if one.worst
    ]
    if not parts:
        return NOTHING
    return section(
        "worst",
        "Worst queries",
        paragraph(
            f"Lowest {measure} first. A number in a lozenge is the grade of a "
            "right answer; a hit without one is none, or nobody judged it."
        ),
        *parts,
    )


def data_uri(picture: bytes | None) -> str | None:
    """A picture for an `src`; None for what is too large or no picture that browsers show."""
    if not picture or len(picture) > MAX_PICTURE_BYTES:
        return None
    kind = next((name for start, name in SIGNATURES if picture.startswith(start)), None)
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        kind = "webp"
    return f"data:image/{kind};base64,{b64encode(picture).decode()}" if kind else None


def _query(query: WorstQuery, pictures: Pictures, *, measure: str) -> Html:
    control = f", the control {share(query.control)}" if query.control is not None else ""
    facts = f"{query.kind} · {measure} {share(query.value)}{control}"
    name = [" · ", words(query.query_id)] if query.text else []  # else it is the heading
    asked = [_image(pictures.queries.get(key), f"{kind} of the query") for kind, key in query.media]
    return element(
        "article",
        element(
            "div",
            *asked,
            element(
                "div",
                element("h3", words(query.text or query.query_id)),
                element("p", facts, *name, class_="soft"),
                element("p", words(query.category), class_="soft") if query.category else NOTHING,
            ),
            class_="asked",
        ),
        _hits("Shown", query.hits, pictures),
        _hits("Missed", query.missed, pictures),
        class_="query",
    )


def _hits(label: str, hits: tuple[WorstHit, ...], pictures: Pictures) -> Html:
    if not hits:
        return element("p", f"{label}: nothing", class_="soft") if label == "Shown" else NOTHING
    items = []
    for hit in hits:
        name = pictures.titles.get(hit.document_id, hit.document_id)
        marked = (
            badge(f"grade {hit.grade}", tone="good" if label == "Shown" else "bad")
            if hit.grade
            else NOTHING
        )
        score = NOTHING if hit.score is None else element("small", share(hit.score))
        picture = _image(pictures.documents.get(hit.document_id), "")
        items.append(element("li", picture, element("span", words(name, most=80)), marked, score))
    return element("div", element("h4", label), element("ol", *items, class_="hits"))


def _image(picture: bytes | None, alt: str) -> Html:
    source = data_uri(picture)
    if source is None:
        return element("span", alt or "no picture", class_="blank")
    return element("img", src=source, alt=alt, decoding="async")
