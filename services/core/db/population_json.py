"""Populations and what is said of them, as JSON in a table: counts without the empty ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from services.core.types.populations import (
    Counts,
    DriftReport,
    Finding,
    Of,
    Population,
    Signal,
)


def dump(population: Population) -> dict[str, Any]:
    """What of it has no column of its own."""
    return {
        "until": population.until.isoformat(),
        "bins": [population.vectors.shape[1], len(population.scores)],
        "vectors": [_packed(row) for row in population.vectors],
        "scores": _packed(population.scores),
        "searches": population.searches,
        "empty": population.empty,
    }


def load(row: Any) -> Population:
    """Read a row of the table."""
    of, _, kind = row.what.partition("/")
    held = row.statistics
    vector_bins, score_bins = held["bins"]
    return Population(
        index=row.index_name,
        of=Of(of),
        kind=kind,
        space=row.space,
        since=row.since,
        until=datetime.fromisoformat(held["until"]),
        vectors=np.array([_spread(each, vector_bins) for each in held["vectors"]]),
        scores=_spread(held["scores"], score_bins),
        searches=held["searches"],
        empty=held["empty"],
    )


def dump_drift(report: DriftReport) -> dict[str, Any]:
    """What of it has no column of its own."""
    since = report.baseline_at
    return {
        "baseline_at": None if since is None else since.isoformat(),
        "findings": [asdict(each) for each in report.findings],
        "empty": report.empty,
    }


def load_drift(row: Any) -> DriftReport:
    """Read a row of the table."""
    since = row.report["baseline_at"]
    return DriftReport(
        index=row.index_name,
        at=row.at,
        baseline_at=None if since is None else datetime.fromisoformat(since),
        findings=tuple(_finding(each) for each in row.report["findings"]),
        empty=row.report["empty"],
    )


def _finding(held: dict[str, Any]) -> Finding:
    return Finding(**{**held, "of": Of(held["of"]), "signal": Signal(held["signal"])})


def _packed(counts: Counts) -> list[int]:
    """Where the counts begin, and they up to the last that is not 0."""
    (filled,) = np.nonzero(counts)
    if len(filled) == 0:
        return [0]
    return [int(filled[0]), *counts[filled[0] : filled[-1] + 1].tolist()]


def _spread(packed: Sequence[int], bins: int) -> Counts:
    first, *counts = packed
    whole = np.zeros(bins, dtype=np.int64)
    whole[first : first + len(counts)] = counts
    return whole
