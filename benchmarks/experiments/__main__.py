"""Simulates users of the sample shop, and writes what the statistics made of them to the docs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.experiments import error_rates, peeking, rates, sample_sizes
from benchmarks.experiments.findings import Finding, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"
BEGIN, END = "<!-- made by make experiments -->", "<!-- end of what make experiments makes -->"
PARTS: dict[str, tuple[Callable[..., list[Finding]], int]] = {
    "rates": (rates.measure, 50),
    "errors": (error_rates.measure, 2_000),
    "sizes": (sample_sizes.measure, 1_000),
    "peeking": (peeking.measure, 1_000),
}
"""What is measured, and in how many runs."""


def main() -> int:
    """1 if a claim is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; default: all")
    parser.add_argument("--runs", type=float, default=1.0, help="times as many runs (0.1: a tenth)")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("--write takes the whole table: leave --only out")
    findings: list[Finding] = []
    for name in given.only or PARTS:
        begun = time.monotonic()
        measure, runs = PARTS[name]
        findings += measure(runs=max(2, round(runs * given.runs)))
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    made = table(findings)
    print(made)
    if given.write:
        page = PAGE.read_text("utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}", "utf-8")
    broken = [finding.what for finding in findings if finding.kept is False]
    for what in broken:
        print(f"not kept: {what}", file=sys.stderr)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
