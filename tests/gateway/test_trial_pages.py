"""Pages of searches that take part in experiments: they fit together, whatever stops meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import Begin
from tests.gateway.test_search import ids, search

PATH = "/v1/experiments"


@pytest.mark.parametrize("kind", ["ab", "interleaving"])
def test_pages_neither_overlap_nor_skip(
    client: TestClient, shop: str, begin: Begin, kind: str
) -> None:
    begin("paged", "words-only", "pinned", kind=kind)
    for number in range(6):
        asked = {"text": "a red lamp", "client_id": f"c{number}"}
        whole = ids(search(client, shop, limit=12, **asked))
        paged, ranks = list[str](), list[int]()
        cursor: dict[str, str] = {}
        while True:
            found = search(client, shop, limit=5, **asked, **cursor)
            paged += ids(found)
            ranks += [hit["rank"] for hit in found["hits"]]
            assert found["experiment"]["name"] == "paged"
            if found["next_cursor"] is None:
                break
            cursor = {"cursor": found["next_cursor"]}
        assert paged == whole
        assert len(set(whole)) == 12
        assert ranks == list(range(1, 13))


@pytest.mark.parametrize("kind", ["ab", "interleaving"])
def test_a_list_goes_on_as_it_began_when_the_experiment_is_stopped(
    client: TestClient, shop: str, begin: Begin, kind: str
) -> None:
    name = begin("short", "words-only", "pinned", kind=kind)
    asked = {"text": "a red lamp", "client_id": "someone"}
    whole = ids(search(client, shop, limit=12, **asked))
    first = search(client, shop, limit=4, **asked)
    client.post(f"{PATH}/{name}/stop")
    second = search(client, shop, limit=4, cursor=first["next_cursor"], **asked)
    assert second["experiment"] is None
    assert ids(first) + ids(second) == whole[:8]
    client.delete(f"{PATH}/{name}")
    third = search(client, shop, limit=4, cursor=second["next_cursor"], **asked)
    # With the experiment is gone what made the list: it goes on as without.
    assert ids(third) == ids(search(client, shop, limit=12, text="a red lamp"))[8:]


def test_a_list_that_began_without_experiment_goes_on_without(
    client: TestClient, shop: str, begin: Begin
) -> None:
    asked = {"text": "lamp", "client_id": "someone"}
    plain = ids(search(client, shop, limit=12, **asked))
    first = search(client, shop, limit=4, **asked)
    begin("late", "pinned", "words-only")
    second = search(client, shop, limit=8, cursor=first["next_cursor"], **asked)
    assert second["experiment"] is None
    assert ids(first) + ids(second) == plain


@pytest.mark.parametrize("change", [{"text": "mug"}, {"client_id": "another"}, {"target": "text"}])
def test_a_cursor_is_of_one_request_and_client(
    client: TestClient, shop: str, begin: Begin, change: dict[str, Any]
) -> None:
    begin("sealed", None, "pinned")
    asked = {"text": "lamp", "client_id": "someone"}
    cursor = search(client, shop, limit=4, **asked)["next_cursor"]
    body = {**asked, "limit": 4, "cursor": cursor} | change
    answer = client.post(f"/v1/indexes/{shop}/search", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    "tail", ["~", "~sealed", "~sealed~v9", "~Sealed~v0", "~sealed~v0~v1", "~~"]
)
def test_a_cursor_that_was_tampered_with_is_refused(
    client: TestClient, shop: str, begin: Begin, tail: str
) -> None:
    begin("sealed", None, "pinned")
    asked = {"text": "lamp", "client_id": "someone", "limit": 4}
    cursor = search(client, shop, **asked)["next_cursor"].partition("~")[0] + tail
    answer = client.post(f"/v1/indexes/{shop}/search", json={**asked, "cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"
