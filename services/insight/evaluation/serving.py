"""What serving the answers took: coverage, latency and cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from services.core.types.evaluations import Answered
from services.insight.evaluation.report import Cost, Coverage, Percentiles

SECONDS_PER_HOUR = 3600


def coverage(
    asked: Collection[str], answered: Mapping[str, Answered], *, k: int, documents: int | None
) -> Coverage:
    """Shares of the queries `asked`; `documents` is how many there are to show, None if unknown."""
    there = [answered[query_id] for query_id in asked if query_id in answered]
    shown = {name for one in there for name in one.documents[:k]}
    return Coverage(
        answered=sum(bool(one.documents) for one in there) / len(asked),
        failed=1 - len(there) / len(asked),
        degraded=sum(one.degraded for one in there) / len(asked),
        shown=len(shown),
        catalog=min(1.0, len(shown) / documents) if documents else None,
    )


def latency(answered: Mapping[str, Answered]) -> Percentiles | None:
    """Of whole answers; None without any."""
    return _percentiles([one.took_ms for one in answered.values()])


def stages(answered: Mapping[str, Answered]) -> dict[str, Percentiles]:
    """Of each stage, over the answers that went through it, slowest first."""
    times: dict[str, list[float]] = {}
    for one in answered.values():
        for stage, took_ms in one.stages_ms.items():
            times.setdefault(stage, []).append(took_ms)
    found = {name: found for name, each in times.items() if (found := _percentiles(each))}
    return dict(sorted(found.items(), key=lambda item: (-item[1].p50, item[0])))


def cost(
    answered: Mapping[str, Answered],
    *,
    price_per_hour: float | None,
    tokens: float | None = None,
    price_per_million_tokens: float | None = None,
) -> Cost:
    """The price of a thousand queries, of the parts whose price and amount are both known.

    The machine's share takes each query to hold the whole machine for as long as it took, which is
    the most that it can cost: one that answers several at once costs less. `tokens` are those of a
    query on average.
    """
    seconds = _mean_ms(answered)
    parts = []
    if seconds is not None and price_per_hour is not None:
        parts.append(seconds * price_per_hour / SECONDS_PER_HOUR * 1000)
    if tokens is not None and price_per_million_tokens is not None:
        parts.append(tokens * price_per_million_tokens / 1000)
    return Cost(seconds=seconds, tokens=tokens, per_thousand=sum(parts) if parts else None)


def _mean_ms(answered: Mapping[str, Answered]) -> float | None:
    times = [one.took_ms for one in answered.values()]
    return float(np.mean(times)) / 1000 if times else None


def _percentiles(times: list[float]) -> Percentiles | None:
    if not times:
        return None
    p50, p90, p95, p99 = (float(value) for value in np.percentile(times, [50, 90, 95, 99]))
    return Percentiles(
        mean=float(np.mean(times)), p50=p50, p90=p90, p95=p95, p99=p99, queries=len(times)
    )
