"""The embedder in Prometheus' terms, beside the server's figures or on a port of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from services.core.errors import SettingsError
from services.core.telemetry import Metrics
from services.embedder.durations import ModelStats
from services.embedder.runtime import EmbedderRuntime

ANYWHERE = "0.0.0.0"  # noqa: S104 - Prometheus is another container; see docs/settings.md


def show_embedder(metrics: Metrics, runtime: EmbedderRuntime) -> None:
    """Let `metrics` show what this embedder does at each scrape, from now on."""
    metrics.watch("embedder", lambda: families(runtime.stats()))


def serve_embedder_metrics(
    port: int, metrics: Metrics, runtime: EmbedderRuntime
) -> Callable[[], None]:
    """Serve `/metrics` on every address of this machine, without a key; returns what ends it.

    Port 0 serves nowhere. Raises SettingsError when the port cannot be had.
    """
    show_embedder(metrics, runtime)
    if port == 0:
        return lambda: None
    try:
        server, thread = start_http_server(port, addr=ANYWHERE, registry=metrics.registry)
    except OSError as error:
        raise SettingsError(
            f"MARGAY_WORKERS__METRICS_PORT is {port}, which cannot be served: {error.strerror}"
        ) from error

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close


def families(models: tuple[ModelStats, ...]) -> Iterator[Metric]:
    """What each model holds, does and has waiting."""
    loaded = GaugeMetricFamily(
        "margay_embedder_loaded", "1 while the model is in memory.", labels=("embedder",)
    )
    memory = GaugeMetricFamily(
        "margay_embedder_memory_bytes",
        "Memory that the loaded model takes, as far as it can tell.",
        labels=("embedder",),
    )
    waiting = GaugeMetricFamily(
        "margay_embedder_waiting",
        "Contents that wait for a forward pass.",
        labels=("embedder", "purpose"),
    )
    contents = CounterMetricFamily(
        "margay_embedder_contents", "Contents embedded.", labels=("embedder",)
    )
    calls = CounterMetricFamily("margay_embedder_calls", "Calls answered.", labels=("embedder",))
    for model in models:
        loaded.add_metric([model.name], int(model.loaded))
        if model.memory_bytes is not None:
            memory.add_metric([model.name], model.memory_bytes)
        waiting.add_metric([model.name, "query"], model.waiting_queries)
        waiting.add_metric([model.name, "index"], model.waiting_ingestion)
        contents.add_metric([model.name], model.contents)
        calls.add_metric([model.name], model.calls)
    yield from (loaded, memory, waiting, contents, calls)
