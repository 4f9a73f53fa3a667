"""Events become lines of JSON, and counters become Prometheus text."""

from __future__ import annotations

import io
import json
import logging

import pytest

from services.core import telemetry


def logged(**fields: object) -> dict[str, object]:
    log = telemetry.logger("test")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(telemetry.JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        telemetry.event(log, "item.failed", **fields)
    finally:
        log.removeHandler(handler)
    line: dict[str, object] = json.loads(stream.getvalue())
    return line


def test_an_event_is_one_json_object_with_its_fields() -> None:
    line = logged(document_id="a\nb", attempts=2)
    assert line["event"] == "item.failed"
    assert line["area"] == "test"
    assert line["level"] == "info"
    assert (line["document_id"], line["attempts"]) == ("a\nb", 2)


def test_a_field_that_is_no_json_is_shown_as_text() -> None:
    assert logged(error=ValueError("no"))["error"] == "no"


def test_a_field_cannot_pass_for_another_event() -> None:
    assert logged(event="key.revoked", time="never", area="x")["event"] == "item.failed"


def test_events_of_modules_are_written_like_those_of_areas(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = [
        (log, log.handlers, log.level, log.propagate)
        for log in (logging.getLogger("margay"), logging.getLogger("services"))
    ]
    try:
        telemetry.configure_logging()
        logging.getLogger("services.ingest.sweep").warning("sweep.index")
        telemetry.event(telemetry.logger("ingest"), "job.done", job_id="job_1")
    finally:
        for log, handlers, level, propagate in before:
            log.handlers, log.propagate = handlers, propagate
            log.setLevel(level)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["sweep.index", "job.done"]
    assert lines[1]["job_id"] == "job_1"


def test_metrics_count_requests_by_route_and_status() -> None:
    metrics = telemetry.Metrics()
    metrics.observe_request("GET", "/v1/jobs", 200, 0.004)
    metrics.observe_request("GET", "/v1/jobs", 200, 0.004)
    text = metrics.render()[0].decode()
    assert 'margay_http_requests_total{method="GET",route="/v1/jobs",status="200"} 2.0' in text
    assert (
        'margay_http_request_seconds_bucket{le="0.005",method="GET",route="/v1/jobs"} 2.0' in text
    )


def test_two_metrics_do_not_share_counters() -> None:
    telemetry.Metrics().observe_request("GET", "/", 200, 0.1)
    assert "margay_http_requests_total{" not in telemetry.Metrics().render()[0].decode()
