"""The page's part on reranking, modalities, robustness, and what to set."""

from __future__ import annotations

from typing import Final

from services.insight.evaluation.page.markup import Html, element, join
from services.insight.evaluation.page.numbers import (
    between,
    chance,
    percent,
    percent_within,
    share,
    signed,
    within,
)
from services.insight.evaluation.page.plots import Line, Row, curves, rows, stack
from services.insight.evaluation.page.sections import (
    NOTHING,
    named,
    paragraph,
    section,
    table,
    title,
)
from services.insight.evaluation.report import ComparisonReport, RerankLift, WeightSuggestion
from services.insight.evaluation.report_robustness import ViewShare
from services.insight.evaluation.wording import title as measure_title

VIEWS: Final = {"text": 5, "image": 7, "combined": 6, "audio": 4, "video": 3}
"""Colours that the first configurations do not have."""


def reranking(report: ComparisonReport) -> Html:
    """What reranking added, and how far a faultless one could go."""
    found = [
        (series, one.name, one.rerank)
        for series, one in enumerate(report.measured)
        if one.rerank is not None
    ]
    body = [
        [named(name, series), *_reranked(lift)] for series, name, lift in found if lift.reordered
    ]
    head = ["Configuration", "Lift", "95 % interval", "p", "Order changed", "Of the room"]
    parts = [table("What reranking added", head, body)] if body else []
    for series, name, lift in found:
        parts += [title(name), rows(_stages(lift, series))]
    if not parts:
        return NOTHING
    added = "before and after reranking" if body else "as nothing was reranked"
    explained = paragraph(
        f"{measure_title(report.main)} {added}, and what a reranker without fault would reach with "
        "the first stage’s documents."
    )
    return section("rerank", "Reranking", explained, *parts)


def modalities(report: ComparisonReport) -> Html:
    """Whether words and pictures are served alike."""
    parts: list[Html] = [element("p", one.sentence) for one in report.directions]
    if report.directions:
        parts.append(_directions(report))
    if report.lifts:
        parts.append(_lifts(report))
    for one in report.measured:
        # Where one modality is searched, what finds is no question.
        if len({name for found in one.views for name in found.shares}) < 2:
            continue
        parts.append(title(f"{one.name}: views that found the first hits"))
        for found in one.views:
            parts.append(paragraph(f"{found.kind} queries, {found.hits:,} hits"))
            parts.append(stack([(name, found.shares[name], at) for name, at in _views(found)]))
    return section("modalities", "Words and pictures", *parts)


def robustness(report: ComparisonReport) -> Html:
    """Whether answers hold under other words and beside near misses."""
    reworded = [
        [
            named(one.name, series),
            f"{found.groups:,} wishes, {found.queries:,} wordings",
            *(f"{share(value.mean)} ({within(value)})" for value in (found.quality, found.worst)),
            f"{share(found.spread.mean)} ({within(found.spread)})",
            percent(found.overlap.mean),
        ]
        for series, one in enumerate(report.measured)
        if (found := one.paraphrases) is not None
    ]
    close = [
        [
            named(one.name, series),
            f"{near.queries:,}",
            percent_within(near.ordered),
            percent_within(near.fooled),
            "named" if near.given else "other answers of the category",
        ]
        for series, one in enumerate(report.measured)
        if (near := one.hard_negatives) is not None
    ]
    parts: list[Html] = []
    if reworded:
        head = ["Configuration", "Asked", "Mean", "Worst wording", "Best less worst", "Hits kept"]
        parts.append(table("The same wish in other words", head, reworded))
    if close:
        head = ["Configuration", "Queries", "Told apart", "Fooled first", "Near misses"]
        parts.append(table("Right answers beside near misses", head, close))
    return section("robustness", "Robustness", *parts)


def suggestions(report: ComparisonReport) -> Html:
    """A `min_score` and weights to begin with."""
    cuts = [
        [
            named(one.name, series),
            found.kind,
            f"{found.cutoff.min_score:.3f}".replace("-", "−"),
            percent(found.cutoff.precision),
            percent(found.cutoff.recall),
            f"{found.queries:,}",
        ]
        for series, one in enumerate(report.measured)
        for found in one.min_scores
    ]
    head = ["Configuration", "Queries", "min_score", "Hits that are right", "Right that are hits"]
    parts: list[Html] = []
    for found in report.weights:
        parts += [title(found.parameter), element("p", found.sentence), _weight(report, found)]
    if cuts:
        parts.append(table("The cut with the best F1", [*head, "How many"], cuts))
    return section("suggestions", "What to set", *parts)


def _stages(lift: RerankLift, series: int) -> list[Row]:
    stages = [("first stage", lift.first)]
    if lift.reordered:
        stages.append(("final", lift.final))
    stages += [(f"faultless over {one.depth}", one.quality) for one in lift.ceilings]
    return [Row(label, found, share(found.mean), series) for label, found in stages]


def _views(found: ViewShare) -> list[tuple[str, int]]:
    """The modalities with a colour each that is the same everywhere, in one order."""
    unknown = sorted(found.shares.keys() - VIEWS.keys())
    known = [(name, colour) for name, colour in VIEWS.items() if name in found.shares]
    return known + [(name, 0) for name in unknown]


def _reranked(found: RerankLift) -> list[str]:
    return [
        signed(found.lift.mean),
        between(found.lift.low, found.lift.high),
        chance(found.p_value),
        percent(found.reordered),
        "–" if found.realised is None else percent(found.realised),
    ]


def _directions(report: ComparisonReport) -> Html:
    body = [
        [
            f"{one.forward_by}, {one.backward_by}",
            f"{share(one.forward.mean)} ({within(one.forward)})",
            f"{share(one.backward.mean)} ({within(one.backward)})",
            f"{signed(one.bias)} ({between(one.low, one.high)})",
        ]
        for one in report.directions
    ]
    head = ["Configurations", "Text → image", "Image → text", "Bias"]
    return table("Direction of search", head, body)


def _lifts(report: ComparisonReport) -> Html:
    body = [
        [
            f"{one.kind} queries",
            f"{one.target} views ({one.configuration})",
            f"{share(one.quality.mean)} ({within(one.quality)})",
            f"{signed(one.lift.mean)} ({between(one.lift.low, one.lift.high)})",
            chance(one.p_value),
        ]
        for one in report.lifts
    ]
    head = ["Queries", "Searched", measure_title(report.main), "Beyond text views", "p"]
    return table("What each modality adds to text alone", head, body)


def _weight(report: ComparisonReport, found: WeightSuggestion) -> Html:
    line = Line(found.parameter, [(place, one.quality) for place, one in enumerate(found.curve)], 0)
    drawn = curves(
        [line],
        x_labels=[f"{one.value:g}" for one in found.curve],
        x_title=found.parameter,
        y_title=measure_title(report.main),
    )
    # One value of all parts is a sign that it was no accident.
    chosen = ", ".join(f"{value:g}" for value in dict.fromkeys(found.chosen))
    return join(
        [drawn, paragraph(f"Chosen without one part of {len(found.chosen)} at a time: {chosen}.")]
    )
