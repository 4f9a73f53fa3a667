"""The page's part on what answers cost: latency, money, bytes, and the index's own recall."""

from __future__ import annotations

from services.insight.evaluation.page.markup import Html
from services.insight.evaluation.page.numbers import milliseconds, percent, share, within
from services.insight.evaluation.page.plots import Line, curves, scatter
from services.insight.evaluation.page.sections import (
    NOTHING,
    folded,
    named,
    paragraph,
    section,
    table,
)
from services.insight.evaluation.report import ComparisonReport, Cost
from services.insight.evaluation.wording import title as measure_title


def latency(report: ComparisonReport) -> Html:
    """Quality beside how long it takes and what it costs."""
    timed = [(series, one) for series, one in enumerate(report.measured) if one.latency]
    if not timed:
        return NOTHING
    points = [
        (one.name, one.latency.p95, one.overall.measures[report.main], series)
        for series, one in timed
        if one.latency
    ]
    body = [
        [
            named(one.name, series),
            *(
                milliseconds(value)
                for value in (
                    one.latency.p50,
                    one.latency.p90,
                    one.latency.p95,
                    one.latency.p99,
                    one.latency.mean,
                )
            ),
            *_cost(one.cost),
        ]
        for series, one in timed
        if one.latency
    ]
    head = ["Configuration", "Median", "p90", "p95", "p99", "Mean", "Tokens", "1,000 queries"]
    return section(
        "latency",
        "Latency and cost",
        scatter(
            points,
            x_title="95th percentile, ms",
            y_title=f"{measure_title(report.main)} by latency",
        ),
        table("Time and price of a query", head, body),
        _stages(report),
        paragraph(
            "The price is the most that it can be: a query is taken to hold the whole machine "
            "while it is answered. A dash is not measured or has no price, which is not nothing."
        ),
    )


def sizes(report: ComparisonReport) -> Html:
    """Quality against the bytes of a vector, for each Matryoshka size."""
    if not report.sizes:
        return NOTHING
    dimensions = sorted({one.dimensions for one in report.sizes})
    kinds = list(dict.fromkeys((one.configuration, one.kind) for one in report.sizes))
    lines = [
        Line(
            f"{configuration} · {kind}",
            [
                (dimensions.index(one.dimensions), one.quality)
                for one in sorted(report.sizes, key=lambda one: one.dimensions)
                if (one.configuration, one.kind) == (configuration, kind)
            ],
            series,
        )
        for series, (configuration, kind) in enumerate(kinds)
    ]
    body = [
        [
            f"{one.configuration} · {one.kind}",
            f"{one.dimensions:,}",
            f"{one.bytes_per_vector:,} B",
            f"{share(one.quality.mean)} ({within(one.quality)})",
            milliseconds(one.p50_ms),
            milliseconds(one.p95_ms),
        ]
        for one in report.sizes
    ]
    head = ["Measured", "Dimensions", "A vector", measure_title(report.main), "Median", "p95"]
    labels = [f"{size:,}" for size in dimensions]
    return section(
        "sizes",
        "Shorter vectors",
        curves(lines, x_labels=labels, x_title="Dimensions", y_title=measure_title(report.main)),
        table("Quality against bytes", head, body),
    )


def recall(report: ComparisonReport) -> Html:
    """How much of the exact answer HNSW finds, by `ef`."""
    if not report.recall:
        return NOTHING
    efs = sorted({one.ef for one in report.recall})
    names = list(dict.fromkeys(one.index for one in report.recall))
    lines = [
        Line(
            name,
            [
                (efs.index(one.ef), one.recall)
                for one in sorted(report.recall, key=lambda one: one.ef)
                if one.index == name
            ],
            series,
        )
        for series, name in enumerate(names)
    ]
    body = [
        [
            one.index,
            f"{one.ef:,}",
            f"{percent(one.recall.mean)} of the {one.k} nearest",
            milliseconds(one.p50_ms),
            milliseconds(one.p95_ms),
        ]
        for one in report.recall
    ]
    return section(
        "recall",
        "HNSW against exact search",
        curves(lines, x_labels=[f"{ef:,}" for ef in efs], x_title="ef", y_title="Recall"),
        table("Recall by ef", ["Index", "ef", "Recall", "Median", "p95"], body),
    )


def _cost(cost: Cost) -> tuple[str, str]:
    tokens = "–" if cost.tokens is None else f"{cost.tokens:,.0f}"
    return tokens, "–" if cost.per_thousand is None else f"{cost.per_thousand:,.4g}"


def _stages(report: ComparisonReport) -> Html:
    body = [
        [one.name, stage, *map(milliseconds, (took.p50, took.p95)), f"{took.queries:,}"]
        for one in report.measured
        for stage, took in one.stages.items()
    ]
    if not body:
        return NOTHING
    head = ["Configuration", "Stage", "Median", "p95", "Queries"]
    return folded("By stage", table("Time of each stage", head, body))
