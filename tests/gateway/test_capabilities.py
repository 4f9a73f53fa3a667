"""What a deployment says of its vision model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient

from services.core.vision.chat_server import ChatServer
from services.gateway.main import create_app
from services.search.rerank.rerankers import Rerankers
from services.wiring import Runtime
from tests.core.vision.chat_server import answering, serving
from tests.gateway.conftest import ADDRESS


def vision(runtime: Runtime, url: str) -> Any:
    rerankers = Rerankers(vision=ChatServer(url, "phi"))
    app = create_app(replace(runtime, rerankers=rerankers))
    try:
        return TestClient(app, base_url=ADDRESS).get("/v1/capabilities").json()["vision"]
    finally:
        rerankers.close()


def test_a_vision_model_is_named_with_whether_it_answers(runtime: Runtime) -> None:
    with serving(answering("fine")) as server:
        assert vision(runtime, server.url) == {"model": "phi", "available": True, "reason": None}
    gone = vision(runtime, server.url)
    assert not gone["available"]
    assert "cannot be reached" in gone["reason"]


def test_without_one_it_is_null(client: TestClient) -> None:
    assert client.get("/v1/capabilities").json()["vision"] is None
