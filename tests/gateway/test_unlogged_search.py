"""A search whose hits nobody looks at is answered and not logged."""

from __future__ import annotations

from fastapi.testclient import TestClient

from services.gateway.main import create_app
from services.wiring import Runtime
from tests.gateway.conftest import ADDRESS


def test_a_search_is_logged_unless_it_says_otherwise(runtime: Runtime, shop: str) -> None:
    app = create_app(runtime)
    client = TestClient(app, base_url=ADDRESS)
    path = f"/v1/indexes/{shop}/search"
    ids = []
    for body in ({"text": "a mug"}, {"text": "a mug", "log": False}):
        answer = client.post(path, json=body)
        assert answer.json()["hits"], answer.text
        ids.append(answer.json()["query_id"])
    app.state.gateway.search_log.flush()
    with runtime.ports.database.read() as work:
        assert set(work.searches.get(ids)) == {ids[0]}
    app.state.gateway.search_log.close()
