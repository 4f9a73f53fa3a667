"""Plots as inline SVG without text: what is read stands beside them, so it never shrinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.insight.evaluation.estimate import Estimate
from services.insight.evaluation.page.markup import Html, element, join
from services.insight.evaluation.page.numbers import part, plain, ticks

SERIES: Final = 8
"""Colours there are; the ninth line begins again."""
STILL: Final = "non-scaling-stroke"
"""A plot is stretched to the width there is: its strokes are not."""


@dataclass(frozen=True, slots=True)
class Row:
    """A dot with its interval: `label` before it, `value` after it, drawn in colour `series`."""

    label: str
    estimate: Estimate
    value: str
    series: int


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through points of x (a place on the axis, from 0) and an estimate."""

    label: str
    points: Sequence[tuple[float, Estimate]]
    series: int


def rows(entries: Sequence[Row], *, zero: bool = False) -> Html:
    """Dots with whiskers below each other on one axis; `zero` marks where nothing differs."""
    marks = ticks(
        [
            edge
            for row in entries
            for edge in (row.estimate.low, row.estimate.high, row.estimate.mean)
        ]
        + ([0.0] if zero else [])
    )
    items = [
        element(
            "li",
            element("span", row.label, class_="label"),
            _whisker(row, marks, zero=zero),
            element("span", row.value, class_="value"),
        )
        for row in entries
    ]
    axis = element("li", element("span", *_labels(marks), class_="axis"), class_="foot")
    return element("ul", *items, axis, class_="rows")


def curves(lines: Sequence[Line], *, x_labels: Sequence[str], x_title: str, y_title: str) -> Html:
    """Curves over evenly spaced places, each point with its interval; a legend where several."""
    edges = [edge for line in lines for _, one in line.points for edge in (one.low, one.high)]
    marks = ticks(edges)
    width = len(x_labels)
    drawn = [_grid(marks, across=False), *(_curve(line, marks, width) for line in lines)]
    name = f"{y_title} by {x_title}: " + "; ".join(_told(line, x_labels) for line in lines)
    return element(
        "figure",
        element("figcaption", y_title),
        element("div", *_labels(list(reversed(marks))), class_="side"),
        _picture(drawn, name, class_="plane"),
        element("div", *(element("span", label) for label in x_labels), class_="places"),
        element("p", x_title, class_="under"),
        _legend([(line.label, line.series) for line in lines]) if len(lines) > 1 else Html(""),
        class_="curves",
    )


def scatter(
    points: Sequence[tuple[str, float, Estimate, int]], *, x_title: str, y_title: str
) -> Html:
    """Points of a label, an x, an estimate and a colour, on two linear axes, with a legend."""
    across = ticks([0.0, *(x for _, x, _, _ in points)])
    up = ticks([edge for _, _, one, _ in points for edge in (one.low, one.high)])
    drawn = [_grid(up, across=False), _grid(across, across=True)]
    for _, x, one, series in points:
        drawn.append(_upright(_place(x, across), one, up, series))
    name = f"{y_title} against {x_title}: " + "; ".join(
        f"{label} {plain(round(x, 1))}, {one.mean:.3f}" for label, x, one, _ in points
    )
    return element(
        "figure",
        element("figcaption", y_title),
        element("div", *_labels(list(reversed(up))), class_="side"),
        _picture(drawn, name, class_="plane"),
        element("div", *_labels(across), class_="axis"),
        element("p", x_title, class_="under"),
        _legend([(label, series) for label, _, _, series in points]),
        class_="curves",
    )


def stack(shares: Sequence[tuple[str, float, int]]) -> Html:
    """Shares of a whole beside each other, in the colours named, with a legend."""
    begin, bars = 0.0, []
    for _, size, series in shares:
        bars.append(
            element("rect", x=100 * begin, y=0, width=100 * size, height=100, class_=colour(series))
        )
        begin += size
    told = [(f"{name} {part(size)}", series) for name, size, series in shares]
    return join(
        [
            _picture(bars, ", ".join(each for each, _ in told), class_="stack"),
            _legend(told),
        ]
    )


def colour(series: int) -> str:
    """The class that gives a series its colour and its dashes."""
    return f"s{series % SERIES}"


def _whisker(row: Row, marks: Sequence[float], *, zero: bool) -> Html:
    low, mean, high = (
        _place(value, marks) for value in (row.estimate.low, row.estimate.mean, row.estimate.high)
    )
    drawn = [_grid(marks, across=True)]
    if zero:
        at = _place(0.0, marks)
        drawn.append(_stroke(at, 0, at, 100, class_="zero"))
    drawn.append(_stroke(low, 50, high, 50, class_=f"whisker {colour(row.series)}"))
    drawn.append(_stroke(mean, 50, mean, 50, class_=f"dot {colour(row.series)}"))
    return _picture(drawn, f"{row.label}: {row.value}", class_="strip")


def _curve(line: Line, marks: Sequence[float], width: int) -> Html:
    def across(x: float) -> float:
        return 100 * (x + 0.5) / width

    path = " ".join(
        f"{across(x):.2f},{100 - _place(one.mean, marks):.2f}" for x, one in line.points
    )
    drawn = [
        element("polyline", points=path, class_=f"curve {colour(line.series)}", vector_effect=STILL)
    ]
    drawn += [_upright(across(x), one, marks, line.series) for x, one in line.points]
    return join(drawn)


def _upright(x: float, one: Estimate, marks: Sequence[float], series: int) -> Html:
    low, mean, high = (100 - _place(value, marks) for value in (one.low, one.mean, one.high))
    return join(
        [
            _stroke(x, low, x, high, class_=f"whisker thin {colour(series)}"),
            # A line of no length with round ends is a dot that no stretching turns into an egg.
            _stroke(x, mean, x, mean, class_=f"dot {colour(series)}"),
        ]
    )


def _place(value: float, marks: Sequence[float]) -> float:
    """Where a value lies between the first tick and the last, 0 to 100."""
    along = (value - marks[0]) / (marks[-1] - marks[0])
    return 100 * min(1.0, max(0.0, along))


def _grid(marks: Sequence[float], *, across: bool) -> Html:
    places = [_place(mark, marks) for mark in marks]
    return join(
        _stroke(at, 0, at, 100, class_="grid")
        if across
        else _stroke(0, 100 - at, 100, 100 - at, class_="grid")
        for at in places
    )


def _stroke(x1: float, y1: float, x2: float, y2: float, *, class_: str) -> Html:
    return element(
        "line",
        x1=float(x1),
        y1=float(y1),
        x2=float(x2),
        y2=float(y2),
        class_=class_,
        vector_effect=STILL,
    )


def _picture(drawn: Sequence[Html], name: str, *, class_: str) -> Html:
    return element(
        "svg",
        *drawn,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        role="img",
        aria_label=name,
        class_=class_,
    )


def _labels(marks: Sequence[float]) -> list[Html]:
    return [element("span", plain(mark)) for mark in marks]


def _legend(entries: Sequence[tuple[str, int]]) -> Html:
    items = [
        element("li", element("i", "", class_=f"key {colour(series)}"), label)
        for label, series in entries
    ]
    return element("ul", *items, class_="legend")


def _told(line: Line, x_labels: Sequence[str]) -> str:
    each = ", ".join(f"{x_labels[round(x)]} {one.mean:.3f}" for x, one in line.points)
    return f"{line.label}: {each}"
