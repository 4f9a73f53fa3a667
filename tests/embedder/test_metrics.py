"""What an embedder shows to Prometheus, and that it can be asked for on a port of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.core.errors import SettingsError
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.types.vectors import Content, Purpose
from services.embedder.metrics import serve_embedder_metrics
from services.embedder.runtime import EmbedderRuntime
from services.wiring import make_embedder


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def runtime(metrics: Metrics) -> Iterator[EmbedderRuntime]:
    runtime = make_embedder(Settings(), metrics=metrics)
    yield runtime
    runtime.close()


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the labels' order."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def shown(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return values(metrics.render()[0].decode())


def test_the_size_of_a_batch_is_counted_by_purpose(
    metrics: Metrics, runtime: EmbedderRuntime
) -> None:
    contents = [Content(text=f"mug {number}") for number in range(5)]
    runtime.embed("pocket", contents, Purpose.INDEX)
    found = shown(metrics)
    assert found["margay_embed_batch_contents_sum", "pocket", "index"] == 5
    assert found["margay_embed_batch_contents_count", "pocket", "index"] >= 1
    assert ("margay_embed_batch_contents_count", "pocket", "query") not in found


def test_a_model_is_shown_before_and_after_it_is_loaded(
    metrics: Metrics, runtime: EmbedderRuntime
) -> None:
    assert shown(metrics)["margay_embedder_loaded", "pocket"] == 0
    runtime.embed("pocket", [Content(text="a mug")], Purpose.QUERY)
    found = shown(metrics)
    assert found["margay_embedder_loaded", "pocket"] == 1
    assert found["margay_embedder_contents_total", "pocket"] == 1
    assert found["margay_embedder_calls_total", "pocket"] == 1
    assert found["margay_embedder_waiting", "pocket", "query"] == 0


def test_it_is_served_on_a_port_until_it_is_ended(
    metrics: Metrics, runtime: EmbedderRuntime, port: int
) -> None:
    close = serve_embedder_metrics(port, metrics, runtime)
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        found = values(answer.read().decode())
    close()
    assert ("margay_embedder_loaded", "pocket") in found
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port)):
        pass


def test_port_0_serves_nowhere(metrics: Metrics, runtime: EmbedderRuntime) -> None:
    serve_embedder_metrics(0, metrics, runtime)()


def test_a_port_that_is_taken_is_named(metrics: Metrics, runtime: EmbedderRuntime) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"METRICS_PORT is {number}"):
            serve_embedder_metrics(number, metrics, runtime)
