"""What the watch has found of an index, over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.core.types.populations import (
    DriftReport,
    Finding,
    Of,
    Population,
    QualityProbe,
    Signal,
)
from services.gateway.schemas.base import Answer, example


class FindingOut(Answer):
    """One signal of one population, held against the baseline."""

    of: Of
    kind: str = Field(description="What was searched with, or the modality of the views.")
    signal: Signal
    size: float = Field(
        description="How far it moved: population stability index; of `empty`, by how much the "
        "share of searches without a hit rose."
    )
    chance: float = Field(description="The chance of so much where nothing has changed.")
    drifted: bool = Field(description="It is large, and no chance.")
    now: int = Field(description="Searches or views that were seen lately.")
    before: int = Field(description="Those of the baseline.")

    @classmethod
    def of_finding(cls, finding: Finding) -> FindingOut:
        return cls(
            of=finding.of,
            kind=finding.kind,
            signal=finding.signal,
            size=finding.size,
            chance=finding.chance,
            drifted=finding.drifted,
            now=finding.now,
            before=finding.before,
        )


class ProbeOut(Answer):
    """What the judged queries of the probe set measured when they were last asked."""

    query_set: str
    measures: dict[str, float]
    queries: int
    took_s: float
    at: datetime

    @classmethod
    def of(cls, probe: QualityProbe) -> ProbeOut:
        return cls(
            query_set=probe.query_set,
            measures=probe.measures,
            queries=probe.queries,
            took_s=probe.took_s,
            at=probe.at,
        )


class DriftOut(Answer):
    """The last look at an index; without any yet, all but its name is empty."""

    model_config = example(
        {
            "index": "products",
            "looked_at": "2026-06-01T12:00:00Z",
            "baseline_at": "2026-05-08T09:00:00Z",
            "findings": [
                {
                    "of": "queries",
                    "kind": "text",
                    "signal": "scores",
                    "size": 0.31,
                    "chance": 1e-9,
                    "drifted": True,
                    "now": 812,
                    "before": 5904,
                }
            ],
            "empty": {"text": 0.021},
            "probe": None,
        }
    )

    index: str
    looked_at: datetime | None
    baseline_at: datetime | None = Field(description="Null while the baseline is gathered.")
    findings: list[FindingOut]
    empty: dict[str, float] = Field(description="Share of searches without a hit, by kind.")
    probe: ProbeOut | None = Field(description="Null without a probe set.")

    @classmethod
    def of(cls, index: str, report: DriftReport | None, probe: QualityProbe | None) -> DriftOut:
        return cls(
            index=index,
            looked_at=None if report is None else report.at,
            baseline_at=None if report is None else report.baseline_at,
            findings=[FindingOut.of_finding(each) for each in report.findings] if report else [],
            empty=report.empty if report else {},
            probe=None if probe is None else ProbeOut.of(probe),
        )


class KindOut(Answer):
    """What a baseline knows of one kind of search, or of one modality."""

    of: Of
    kind: str
    vectors: int
    searches: int

    @classmethod
    def of_population(cls, population: Population) -> KindOut:
        return cls(
            of=population.of,
            kind=population.kind,
            vectors=population.embedded,
            searches=population.searches,
        )


class BaselineOut(Answer):
    """What is usual from now on."""

    index: str
    kinds: list[KindOut]
