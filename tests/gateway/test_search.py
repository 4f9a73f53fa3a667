"""Searches over HTTP: what is asked in, hits with pictures and reasons out."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import picture, products


def search(client: TestClient, index: str, **request: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/indexes/{index}/search", json=request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["id"] for hit in found["hits"]]


def test_a_hit_says_what_it_is_where_it_stands_and_why(client: TestClient, shop: str) -> None:
    found = search(client, shop, text="a red mug", limit=3, explain=True)
    assert found["query_id"].startswith("qry_")
    assert found["no_match"] is False
    assert found["degraded"] is False
    assert found["timings_ms"]["total"] >= found["timings_ms"]["embed"] >= 0
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    best = found["hits"][0]
    assert best["id"] == best["document"]["id"] == "red-mug"
    assert -1 <= best["score"] <= 1
    assert best["first_stage"]["rank"] == 1
    assert best["matched"]["view"].startswith("red-mug:")
    assert best["document"]["attributes"]["colour"] == "red"
    image = best["document"]["images"][0]
    assert image["url"] == f"/v1/media/{image['id']}"
    assert client.get(image["thumbnail_url"]).status_code == 200
    assert best["explain"]
    assert search(client, shop, text="a red mug")["hits"][0]["explain"] is None


def test_a_picture_is_found_by_file_data_uri_and_media_id_alike(
    client: TestClient, shop: str
) -> None:
    data = picture("blue")
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    media_id = client.post("/v1/media", files={"file": ("q.png", data, "image/png")}).json()["id"]
    by_form = client.post(
        f"/v1/indexes/{shop}/search",
        files={
            "request": (None, json.dumps({"target": "image"}), "application/json"),
            "image": ("q.png", data, "image/png"),
        },
    ).json()
    by_uri = search(client, shop, image=uri, target="image")
    by_media = search(client, shop, image=media_id, target="image")
    assert ids(by_form) == ids(by_uri) == ids(by_media)
    assert set(ids(by_form)[:2]) == {"blue-mug", "blue-lamp"}


def test_a_form_may_hold_a_picture_alone(client: TestClient, shop: str) -> None:
    answer = client.post(
        f"/v1/indexes/{shop}/search", files={"image": ("q.png", picture("red"), "image/png")}
    )
    assert answer.status_code == 200
    assert len(answer.json()["hits"]) == 10


def test_text_and_picture_go_together_with_weights(client: TestClient, shop: str) -> None:
    uri = "data:image/png;base64," + base64.b64encode(picture("blue")).decode()
    together = search(client, shop, text="lamp", image=uri, weights={"text": 1, "image": 1})
    parts = search(client, shop, parts=[{"text": "lamp"}, {"image": uri}])
    assert ids(together) == ids(parts)
    assert ids(search(client, shop, text="lamp", image=uri)) == ids(together)
    uneven = search(client, shop, text="lamp", image=uri, weights={"text": 1, "image": 0.1})
    fused = search(client, shop, text="lamp", image=uri, fusion={"text": 1, "image": 0.1})
    assert ids(uneven) == ids(fused) != ids(together)


def test_a_filter_bounds_the_hits(client: TestClient, shop: str) -> None:
    found = search(client, shop, text="mug", filter={"colour": {"in": ["red", "blue"]}})
    assert set(ids(found)) == {"red-mug", "red-lamp", "blue-mug", "blue-lamp"}
    nothing = search(client, shop, text="mug", filter={"price": {"gt": 1000}})
    assert nothing["hits"] == []
    assert nothing["no_match"] is True


def test_pages_neither_overlap_nor_skip(client: TestClient, shop: str) -> None:
    whole = ids(search(client, shop, text="a lamp", limit=12))
    seen: list[str] = []
    request: dict[str, Any] = {"text": "a lamp", "limit": 5}
    while True:
        page = search(client, shop, **request)
        seen += ids(page)
        if page["next_cursor"] is None:
            break
        request["cursor"] = page["next_cursor"]
    assert seen == whole
    assert sorted(whole) == sorted(product["id"] for product in products())
    assert ids(search(client, shop, text="a lamp", limit=5, offset=3)) == whole[3:8]


def test_no_more_hits_of_one_value_than_asked_for(client: TestClient, shop: str) -> None:
    found = search(client, shop, text="a red mug", max_per={"kind": 2}, limit=12)
    assert ids(found)[0] == "red-mug"
    assert sorted(hit["document"]["attributes"]["kind"] for hit in found["hits"]) == [
        *["lamp"] * 2,
        *["mug"] * 2,
    ]
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4]
    path = f"/v1/indexes/{shop}/documents/red-mug/similar"
    alike = client.post(path, json={"max_per": {"kind": 1}}).json()
    assert len(alike["hits"]) == 2


def test_facets_count_what_the_filter_leaves(client: TestClient, shop: str) -> None:
    wanted = ["kind", "in_stock", {"attribute": "price", "ranges": [[None, 10], [10, None]]}]
    found = search(client, shop, text="a red mug", limit=1, facets=wanted)
    assert found["facets"] == {
        "kind": [{"value": "lamp", "count": 6}, {"value": "mug", "count": 6}],
        "in_stock": [{"value": False, "count": 6}, {"value": True, "count": 6}],
        "price": {
            "min": 1.0,
            "max": 28.0,
            "ranges": [
                {"from": None, "to": 10.0, "count": 4},
                {"from": 10.0, "to": None, "count": 8},
            ],
        },
    }
    assert found["timings_ms"]["facets"] > 0
    mugs = search(client, shop, text="lamp", filter={"kind": "mug"}, facets=["kind", "price"])
    assert mugs["facets"]["kind"] == [{"value": "mug", "count": 6}]
    assert mugs["facets"]["price"] == {"min": 1.0, "max": 26.0, "ranges": []}
    plain = search(client, shop, text="lamp")
    assert plain["facets"] == {}
    assert "facets" not in plain["timings_ms"]


def test_a_sentence_is_understood_if_asked_for(client: TestClient, shop: str) -> None:
    found = search(client, shop, text="a red mug under $3", understand=True)
    assert ids(found) == ["red-mug"]
    assert found["understood"] == {
        "text": "a red mug",
        "filter": {"price": {"lt": 3}, "colour": "red", "kind": "mug"},
        "matched": [
            {"words": "under $3", "attribute": "price", "value": {"lt": 3}},
            {"words": "red", "attribute": "colour", "value": "red"},
            {"words": "mug", "attribute": "kind", "value": "mug"},
        ],
        "applied": True,
    }
    plain = search(client, shop, text="a red mug under $3")
    assert plain["understood"] is None
    assert len(ids(plain)) == 10
    nothing = search(client, shop, text="a red mug under $0.50", understand=True)
    assert nothing["understood"]["applied"] is False
    assert nothing["understood"]["filter"]["price"] == {"lt": 0.5}
    assert ids(nothing) == ids(search(client, shop, text="a red mug under $0.50"))


def test_more_like_this_leaves_this_out(client: TestClient, shop: str) -> None:
    path = f"/v1/indexes/{shop}/documents/red-mug/similar"
    found = client.post(path, json={"limit": 20, "filter": {"kind": "mug"}}).json()
    assert "red-mug" not in ids(found)
    assert len(found["hits"]) == 5
    assert client.post(path).status_code == 200
    assert client.post(f"/v1/indexes/{shop}/documents/none/similar").status_code == 404


def test_an_exact_sku_comes_first_when_words_count(client: TestClient, shop: str) -> None:
    found = search(client, shop, text="LA-WHITE", hybrid={"lexical": 1})
    assert ids(found)[0] == "white-lamp"


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({}, "parts"),
        ({"text": ""}, "text"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": 5}, "text"),
        ({"image": "file:///etc/passwd"}, "image"),
        ({"image": "data:image/png;base64,!!!"}, "image"),
        ({"image": "data:image/png;base64,aGVsbG8="}, "image"),
        ({"image": "http://127.0.0.1:1/x.png"}, "image"),
        ({"document_id": "a b"}, "document_id"),
        ({"text": "x", "limit": 0}, "limit"),
        ({"text": "x", "limit": 101}, "limit"),
        ({"text": "x", "limit": "5"}, "limit"),
        ({"text": "x", "offset": -1}, "offset"),
        ({"text": "x", "cursor": "abc"}, "cursor"),
        ({"text": "x", "target": "sound"}, "target"),
        ({"text": "x", "min_score": 2}, "min_score"),
        ({"text": "x", "group_by": "brand"}, "group_by"),
        ({"text": "x", "fusion": "joint"}, "fusion"),
        ({"text": "x", "hybrid": {"lexical": 2}}, "hybrid.lexical"),
        ({"text": "x", "hybrid": {"lexical": 1, "k": 0}}, "hybrid.k"),
        ({"text": "x", "hybrid": {"lexical": 1, "k": 1001}}, "hybrid.k"),
        ({"text": "x", "max_per": {"kind": 0}}, "max_per.kind"),
        ({"text": "x", "max_per": {"kind": 101}}, "max_per.kind"),
        ({"text": "x", "max_per": {"price": 1}}, "max_per.price"),
        ({"text": "x", "max_per": {"weight": 1}}, "max_per.weight"),
        ({"text": "x", "max_per": dict.fromkeys("abcd", 1)}, "max_per"),
        ({"text": "x", "max_per": 2}, "max_per"),
        ({"text": "x", "facets": ["weight"]}, "facets[0]"),
        ({"text": "x", "facets": ["kind", "kind"]}, "facets[1]"),
        ({"text": "x", "facets": [""]}, "facets[0]"),
        ({"text": "x", "facets": [5]}, "facets[0]"),
        ({"text": "x", "facets": "kind"}, "facets"),
        ({"text": "x", "facets": [{"attribute": "kind", "ranges": [[0, 1]]}]}, "facets[0].ranges"),
        (
            {"text": "x", "facets": [{"attribute": "price", "ranges": [[1, 1]]}]},
            "facets[0].ranges[0]",
        ),
        (
            {"text": "x", "facets": [{"attribute": "price", "ranges": [[1, "2"]]}]},
            "facets[0].ranges[0][1]",
        ),
        (
            {"text": "x", "facets": [{"attribute": "price", "ranges": [[1]]}]},
            "facets[0].ranges[0]",
        ),
        ({"text": "x", "facets": [{"attribute": "price", "spans": []}]}, "facets[0].spans"),
        ({"text": "x", "understand": "yes"}, "understand"),
        ({"document_id": "red-mug", "understand": True}, "understand"),
        ({"text": "x", "fusion": "best"}, "fusion"),
        ({"text": "x", "fusion": 1}, "fusion"),
        ({"text": "x", "fusion": {"image": 1}}, "fusion.image"),
        ({"text": "x", "fusion": {"text": 11}}, "fusion.text"),
        ({"text": "x", "fusion": {"sound": 1}}, "fusion.sound"),
        ({"text": "x", "fusion": {"text": 1}, "weights": {"text": 1}}, "fusion"),
        ({"parts": [{"text": "y"}], "fusion": {"text": 1}}, "fusion"),
        ({"text": "x", "weights": {"image": 1}}, "weights.image"),
        ({"text": "x", "weights": {"text": 11}}, "weights.text"),
        ({"text": "x", "parts": [{"text": "y"}]}, "parts"),
        ({"parts": [{"text": "y", "image": "z"}]}, "parts[0]"),
        ({"parts": [{"text": "y"}, {"text": "z", "weight": "1"}]}, "parts[1].weight"),
        ({"parts": []}, "parts"),
        ({"text": "x", "filter": {"weight": 1}}, "filter.weight"),
        ({"text": "x", "filter": {"price": {"lt": "9"}}}, "filter.price.lt"),
        ({"text": "x", "filter": []}, "filter"),
        ({"text": "x", "colour": "red"}, "colour"),
        ({"text": "x", "include_vectors": True}, "include_vectors"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_by_field(
    client: TestClient, shop: str, request_body: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/v1/indexes/{shop}/search", json=request_body)
    assert answer.status_code in (413, 422), answer.text
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({"request": (None, "{}"), "image": (None, "https://x.example/y.png")}, "image"),
        ({"request": (None, '{"text": "x"}'), "photo": ("a.png", b"x")}, "photo"),
        ({"request": (None, '{"text": "x"')}, "request"),
        ({"request": (None, '{"text": 1}')}, "text"),
        ({"request": (None, '{"image": "https://x.example/y"}'), "image": ("a", b"x")}, "image"),
        ({"image": ("a.png", b"no picture")}, "image"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_refused_by_field(
    client: TestClient, shop: str, files: Any, field: str
) -> None:
    answer = client.post(f"/v1/indexes/{shop}/search", files=files)
    assert answer.status_code in (400, 415, 422), answer.text
    assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_index_is_not_found_and_an_unknown_document_refused(
    client: TestClient, shop: str
) -> None:
    assert client.post("/v1/indexes/none/search", json={"text": "x"}).status_code == 404
    answer = client.post(f"/v1/indexes/{shop}/search", json={"document_id": "none"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "document_id"


def test_a_body_that_is_no_object_is_named(client: TestClient, shop: str) -> None:
    for body in ("null", "[]", "1"):
        answer = client.post(
            f"/v1/indexes/{shop}/search",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"field": "body", "problem": "must be an object"}]
