"""The counters of one process that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.core.telemetry.recent import Recent

_REQUEST_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_STEP_SECONDS: Final = (0.0001, 0.0005, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_BATCH_CONTENTS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

Families = Callable[[], Iterable[Metric]]
"""Makes figures of something as it is now; asked anew by every scrape."""


class Metrics:
    """Counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.recent = Recent()
        self._requests = Counter(
            "margay_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_seconds = self._histogram(
            "margay_http_request_seconds",
            "Seconds from a request's first byte to its answer's last.",
            ("method", "route"),
        )
        self._stage_seconds = self._histogram(
            "margay_search_stage_seconds", "Seconds of each stage of a search.", ("stage",)
        )
        self._rerank_seconds = self._histogram(
            "margay_rerank_stage_seconds",
            "Seconds of each stage of the cascade, by how it ended.",
            ("stage", "status"),
        )
        self._repairs = Counter(
            "margay_rerank_repairs_total",
            "Faults that were put right in the answers of a model that reranks.",
            ("stage", "repair"),
            registry=self.registry,
        )
        self._degraded = Counter(
            "margay_searches_degraded_total",
            "Searches answered with less than was asked for, by what did not answer.",
            ("missing",),
            registry=self.registry,
        )
        for missing in ("embedder", "vectors"):
            self._degraded.labels(missing)  # 0 is shown too: a share needs it
        self._embed_seconds = self._histogram(
            "margay_embed_seconds",
            "Seconds of each step of a call to an embedder.",
            ("embedder", "step"),
            buckets=_STEP_SECONDS,
        )
        self._batch_contents = self._histogram(
            "margay_embed_batch_contents",
            "Contents that shared a forward pass.",
            ("embedder", "purpose"),
            buckets=_BATCH_CONTENTS,
        )
        self._watched = _Watched()
        self.registry.register(self._watched)

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; status 0 means that the client went away."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route).observe(seconds)
        self.recent.note_request(route, status, seconds)

    def observe_stage(self, stage: str, seconds: float) -> None:
        """Record how long one stage of a search took."""
        self._stage_seconds.labels(stage).observe(seconds)

    def count_degraded(self, missing: str) -> None:
        """Count a search that was answered without `missing` (such as `embedder`)."""
        self._degraded.labels(missing).inc()

    def observe_embed(self, embedder: str, step: str, seconds: float) -> None:
        """Record how long one step of one call to an embedder took."""
        self._embed_seconds.labels(embedder, step).observe(seconds)

    def observe_batch(self, embedder: str, purpose: str, contents: int) -> None:
        """Record how many contents shared a forward pass."""
        self._batch_contents.labels(embedder, purpose).observe(contents)

    def observe_rerank(
        self, stage: str, status: str, seconds: float, repairs: Mapping[str, int]
    ) -> None:
        """Record how one stage of the cascade went."""
        self._rerank_seconds.labels(stage, status).observe(seconds)
        for repair, number in repairs.items():
            self._repairs.labels(stage, repair).inc(number)

    def watch(self, subject: str, families: Families) -> None:
        """Show figures of a subject as it is at each scrape, in the place of its former ones."""
        self._watched.subjects[subject] = families

    def render(self, *more: Metric) -> tuple[bytes, str]:
        """Return the Prometheus text, with more figures of this moment, and its content type."""
        moment = CollectorRegistry()
        moment.register(_Moment(more))
        return generate_latest(self.registry) + generate_latest(moment), CONTENT_TYPE_LATEST

    def _histogram(
        self,
        name: str,
        about: str,
        labels: tuple[str, ...],
        *,
        buckets: tuple[float, ...] = _REQUEST_SECONDS,
    ) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self.registry)


class _Watched(Collector):
    def __init__(self) -> None:
        self.subjects: dict[str, Families] = {}

    def collect(self) -> Iterable[Metric]:
        for families in list(self.subjects.values()):
            yield from families()


class _Moment(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
