"""Logs as events with fields, and the counters that Prometheus reads."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

ROOT: Final = "margay"
_FIELDS: Final = "margay_fields"
_REQUEST_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

_STEP_SECONDS: Final = (0.0001, 0.0005, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


def logger(area: str) -> logging.Logger:
    """The logger of an area, e.g. `logger("ingest")`."""
    return logging.getLogger(f"{ROOT}.{area}")


def event(
    log: logging.Logger,
    name: str,
    *,
    level: int = logging.INFO,
    trace: bool = False,
    **fields: object,
) -> None:
    """Log `noun.verb` with its fields; `trace` adds the exception being handled."""
    log.log(level, name, extra={_FIELDS: fields}, exc_info=trace)


def configure_logging(*, level: int = logging.INFO) -> None:
    """Write our events to stderr, one line of JSON each; called once by a process that serves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (ROOT, "services"):  # by area, or by module
        root = logging.getLogger(name)
        root.handlers = [handler]
        root.setLevel(level)
        root.propagate = False


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, area, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields that are no JSON are shown as text."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "area": record.name.removeprefix(f"{ROOT}."),
            "event": record.getMessage(),
        }
        line = line | getattr(record, _FIELDS, {}) | line  # no field can pass for another event
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Metrics:
    """Counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "margay_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "margay_http_request_seconds",
            "Seconds from a request's first byte to its answer's last.",
            ("method", "route"),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._stage_seconds = Histogram(
            "margay_search_stage_seconds",
            "Seconds of each stage of a search.",
            ("stage",),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._rerank_seconds = Histogram(
            "margay_rerank_stage_seconds",
            "Seconds of each stage of the cascade, by how it ended.",
            ("stage", "status"),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._repairs = Counter(
            "margay_rerank_repairs_total",
            "Faults that were put right in the answers of a model that reranks.",
            ("stage", "repair"),
            registry=self._registry,
        )
        self._jobs = Gauge(
            "margay_jobs", "Jobs that are not finished.", ("state",), registry=self._registry
        )

        self._embed_seconds = Histogram(
            "margay_embed_seconds",
            "Seconds of each step of a call to an embedder.",
            ("embedder", "step"),
            buckets=_STEP_SECONDS,
            registry=self._registry,
        )

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; status 0 means that the client went away."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route).observe(seconds)

    def observe_stage(self, stage: str, seconds: float) -> None:
        """Record how long one stage of a search took."""
        self._stage_seconds.labels(stage).observe(seconds)

    def observe_embed(self, embedder: str, step: str, seconds: float) -> None:
        """Record how long one step of one call to an embedder took."""
        self._embed_seconds.labels(embedder, step).observe(seconds)

    def observe_rerank(
        self, stage: str, status: str, seconds: float, repairs: Mapping[str, int]
    ) -> None:
        """Record how one stage of the cascade went."""
        self._rerank_seconds.labels(stage, status).observe(seconds)
        for repair, number in repairs.items():
            self._repairs.labels(stage, repair).inc(number)

    def set_jobs(self, state: str, number: int) -> None:
        """Record how many jobs are in an unfinished state now."""
        self._jobs.labels(state).set(number)

    def render(self) -> tuple[bytes, str]:
        """Return the Prometheus text and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
