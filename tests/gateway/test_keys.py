"""Who may do what: keys, scopes, the bootstrap key and the keyless door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core.errors import SettingsError
from tests.gateway.conftest import MakeClient

BOOTSTRAP = "bootstrap-key-of-the-tests-0123456789"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def new_key(client: TestClient, *scopes: str, **body: Any) -> str:
    answer = client.post(
        "/v1/keys", json={"name": "k", "scopes": list(scopes), **body}, headers=bearer(BOOTSTRAP)
    )
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


def test_with_a_bootstrap_key_no_request_goes_without_one(guarded: MakeClient) -> None:
    client = guarded(bootstrap=BOOTSTRAP)
    answer = client.get("/v1/indexes")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"
    assert client.get("/v1/indexes", headers=bearer(BOOTSTRAP)).status_code == 200
    assert client.get("/v1/indexes", headers={"X-API-Key": BOOTSTRAP}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        bearer(BOOTSTRAP + "x"),
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer"},
        {"X-API-Key": ""},
    ],
)
def test_a_wrong_key_is_refused(guarded: MakeClient, headers: dict[str, str]) -> None:
    assert guarded(bootstrap=BOOTSTRAP).get("/v1/indexes", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("search", "GET", "/v1/indexes", 200),
        ("search", "GET", "/v1/jobs", 403),
        ("search", "PUT", "/v1/indexes/x", 403),
        ("search", "GET", "/v1/keys", 403),
        ("search", "GET", "/metrics", 403),
        ("search", "POST", "/v1/indexes/x/documents", 403),
        ("ingest", "GET", "/v1/jobs", 200),
        ("ingest", "GET", "/v1/capabilities", 200),
        ("ingest", "POST", "/v1/indexes/x/search", 403),
        ("ingest", "GET", "/v1/indexes/x/documents", 403),
        ("ingest", "POST", "/v1/embeddings", 403),
        ("ingest", "DELETE", "/v1/indexes/x", 403),
        ("admin", "GET", "/v1/keys", 200),
        ("admin", "GET", "/v1/jobs", 200),
        ("admin", "GET", "/metrics", 200),
    ],
)
def test_a_scope_opens_its_doors_only(
    guarded: MakeClient, scope: str, method: str, path: str, status: int
) -> None:
    client = guarded(bootstrap=BOOTSTRAP)
    answer = client.request(method, path, headers=bearer(new_key(client, scope)))
    assert answer.status_code == status, answer.text


def test_a_secret_is_shown_once_and_a_removed_key_stops_at_once(guarded: MakeClient) -> None:
    client = guarded(bootstrap=BOOTSTRAP)
    made = client.post(
        "/v1/keys", json={"name": "front", "scopes": ["search"]}, headers=bearer(BOOTSTRAP)
    ).json()
    listed = client.get("/v1/keys", headers=bearer(BOOTSTRAP))
    assert [key["id"] for key in listed.json()["items"]] == [made["id"]]
    assert made["secret"] not in listed.text
    assert client.get("/v1/indexes", headers=bearer(made["secret"])).status_code == 200
    path = f"/v1/keys/{made['id']}"
    assert client.delete(path, headers=bearer(BOOTSTRAP)).status_code == 204
    assert client.get("/v1/indexes", headers=bearer(made["secret"])).status_code == 401
    assert client.delete(path, headers=bearer(BOOTSTRAP)).status_code == 404


def test_a_key_past_its_expiry_is_refused_and_cannot_be_made(guarded: MakeClient) -> None:
    client = guarded(bootstrap=BOOTSTRAP)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    answer = client.post(
        "/v1/keys",
        json={"name": "k", "scopes": ["search"], "expires_at": past},
        headers=bearer(BOOTSTRAP),
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "expires_at"


def test_the_first_key_must_be_able_to_make_others(guarded: MakeClient) -> None:
    client = guarded()
    refused = client.post("/v1/keys", json={"name": "k", "scopes": ["search"]})
    assert refused.status_code == 422
    made = client.post("/v1/keys", json={"name": "k", "scopes": ["admin"]}).json()
    assert client.get("/v1/keys").status_code == 401
    own = bearer(made["secret"])
    search = client.post("/v1/keys", json={"name": "s", "scopes": ["search"]}, headers=own).json()
    assert client.delete(f"/v1/keys/{made['id']}", headers=own).status_code == 409
    assert client.delete(f"/v1/keys/{search['id']}", headers=own).status_code == 204
    assert client.delete(f"/v1/keys/{made['id']}", headers=own).status_code == 204
    assert client.get("/v1/keys").status_code == 200


def test_without_keys_another_hosts_name_is_refused(guarded: MakeClient) -> None:
    client = guarded()
    assert client.get("/v1/indexes").status_code == 200
    assert client.get("/v1/indexes", headers={"Host": "rebound.example"}).status_code == 403
    assert client.get("/metrics", headers={"Host": "rebound.example"}).status_code == 403
    cross = client.post("/v1/keys", json={}, headers={"Origin": "https://evil.example"})
    assert cross.status_code == 403
    assert guarded(address="http://203.0.113.7:8000").get("/v1/indexes").status_code == 401


def test_a_server_for_strangers_does_not_start_without_keys(guarded: MakeClient) -> None:
    with pytest.raises(SettingsError, match="MARGAY_AUTH__BOOTSTRAP_KEY"), guarded(host="0.0.0.0"):
        pass
    with guarded(host="0.0.0.0", bootstrap=BOOTSTRAP) as client:
        assert client.get("/health/live").status_code == 200


def test_requests_beyond_the_allowance_are_told_when_to_come_back(guarded: MakeClient) -> None:
    client = guarded(bootstrap=BOOTSTRAP, requests_per_minute=2)
    statuses = [client.get("/v1/indexes", headers=bearer(BOOTSTRAP)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = client.get("/v1/indexes", headers=bearer(BOOTSTRAP))
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert answer.json()["code"] == "rate_limited"
