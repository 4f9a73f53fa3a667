"""The tables of docs/relevance.md, out of the reports of evaluations."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.insight.evaluation.estimate import Estimate
from services.insight.evaluation.report import ComparisonReport, Slice
from services.insight.evaluation.report import Measured as Configured

BEGIN: Final = "<!-- made by make relevance -->"
END: Final = "<!-- end of what make relevance makes -->"
KINDS: Final = ("text", "image", "composed")


@dataclass(frozen=True, slots=True)
class Measured:
    """What an evaluation of one catalog came to; `index` says what was searched."""

    title: str
    report: ComparisonReport
    index: Mapping[str, Any]
    took_s: float


def tables(measured: list[Measured]) -> str:
    """All of them as Markdown."""
    lines = [line for each in measured for line in _catalog(each)]
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    lines.append(
        f"Milliseconds are of {os.cpu_count()} virtual cores without a GPU, whose load was "
        f"{load:.1f} a core at the end: they are longer on a busy machine, as qualities are not."
    )
    return "\n".join(lines)


def write(made: str, page: Path) -> None:
    """Put them between the page's two marks. Raises ValueError without these."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} lacks the marks that the tables go between")
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", "utf-8")


def _catalog(each: Measured) -> Iterator[str]:
    report = each.report
    kinds = ", ".join(f"{report.kinds[kind]} {kind}" for kind in KINDS if kind in report.kinds)
    yield f"## {each.title}"
    yield ""
    yield (
        f"{each.index['documents']} documents, {report.queries} judged queries ({kinds}); "
        f"{each.index['embedder']}, {each.index['dimensions']} dimensions."
    )
    yield ""
    yield from _qualities(report)
    yield from _sentences(report)
    yield from _sizes(report)
    yield from _recall(report)
    yield from _cuts(report)


def _qualities(report: ComparisonReport) -> Iterator[str]:
    yield (
        "| configuration | queries | nDCG@10 | recall@10 | MRR | hit rate@10 | against the default "
        "| p50 | p95 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for one in report.measured:
        for part in (_slice(one, kind) for kind in (*KINDS, "all")):
            if part is not None:
                yield _row(report, one, part)
    yield ""


def _row(report: ComparisonReport, one: Configured, part: Slice) -> str:
    measures = part.measures
    whole = part.name == "all" and one.latency is not None
    cells = (
        one.name,
        f"{part.queries} {part.name}",
        _interval(measures["ndcg@10"]),
        f"{measures['recall@10'].mean:.3f}",
        f"{measures[f'mrr@{report.depth}'].mean:.3f}",
        f"{measures['hit@10'].mean:.3f}",
        _against(report, one.name, part),
        f"{one.latency.p50:.0f} ms" if whole and one.latency else "",
        f"{one.latency.p95:.0f} ms" if whole and one.latency else "",
    )
    return f"| {' | '.join(cells)} |"


def _against(report: ComparisonReport, name: str, part: Slice) -> str:
    """The difference in nDCG@10, in bold where it is more than noise."""
    for each in report.differences:
        same = (each.control, each.challenger) == (report.control, name)
        if same and each.measure == report.main and (each.by, each.name) == (part.by, part.name):
            # Never "-0.000".
            shown = f"{round(each.difference, 3) + 0.0:+.3f}"
            return f"**{shown}**" if each.significant else shown
    return ""


def _sentences(report: ComparisonReport) -> Iterator[str]:
    said = [
        report.summary,
        *(each.sentence for each in report.weights),
        *(each.sentence for each in report.directions),
        *report.notes,
    ]
    for sentence in said:
        yield f"- {sentence}"
    yield ""


def _sizes(report: ComparisonReport) -> Iterator[str]:
    if not report.sizes:
        return
    kinds = list(dict.fromkeys(point.kind for point in report.sizes))
    yield "The same vectors cut short, ranked exactly (nDCG@10):"
    yield ""
    yield f"| dimensions | bytes | {' | '.join(kinds)} | p50 of a ranking |"
    yield f"|---|---|{'---|' * (len(kinds) + 1)}"
    for size in dict.fromkeys(point.dimensions for point in report.sizes):
        found = {point.kind: point for point in report.sizes if point.dimensions == size}
        qualities = " | ".join(_interval(found[kind].quality) for kind in kinds)
        whole = found["all"]
        yield (f"| {size} | {whole.bytes_per_vector} | {qualities} | {whole.p50_ms or 0:.2f} ms |")
    yield ""


def _recall(report: ComparisonReport) -> Iterator[str]:
    if not report.recall:
        return
    yield "HNSW beside exact search: the share of the ten nearest views that it finds:"
    yield ""
    yield "| `ef` | recall@10 | p50 | p95 |"
    yield "|---|---|---|---|"
    for point in report.recall:
        yield (
            f"| {point.ef} | {_interval(point.recall)} | {point.p50_ms or 0:.1f} ms "
            f"| {point.p95_ms or 0:.1f} ms |"
        )
    yield ""


def _cuts(report: ComparisonReport) -> Iterator[str]:
    """What to begin with as `min_score`, of the default."""
    found = report.measured[0].min_scores
    if not found:
        return
    yield "A `min_score` to begin with:"
    yield ""
    yield "| queries | `min_score` | hits that are answers | answers that are hits |"
    yield "|---|---|---|---|"
    for each in found:
        cut = each.cutoff
        yield f"| {each.kind} | {cut.min_score:.3f} | {cut.precision:.0%} | {cut.recall:.0%} |"
    yield ""


def _slice(one: Configured, name: str) -> Slice | None:
    found = (part for part in one.slices if part.name == name and part.by in ("kind", "all"))
    return next(found, None)


def _interval(found: Estimate) -> str:
    return f"{found.mean:.3f} ({found.low:.3f}-{found.high:.3f})"
