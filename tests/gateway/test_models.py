"""Models over HTTP: as they are in this process, or as workers described theirs."""

from __future__ import annotations

from dataclasses import replace

from fastapi.testclient import TestClient

from services.core.embedding import descriptions
from services.core.errors import EmbedderDown
from services.core.types.models import Models, Owner
from services.core.types.work import Roster
from services.gateway.main import create_app
from services.wiring import Runtime, model_states
from tests.contract.hashing_embedder import HashingEmbedder
from tests.gateway.conftest import ADDRESS

MADE = descriptions.write(HashingEmbedder().info("hashing"))


class Board:
    """A broker that has a roster, or none to tell."""

    def __init__(self, roster: Roster | None) -> None:
        self._roster = roster

    def roster(self) -> Roster:
        if self._roster is None:
            raise EmbedderDown("the broker does not answer")
        return self._roster


def written(roster: Roster | None) -> Models:
    names = {"embedders": ["hashing", "other"], "scorers": ["judge"]}
    return model_states.of_roster(Board(roster), **names)  # type: ignore[arg-type]


def test_a_model_of_this_process_tells_what_it_takes_and_how_fast_it_is(
    client: TestClient, shop: str
) -> None:
    assert client.post(f"/v1/indexes/{shop}/search", json={"text": "mug"}).status_code == 200
    found = client.get("/v1/models").json()
    assert found["source"] == "process"
    (pocket,) = found["items"]
    assert (pocket["name"], pocket["kind"], pocket["loaded"]) == ("pocket", "embedder", True)
    assert pocket["dimensions"] == [256, 128, 64]
    assert pocket["modalities"] == ["image", "text"]
    assert pocket["waiting"] == {"queries": 0, "ingestion": 0}
    assert pocket["calls"] > 0 < pocket["batch_contents"]
    assert set(pocket["steps_ms"]) == {"wait", "preprocess", "forward", "postprocess"}
    assert pocket["steps_ms"]["forward"] > 0


def test_a_model_of_a_stack_is_known_by_what_its_worker_wrote(runtime: Runtime) -> None:
    roster = Roster(frozenset({"embedder"}), {"hashing": MADE, "other": "{}"}, {})
    stack = replace(runtime, models=lambda: written(roster))
    with TestClient(create_app(stack), base_url=ADDRESS) as client:
        found = client.get("/v1/models").json()
    assert found["source"] == "roster"
    hashing, other, judge = found["items"]
    assert (hashing["dimensions"], hashing["modalities"]) == ([64, 32, 16], ["image", "text"])
    assert (hashing["loaded"], hashing["memory_bytes"], hashing["calls"]) == (None, None, None)
    assert (other["dimensions"], judge["modalities"]) == (None, None)
    assert judge["kind"] == "cross_encoder"


def test_each_worker_of_a_stack_tells_how_its_models_do(runtime: Runtime) -> None:
    pocket = runtime.models().models[0]
    owners = (Owner("gpu", 9, (replace(pocket, calls=7, memory_bytes=1024),)),)
    roster = Roster(frozenset({"embedder"}), {}, {})
    names = {"embedders": ["pocket"], "scorers": []}
    models = model_states.of_roster(Board(roster), owners=lambda: owners, **names)  # type: ignore[arg-type]
    stack = replace(runtime, models=lambda: models)
    with TestClient(create_app(stack), base_url=ADDRESS) as client:
        (worker,) = client.get("/v1/models").json()["workers"]
    assert (worker["host"], worker["pid"]) == ("gpu", 9)
    (model,) = worker["items"]
    assert (model["name"], model["calls"], model["memory_bytes"]) == ("pocket", 7, 1024)


def test_models_are_listed_by_name_while_the_broker_is_down() -> None:
    assert [model.name for model in written(None).models] == ["hashing", "other", "judge"]


def test_only_admins_see_them(guarded) -> None:
    client = guarded(bootstrap="b" * 32)
    assert client.get("/v1/models").status_code == 401
    headers = {"X-API-Key": "b" * 32}
    body = {"name": "shop", "scopes": ["search"]}
    secret = client.post("/v1/keys", json=body, headers=headers).json()["secret"]
    assert client.get("/v1/models", headers={"X-API-Key": secret}).status_code == 403
