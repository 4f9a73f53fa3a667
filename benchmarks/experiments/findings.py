"""A claim of the statistics, what was measured of it, and whether it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CONFIDENCE = 0.999
"""Of the interval that a claim must be outside of to count as broken: there are many claims."""


class Claim(StrEnum):
    EXACTLY = "about"
    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True)
class Finding:
    """`kept` is None of what is shown for comparison only."""

    part: str
    what: str
    should: str
    measured: str
    runs: int
    kept: bool | None


def share_of_runs(
    part: str,
    what: str,
    *,
    hits: int,
    runs: int,
    target: float | None,
    claim: Claim = Claim.EXACTLY,
) -> Finding:
    """How many of the runs did it, against a target that they must agree with."""
    low, high = bounds(hits, runs, confidence=0.95)
    return Finding(
        part,
        what,
        f"{claim.value} {_percent(target)}" if target is not None else "",
        f"{_percent(hits / runs)} ({100 * low:.1f} to {100 * high:.1f})",
        runs,
        agrees(hits, runs, target, claim) if target is not None else None,
    )


def agrees(hits: int, runs: int, target: float, claim: Claim = Claim.EXACTLY) -> bool:
    """Whether so many of so many runs do not contradict the target, given chance."""
    low, high = bounds(hits, runs, confidence=CONFIDENCE)
    if claim is Claim.AT_MOST:
        return low <= target
    return high >= target if claim is Claim.AT_LEAST else low <= target <= high


def bounds(hits: int, runs: int, *, confidence: float) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share of independent runs."""
    import scipy.stats

    interval: Any = scipy.stats.binomtest(hits, runs).proportion_ci(confidence, method="exact")
    return float(interval.low), float(interval.high)


def table(findings: Sequence[Finding]) -> str:
    """A Markdown table for each part."""
    lines: list[str] = []
    for part in dict.fromkeys(finding.part for finding in findings):
        lines += [f"### {part}", "", "| | Should be | Measured | Runs | Kept |"]
        lines += ["| --- | --- | --- | ---: | --- |"]
        lines += [
            f"| {one.what} | {one.should} | {one.measured} | {one.runs:,} | {_kept(one)} |"
            for one in findings
            if one.part == part
        ]
        lines.append("")
    return "\n".join(lines)


def _kept(finding: Finding) -> str:
    if finding.kept is None:
        return "for comparison"
    return "yes" if finding.kept else "**no**"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"
