"""A comparison as one page of HTML that needs nothing else: no script, no other file."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from services.insight.evaluation.page import insight, quality, serving
from services.insight.evaluation.page.markup import Html, element
from services.insight.evaluation.page.worst import Pictures, Wanted, wanted, worst
from services.insight.evaluation.report import ComparisonReport

__all__ = ["Pictures", "Wanted", "content_security_policy", "render", "wanted"]

STYLE = Path(__file__).parent / "page" / "report.css"


def render(report: ComparisonReport, pictures: Pictures | None = None) -> str:
    """The whole page; `wanted` tells which pictures it would show.

    It may be saved, mailed and opened from a disk: its policy lets it load nothing but the data in
    itself. All text of queries and documents is escaped.
    """
    body = element(
        "body",
        quality.heading(report),
        element(
            "main",
            quality.overall(report),
            quality.differences(report),
            quality.slices(report),
            serving.latency(report),
            insight.suggestions(report),
            insight.reranking(report),
            insight.modalities(report),
            insight.robustness(report),
            serving.sizes(report),
            serving.recall(report),
            worst(report, pictures or Pictures()),
        ),
    )
    return f"<!doctype html>\n{element('html', _head(report), body, lang='en')}\n"


def content_security_policy() -> str:
    """For the header of a server: the page loads its own style and data, and is framed nowhere."""
    return f"{_policy()}; frame-ancestors 'none'"


def _policy() -> str:
    """The part that holds without a server too: in an element it cannot speak of frames."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _head(report: ComparisonReport) -> Html:
    names = ", ".join(one.name for one in report.measured)
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"Comparison: {names}"),
        element("style", Html(_style())),
    )


@cache
def _style() -> str:
    return STYLE.read_text("utf-8")
