"""Events over HTTP: what is taken, how often it counts, and what is kept of whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from services.core import ids
from services.core.types.events import Action, Event, Excluded
from services.wiring import Runtime
from tests.gateway.conftest import MakeClient

CLICK = {"action_name": "click", "object_id": "red-mug", "position": 2, "client_id": "browser-1"}


@pytest.fixture
def query_id() -> str:
    return ids.new_id("qry")


def send(client: TestClient, *events: dict[str, Any], **headers: str) -> Any:
    return client.post("/v1/events", json={"events": list(events)}, headers=headers)


def kept(runtime: Runtime, query_id: str) -> list[Event]:
    with runtime.ports.database.read() as work:
        return work.events.of_queries([query_id])


def problem(client: TestClient, *events: dict[str, Any]) -> tuple[str, str]:
    answer = send(client, *events)
    assert answer.status_code == 422, answer.text
    first = answer.json()["errors"][0]
    return first["field"], first["problem"]


def test_an_event_sent_again_is_stored_once(
    client: TestClient, runtime: Runtime, query_id: str
) -> None:
    seen = {**CLICK, "action_name": "impression", "query_id": query_id, "event_id": str(uuid4())}
    click = {**CLICK, "query_id": query_id, "event_id": str(uuid4())}
    assert send(client, seen).json() == {"received": 1, "added": 1}
    assert send(client, click, seen, click).json() == {"received": 3, "added": 1}
    assert send(client, seen, click).json() == {"received": 2, "added": 0}
    found = {event.action: event for event in kept(runtime, query_id)}
    assert set(found) == {Action.IMPRESSION, Action.CLICK}
    assert (found[Action.CLICK].object_id, found[Action.CLICK].position) == ("red-mug", 2)


def test_the_nested_fields_of_ubi_mean_the_same(
    client: TestClient, runtime: Runtime, query_id: str
) -> None:
    event = {
        "application": "shop",
        "action_name": "add_to_cart",
        "query_id": query_id,
        "session_id": "s1",
        "client_id": "browser-1",
        "user_id": "u1",
        "timestamp": datetime.now(UTC).isoformat(),
        "message_type": "CONVERSION",
        "message": "put into the cart",
        "event_attributes": {
            "object": {"object_id": "red-mug", "object_id_field": "id", "name": "A mug"},
            "position": {"ordinal": 3, "xy": {"x": 1, "y": 2}},
        },
    }
    assert send(client, event).json() == {"received": 1, "added": 1}
    assert send(client, event).json() == {"received": 1, "added": 0}  # an id made of what it says
    (found,) = kept(runtime, query_id)
    assert (found.action, found.object_id, found.position) == (Action.ADD_TO_CART, "red-mug", 3)


def test_of_a_client_a_keyed_hash_is_kept(
    client: TestClient, runtime: Runtime, query_id: str
) -> None:
    send(client, {**CLICK, "query_id": query_id})
    (found,) = kept(runtime, query_id)
    secret = runtime.ports.database.instance_secret()
    assert found.client == ids.client_key(secret, "browser-1")
    assert "browser-1" not in found.client


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_nothing_is_kept_of_a_client_who_wants_to_be_left_alone(
    client: TestClient, runtime: Runtime, query_id: str, header: str
) -> None:
    send(client, {**CLICK, "query_id": query_id}, **{header: "1"})
    (found,) = kept(runtime, query_id)
    assert found.client is None


def test_a_bots_events_are_kept_and_do_not_count(
    client: TestClient, runtime: Runtime, query_id: str
) -> None:
    send(client, {**CLICK, "query_id": query_id}, **{"User-Agent": "Examplebot/2.1 (+https://x)"})
    (found,) = kept(runtime, query_id)
    assert found.excluded is Excluded.BOT


def test_a_clock_that_is_ahead_is_taken_for_ours(
    client: TestClient, runtime: Runtime, query_id: str
) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    send(client, {**CLICK, "query_id": query_id, "timestamp": ahead})
    (found,) = kept(runtime, query_id)
    assert found.at == found.received_at


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"action_name": "hover"}, "events[1].action_name"),
        ({"object_id": None}, "events[1].object_id"),
        ({"object_id": "no such id!"}, "events[1].object_id"),
        ({"position": 0}, "events[1].position"),
        ({"position": 1.5}, "events[1].position"),
        ({"client_id": ""}, "events[1].client_id"),
        ({"client_id": "a b"}, "events[1].client_id"),
        ({"timestamp": "2026-01-01T00:00:00"}, "events[1].timestamp"),
        ({"timestamp": "2001-01-01T00:00:00Z"}, "events[1].timestamp"),
        ({"event_id": "a b"}, "events[1].event_id"),
        ({"colour": "red"}, "events[1].colour"),
        (
            {"event_attributes": {"position": {"ordinal": 3}}},
            "events[1].event_attributes.position.ordinal",
        ),
        (
            {"event_attributes": {"object": {"object_id": "blue-mug"}}},
            "events[1].event_attributes.object.object_id",
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_the_batch_is_kept(
    client: TestClient, runtime: Runtime, query_id: str, wrong: dict[str, Any], field: str
) -> None:
    good = {**CLICK, "query_id": query_id}
    assert problem(client, good, {**good, **wrong})[0] == field
    assert kept(runtime, query_id) == []


def test_a_batch_has_1_to_1000_events(client: TestClient, query_id: str) -> None:
    many = [{**CLICK, "query_id": query_id, "event_id": f"{query_id}-{n}"} for n in range(1001)]
    assert send(client, *many[:1000]).json() == {"received": 1000, "added": 1000}
    assert problem(client, *many)[0] == problem(client)[0] == "events"


def test_a_key_that_may_search_may_send_events(guarded: MakeClient, query_id: str) -> None:
    admin = guarded(bootstrap="the-key-of-the-events-tests")
    headers = {"Authorization": "Bearer the-key-of-the-events-tests"}
    made = {
        scope: admin.post(
            "/v1/keys", json={"name": scope, "scopes": [scope]}, headers=headers
        ).json()["secret"]
        for scope in ("search", "ingest")
    }
    event = {**CLICK, "query_id": query_id}
    assert send(admin, event).status_code == 401
    assert send(admin, event, **{"X-API-Key": made["ingest"]}).status_code == 403
    assert send(admin, event, **{"X-API-Key": made["search"]}).status_code == 200


def test_a_refusal_is_told_in_the_callers_words(client: TestClient, query_id: str) -> None:
    none = client.post("/v1/events", json={"events": []}).json()
    assert none["detail"] == "events: must have at least 1 item, not 0"
    when = {**CLICK, "query_id": query_id, "timestamp": "2026-01-01T00:00:00"}
    naive = client.post("/v1/events", json={"events": [when]}).json()
    assert naive["detail"] == (
        "events[0].timestamp: must say its time zone, such as a Z at the end"
    )
