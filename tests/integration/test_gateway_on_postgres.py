"""The HTTP side with its catalog in PostgreSQL: outages are said, and end by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.core.errors import Unavailable
from services.core.settings import Settings, Stores
from services.gateway.main import create_app
from services.gateway.search_log import SearchLog
from services.wiring import open_runtime
from tests.gateway.conftest import ADDRESS, ATTRIBUTES, products, send_products
from tests.servers import Server
from tests.servers import postgres as servers

pytestmark = pytest.mark.stack

EVENT = {"query_id": "qry_1", "action_name": "click", "object_id": "red-mug"}
REQUESTS = [
    ("GET", "/v1/indexes", None),
    ("GET", "/v1/jobs", None),
    ("GET", "/v1/indexes/shop/documents/red-mug", None),
    ("POST", "/v1/indexes/shop/documents", {"documents": [{"id": "late", "title": "Late"}]}),
    ("POST", "/v1/indexes/shop/search", {"text": "a red mug"}),
    ("POST", "/v1/events", {"events": [EVENT]}),
    ("GET", "/v1/analytics/clicks?index=shop&by=category&attribute=kind", None),
    ("DELETE", "/v1/indexes/shop/documents/red-mug", None),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.server() as one:
        yield one


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A gateway of one process whose index `shop` holds twelve products."""
    with servers.fresh(server.url) as url:
        folder = tmp_path_factory.mktemp("postgres")
        runtime = open_runtime(Settings(stores=Stores(data_dir=folder, database_url=url)))
        with TestClient(create_app(runtime), base_url=ADDRESS) as client:
            assert client.put("/v1/indexes/shop", json={"attributes": ATTRIBUTES}).is_success
            assert send_products(client, "shop", products())["state"] == "succeeded"
            yield client
        runtime.close()


def test_products_are_found_filtered_and_counted(client: TestClient) -> None:
    query = {
        "text": "a red mug",
        "filter": {"kind": "mug"},
        "facets": ["colour", "price"],
        "limit": 3,
    }
    answer = client.post("/v1/indexes/shop/search", json=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["hits"][0]["document"]["id"] == "red-mug"


def test_an_outage_is_a_503_that_says_when_to_come_back_and_then_it_is_over(
    server: Server, client: TestClient
) -> None:
    log: SearchLog = client.app.state.gateway.search_log  # type: ignore[attr-defined]
    log.flush()
    last = client.post("/v1/indexes/shop/search", json={"text": "a red mug"}).json()["query_id"]
    server.kill()
    try:
        with pytest.raises(Unavailable):
            log.flush()
        for method, path, body in REQUESTS:
            answer = client.request(method, path, json=body)
            assert answer.status_code == 503, (path, answer.text)
            assert answer.json()["code"] == "unavailable"
            assert int(answer.headers["retry-after"]) > 0
            assert servers.PASSWORD not in answer.text
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert [each["field"] for each in ready.json()["errors"]] == ["database"]
        assert client.get("/health/live").status_code == 200
    finally:
        server.start()
    assert client.get("/health/ready").status_code == 200
    for method, path, body in REQUESTS:
        assert client.request(method, path, json=body).is_success, path
    # A search that was answered before is logged when the database is back.
    log.flush()
    with client.app.state.gateway.runtime.ports.database.read() as work:  # type: ignore[attr-defined]
        assert set(work.searches.get([last])) == {last}


@pytest.mark.parametrize("text", ["nul\\u0000", "\\ud800"])
def test_text_that_it_cannot_hold_is_refused_before_anything_is_kept(
    client: TestClient, text: str
) -> None:
    content = '{"documents": [{"id": "a", "title": "TEXT"}]}'.replace("TEXT", text)
    before = client.get("/v1/jobs").json()
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/indexes/shop/documents", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "documents[0].title"
    assert client.get("/v1/jobs").json() == before


@pytest.mark.parametrize(
    "path",
    [
        "/v1/indexes/shop/documents/%00",
        "/v1/indexes/%00",
        "/v1/jobs/%00",
        "/v1/jobs?index=%00",
        "/v1/jobs?cursor=%00",
        "/v1/indexes/shop/documents?cursor=%00",
        "/v1/media/%00",
    ],
)
def test_a_name_that_it_cannot_hold_is_no_fault_of_ours(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert 400 <= answer.status_code < 500, answer.text
    assert client.delete(path.partition("?")[0]).status_code < 500
