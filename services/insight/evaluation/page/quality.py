"""The page's answer: which configuration is better, by how much, and in what."""

from __future__ import annotations

from collections.abc import Sequence

from services.insight.evaluation.estimate import Estimate
from services.insight.evaluation.page.markup import Html, element, join
from services.insight.evaluation.page.meanings import ANSWERED, explained, meaning, shown_of
from services.insight.evaluation.page.numbers import (
    between,
    chance,
    count,
    percent,
    relative,
    share,
    signed,
    within,
)
from services.insight.evaluation.page.plots import Row, rows
from services.insight.evaluation.page.sections import (
    NOTHING,
    badge,
    folded,
    named,
    paragraph,
    section,
    table,
    title,
)
from services.insight.evaluation.report import (
    BY_ALL,
    BY_CATEGORY,
    BY_KIND,
    ComparisonReport,
    Coverage,
    Difference,
    Measured,
)
from services.insight.evaluation.wording import title as measure_title


def heading(report: ComparisonReport) -> Html:
    """The name of the page, the verdict in words, and what to be careful about."""
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(report.kinds.items()))
    facts = (
        f"{count(report.queries, 'judged query', 'judged queries')} ({kinds}), "
        f"{count(report.depth, 'document', 'documents')} deep, the first {report.k} shown. "
        f"{measure_title(report.main)} decides. Random numbers from seed {report.seed}."
    )
    notes = [element("li", note) for note in report.notes]
    sentences = [element("li", one.sentence) for one in report.verdicts]
    told = folded("Every pair", element("ul", *sentences)) if len(sentences) > 1 else NOTHING
    return element(
        "header",
        element("h1", _name(report)),
        element("p", report.summary, class_="verdict"),
        told,
        element("p", facts, class_="soft"),
        element("ul", *notes, class_="notes") if notes else NOTHING,
    )


def overall(report: ComparisonReport) -> Html:
    """Every measure of every configuration over all queries."""
    main = measure_title(report.main)
    plot = [
        Row(one.name, found, share(found.mean), series)
        for series, one in enumerate(report.measured)
        for found in [one.overall.measures[report.main]]
    ]
    body = [_measure(name, report.measured) for name in report.measured[0].overall.measures]
    coverage = [one.coverage for one in report.measured]
    body += [
        [explained("Answered", ANSWERED), *(percent(one.answered) for one in coverage)],
        [explained("Catalog shown", shown_of(report.k)), *map(_catalog, coverage)],
    ]
    head = ["Measure", *(named(one.name, series) for series, one in enumerate(report.measured))]
    return section(
        "quality",
        "Quality",
        paragraph(f"Mean {main} over all queries, with 95 % intervals of a bootstrap."),
        rows(plot),
        table("All measures, over all queries", head, body),
    )


def slices(report: ComparisonReport) -> Html:
    """The main measure by kind of query and by category."""
    parts = []
    for by, name in ((BY_KIND, "By kind of query"), (BY_CATEGORY, "By category")):
        groups = [one for one in report.measured[0].slices if one.by == by]
        if not groups:
            continue
        parts += [title(name), _sliced(report, by)]
    return section("slices", f"{measure_title(report.main)} by kind and category", *parts)


