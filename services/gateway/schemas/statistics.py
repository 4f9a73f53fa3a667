"""The last minutes of this process over HTTP, for charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field

from services.core.telemetry.recent import STEP_S, Moment
from services.gateway.schemas.base import Answer


class LatencyOut(Answer):
    """Percentiles of searches that were answered."""

    p50_ms: float
    p95_ms: float
    p99_ms: float

    @classmethod
    def of(cls, latency_s: Sequence[float]) -> LatencyOut:
        p50, p95, p99 = (round(each * 1000, 3) for each in latency_s)
        return cls(p50_ms=p50, p95_ms=p95, p99_ms=p99)


class MomentOut(Answer):
    """One slice of time."""

    at: datetime = Field(description="When it began.")
    requests: int
    errors: int = Field(description="Answers of 500 and above.")
    searches: int
    latency: LatencyOut | None = Field(description="Null where nobody searched.")
    queues: dict[str, int] = Field(description="What waited; empty where nobody looked.")

    @classmethod
    def of(cls, moment: Moment) -> MomentOut:
        return cls.model_construct(
            at=datetime.fromtimestamp(moment.at, tz=UTC),
            requests=moment.requests,
            errors=moment.errors,
            searches=moment.searches,
            latency=None if moment.latency_s is None else LatencyOut.of(moment.latency_s),
            queues=dict(moment.queues),
        )


class StatisticsOut(Answer):
    """This gateway process, and no other: the oldest slice first, the last still going on."""

    host: str
    pid: int
    step_s: int = STEP_S
    requests: int
    errors: int
    searches: int
    latency: LatencyOut | None = Field(description="Of all these searches together.")
    moments: list[MomentOut]
