"""What the watch has found, in Prometheus' terms: drift, searches without a hit, quality."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from services.core.types.populations import DriftReport, QualityProbe
from services.gateway.installation import gauge

_LABELS = ("index", "of", "kind", "signal")
_LATENCY = {"latency_p50_s": "0.5", "latency_p95_s": "0.95"}


def drift(reports: Iterable[DriftReport]) -> Iterable[Metric]:
    """What the last look at every index has found, and when it was."""
    size: dict[tuple[str, ...], float] = {}
    found: dict[tuple[str, ...], float] = {}
    seen: dict[tuple[str, ...], float] = {}
    empty: dict[tuple[str, ...], float] = {}
    looked: dict[tuple[str, ...], float] = {}
    baselines: dict[tuple[str, ...], float] = {}
    for report in reports:
        looked[(report.index,)] = report.at.timestamp()
        if report.baseline_at is not None:
            baselines[(report.index,)] = report.baseline_at.timestamp()
        empty |= {(report.index, kind): share for kind, share in report.empty.items()}
        for each in report.findings:
            key = (report.index, each.of, each.kind, each.signal)
            size[key], found[key], seen[key] = each.size, each.drifted, each.now
    yield gauge(
        "margay_drift_size",
        "How far a signal is from its baseline: population stability index, or (empty) by how "
        "much the share of searches without a hit rose.",
        _LABELS,
        size,
    )
    yield gauge("margay_drift_found", "1 if that is large and no chance.", _LABELS, found)
    yield gauge("margay_drift_seen", "Searches or views that were compared.", _LABELS, seen)
    yield gauge(
        "margay_empty_searches", "Share of the searches without a hit.", ("index", "kind"), empty
    )
    yield gauge("margay_drift_timestamp_seconds", "When it was looked at.", ("index",), looked)
    yield gauge(
        "margay_baseline_timestamp_seconds",
        "When the baseline ended that it is held against.",
        ("index",),
        baselines,
    )


def quality(probes: Iterable[QualityProbe]) -> Iterable[Metric]:
    """What the last probe of every index that has a probe set has measured, and when."""
    measured: dict[tuple[str, ...], float] = {}
    latency: dict[tuple[str, ...], float] = {}
    times: dict[tuple[str, ...], float] = {}
    for probe in probes:
        times[(probe.index,)] = probe.at.timestamp()
        for name, value in probe.measures.items():
            if name in _LATENCY:
                latency[probe.index, _LATENCY[name]] = value
            else:
                measured[probe.index, name] = value
    yield gauge(
        "margay_quality_probe",
        "What the judged queries of the probe set measured, 0 to 1.",
        ("index", "measure"),
        measured,
    )
    yield gauge(
        "margay_quality_probe_latency_seconds",
        "How long the queries of the probe set took.",
        ("index", "quantile"),
        latency,
    )
    yield gauge("margay_quality_probe_timestamp_seconds", "When it was probed.", ("index",), times)