def differences(report: ComparisonReport) -> Html:
    """Every difference to the control, and the whole family of tests."""
    if len(report.measured) < 2:
        return NOTHING
    against = [
        one
        for one in report.differences
        if one.control == report.control and one.measure == report.main
    ]
    colours = {one.name: series for series, one in enumerate(report.measured)}
    plot = [
        Row(_where(one), _estimate(one), signed(one.difference), colours[one.challenger])
        for one in against
        if one.by != BY_CATEGORY
    ]
    whole = [one for one in report.differences if one.by == BY_ALL]
    body = [_difference(one) for one in whole if one.measure == report.main]
    every = [_difference(one) for one in whole]
    sliced = [_difference(one) for one in report.differences if one.by != BY_ALL]
    head = ["Pair", "Measure", "Difference", "95 % interval", "Relative", "p", "p after Holm"]
    head += ["Verdict", "Better / worse / same", "Would be seen"]
    return section(
        "differences",
        "Differences",
        paragraph(
            f"{measure_title(report.main)} less that of {report.control}, on the same queries. "
            "An interval beside 0 is a difference; one over 0 may be noise."
        ),
        rows(plot, zero=True),
        table(f"Every pair in {measure_title(report.main)}", head, body),
        folded("Every measure", table("Every pair in every measure", head, every)),
        folded("Pairs by kind and category", table("By kind and category", head, sliced))
        if sliced
        else NOTHING,
        paragraph(
            "p is that of a two-sided randomisation test on queries, rewordings of one wish taken "
            "together. After Holm it takes into account that many were made: all pairs in the "
            "deciding measure, and all in the others; by kind and by category each for itself. "
            "“Would be seen” is the difference that as many queries show four times in five."
        ),
    )


def _name(report: ComparisonReport) -> str:
    names = [one.name for one in report.measured]
    if len(names) <= 2:
        others = [name for name in names if name != report.control]
        return " against ".join([*others, report.control]) if others else f"{names[0]} measured"
    return f"{', '.join(names[:-1])} and {names[-1]} compared"


def _sliced(report: ComparisonReport, by: str) -> Html:
    main = report.main
    columns = [
        {one.name: one for one in measured.slices if one.by == by} for measured in report.measured
    ]
    body = []
    for name, first in columns[0].items():
        means = [column[name].measures[main] for column in columns]
        most = max(one.mean for one in means)
        cells = [_cell(one, most if len(means) > 1 else None) for one in means]
        body.append([name, f"{first.queries:,}", *cells])
    head = ["Queries", "How many", *(one.name for one in report.measured)]
    plot = [
        Row(
            f"{name} · {measured.name}" if len(columns) > 1 else name,
            column[name].measures[main],
            share(column[name].measures[main].mean),
            series,
        )
        for name in columns[0]
        for series, (column, measured) in enumerate(zip(columns, report.measured, strict=True))
    ]
    drawn = rows(plot) if by == BY_KIND else NOTHING
    return join([drawn, table(f"{measure_title(main)} by {by}", head, body)])


def _difference(one: Difference) -> Sequence[str]:
    return [
        f"{one.challenger} − {one.control}",
        measure_title(one.measure) if one.by == BY_ALL else f"{one.name}",
        signed(one.difference),
        between(one.low, one.high),
        relative(one.relative),
        chance(one.p_value),
        chance(one.adjusted),
        _outcome(one),
        f"{one.wins} / {one.losses} / {one.ties}",
        share(one.detectable),
    ]


def _outcome(one: Difference) -> Html:
    if one.ties == one.queries:
        return badge("the same", tone="soft")
    if not one.significant:
        return badge("may be noise", tone="soft")
    better = one.challenger if one.difference > 0 else one.control
    return badge(f"{better} better", tone="good")


def _where(one: Difference) -> str:
    return f"{one.challenger} · {'all queries' if one.by == BY_ALL else one.name}"


def _estimate(one: Difference) -> Estimate:
    return Estimate(mean=one.difference, low=one.low, high=one.high, queries=one.queries)


def _cell(one: Estimate, best: float | None) -> Html:
    value = share(one.mean)
    strong = best is not None and one.mean >= best - 1e-12
    number = element("strong", value) if strong else element("span", value)
    return join([number, element("small", within(one))])


def _measure(name: str, measured: Sequence[Measured]) -> Sequence[str]:
    """A row: the measure in words, and what each configuration has of it."""
    found = [one.overall.measures[name] for one in measured]
    best = max(one.mean for one in found)
    return [explained(measure_title(name), meaning(name)), *(_cell(one, best) for one in found)]


def _catalog(one: Coverage) -> str:
    return f"{one.shown:,}" + ("" if one.catalog is None else f" ({percent(one.catalog)})")
