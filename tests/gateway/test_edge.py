"""What every request meets: an id, headers, limits, problems, and no insides of ours."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.core import ids
from services.core.telemetry import JsonLines
from services.gateway.main import create_app
from services.wiring import Runtime
from tests.gateway.conftest import ADDRESS

PROBLEM = "application/problem+json"


def test_a_sane_request_id_is_kept_and_another_replaced(client: TestClient) -> None:
    assert (
        client.get("/health/live", headers={"X-Request-Id": "a-1"}).headers["x-request-id"] == "a-1"
    )
    given = client.get("/health/live", headers={"X-Request-Id": "a b\t" + "c" * 99})
    assert given.headers["x-request-id"].startswith("req_")


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/docs", "/v1/indexes", "/nowhere", "/ui/style.css"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("PATCH", "/v1/indexes", 405, "method_not_allowed"),
        ("GET", "/v1/indexes/none", 404, "not_found"),
        ("GET", "/v1/indexes/UPPER", 422, "invalid_input"),
        ("GET", "/v1/indexes/a%00b", 422, "invalid_input"),
        ("GET", "/v1/jobs?limit=0", 422, "invalid_input"),
        ("GET", "/v1/jobs?colour=red", 422, "invalid_input"),
        ("GET", "/v1/jobs?limit=1&limit=2", 422, "invalid_input"),
        ("GET", "/v1/capabilities?x=1", 422, "invalid_input"),
        ("GET", "/v1/jobs/job_0", 422, "invalid_input"),
    ],
)
def test_a_refusal_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == f"/docs/errors#{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert problem["detail"]
    if status == 422:
        assert problem["errors"][0]["field"] in ("index", "limit", "colour", "x", "job_id")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/indexes", "GET"),
        ("/v1/indexes/shop", "DELETE, GET, PATCH, PUT"),
        ("/v1/indexes/shop/documents/delete", "POST"),
        ("/v1/indexes/shop/documents/x", "DELETE, GET, PATCH"),
        ("/", "GET"),
    ],
)
def test_a_method_that_is_not_possible_names_those_that_are(
    client: TestClient, path: str, allowed: str
) -> None:
    answer = client.request("OPTIONS", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"name": NaN}', "application/json", 400),
        (b'{"name": 1' + b"0" * 400 + b"}", "application/json", 400),
        (b'{"name": "\\u0000"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"", "application/json", 422),
        (b"", "", 422),
        (b'{"name": "k", "scopes": ["admin"], "more": 1}', "application/json", 422),
        (b'{"name": 5, "scopes": ["admin"]}', "application/json", 422),
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused(
    client: TestClient, body: bytes, kind: str, status: int
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = client.post("/v1/keys", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM


def test_fields_are_named_as_the_caller_wrote_them(client: TestClient) -> None:
    answer = client.put(
        "/v1/indexes/named", json={"hnsw": {"m": "x"}, "attributes": {"a": "list"}, "colour": 1}
    )
    fields = {error["field"]: error["problem"] for error in answer.json()["errors"]}
    assert set(fields) == {"hnsw.m", "attributes.a", "colour"}
    assert fields["colour"] == "is not a field we know"


def test_a_body_over_the_limit_is_refused_whether_announced_or_not(
    client: TestClient, runtime: Runtime
) -> None:
    limit = runtime.settings.server.max_request_bytes
    announced = client.post("/v1/keys", content=b"x" * (limit + 1))
    chunked = client.post(
        "/v1/keys",
        content=(b" " * 65536 for _ in range(limit // 65536 + 1)),
        headers={"Content-Type": "application/json"},
    )
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == PROBLEM
        assert str(limit) in answer.json()["detail"]


def test_what_nobody_foresaw_is_logged_with_the_id_and_answered_without_insides(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    app: FastAPI = create_app(runtime)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the secret of the house")

    with caplog.at_level(logging.ERROR, logger="margay.gateway"):
        answer = TestClient(app, base_url=ADDRESS).get("/broken", headers={"X-Request-Id": "r-7"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "secret of the house" not in answer.text
    logged = json.loads(JsonLines().format(caplog.records[-1]))
    assert logged["request_id"] == "r-7"
    assert "secret of the house" in logged["trace"]


def test_requests_are_counted_by_route_and_not_by_path(client: TestClient) -> None:
    client.get("/v1/indexes/never_there")
    shown = client.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain")
    assert "/v1/indexes/{index}" in shown.text
    assert "never_there" not in shown.text


def test_an_access_line_has_no_query_string(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="margay.access"):
        client.get("/v1/jobs", params={"index": "private_words"})
    lines = [JsonLines().format(record) for record in caplog.records]
    assert json.loads(lines[-1])["path"] == "/v1/jobs"
    assert json.loads(lines[-1])["status"] == 200
    assert not any("private_words" in line for line in lines)


def test_readiness_names_each_dependency(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert set(ready.json()["checks"]) == {"database", "vectors", "media", "embedder"}


def test_the_reference_and_its_parts_come_from_this_server(client: TestClient) -> None:
    page = client.get("/docs")
    assert "http" not in page.text.replace("<!doctype html>", "")
    for path in (
        "/docs/assets/swagger-ui-bundle.js",
        "/docs/assets/swagger-ui.css",
        "/docs/start.js",
    ):
        assert path in page.text
        assert client.get(path).status_code == 200
    errors = client.get("/docs/errors").text
    assert 'id="invalid_filter"' in errors
    assert 'id="media_refused"' in errors


def test_the_page_is_served_under_a_policy_without_inline_code(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert client.get("/ui/../settings.py").status_code == 404


def test_every_operation_names_its_scopes_and_shows_an_example(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method} {path}"
            assert operation["description"], name
            if not path.startswith("/health"):
                assert "x-margay-scopes" in operation, name
            if "requestBody" in operation:
                assert "example" in json.dumps(_resolved(operation["requestBody"], document)), name


def _resolved(part: object, document: dict[str, object]) -> object:
    if isinstance(part, list):
        return [_resolved(each, document) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        found: object = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[step]
        return found
    return {name: _resolved(each, document) for name, each in part.items()}


def _patterns(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        if isinstance(described.get("pattern"), str):
            yield described["pattern"]
        described = list(described.values())
    for each in described if isinstance(described, list) else ():
        yield from _patterns(each)


def test_every_shape_that_the_api_asks_for_is_put_into_words(client: TestClient) -> None:
    worded = {f"^{shape.pattern}$" for shape in ids.SHAPES}
    asked = set(_patterns(client.get("/openapi.json").json()))
    assert asked
    assert asked <= worded
    wrong = client.get("/v1/jobs/job_1").json()
    assert wrong["errors"] == [
        {"field": "job_id", "problem": "must be 'job_' and 28 hexadecimal digits"}
    ]
