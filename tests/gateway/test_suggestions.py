"""Suggestions over HTTP: for an empty answer that asked for them."""

from fastapi.testclient import TestClient

from tests.gateway.test_search import search


def test_an_empty_answer_says_what_to_leave_out(client: TestClient, shop: str) -> None:
    asked = {"text": "mug", "filter": {"colour": "pink", "kind": "mug"}}
    found = search(client, shop, **asked, suggest=True)
    assert found["no_match"] is True
    suggestions = found["suggestions"]
    assert suggestions["conditions"] == [{"without": {"colour": {"eq": "pink"}}, "documents": 6}]
    assert len(suggestions["near"]) == 5
    assert suggestions["words"]
    assert (suggestions["best_score"], suggestions["target"]) == (None, None)
    assert search(client, shop, **asked)["suggestions"] is None


def test_the_likes_of_a_document_suggest_too(client: TestClient, shop: str) -> None:
    path = f"/v1/indexes/{shop}/documents/red-mug/similar"
    found = client.post(path, json={"min_score": 1, "suggest": True}).json()
    assert 0 < found["suggestions"]["best_score"] < 1
    assert "red-mug" not in [each["id"] for each in found["suggestions"]["near"]]
