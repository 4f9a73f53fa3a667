"""What the console shows of learning: judged queries, an experiment, and who clicked what."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from tests.integration.server_process import ServerProcess

QUERIES: Final = ("a mug", "a navy sofa", "red sneakers", "a phone case", "a plaid cushion", "<b>")
AGENT: Final = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140"}
CLIENTS: Final = 24


def teach(server: ServerProcess) -> None:
    """Save two configurations and a query set, run an experiment, and let clients click.

    Who is in the treatment clicks twice as often. Everything is logged when this returns.
    """
    client = server.client
    put(server, "/v1/configurations/words", {"hybrid": {"lexical": 0.5}, "description": "by words"})
    put(server, "/v1/configurations/pictures", {"target": "image", "description": "by pictures"})
    put(server, "/v1/query-sets/spring", {"index": "products", "queries": judged(server)})
    experiment = {
        "name": "words-first",
        "index": "products",
        "variants": [{"name": "control"}, {"name": "words", "configuration": "words"}],
        "description": "Do words help?",
        "sample_size": 40,
        "traffic": 0.9,  # beside one that has every client none of another layer starts
    }
    client.post("/v1/experiments", json=experiment).raise_for_status()
    client.post("/v1/experiments/words-first/start").raise_for_status()
    for number in range(CLIENTS):
        visit(server, f"client-{number}", QUERIES[number % len(QUERIES)], number)
    wait_until_logged(server, CLIENTS)


def visit(server: ServerProcess, client_id: str, words: str, number: int) -> None:
    """Search once, see eight hits, and click some."""
    asked = {"text": words, "limit": 10, "client_id": client_id}
    answer = server.client.post("/v1/indexes/products/search", json=asked, headers=AGENT).json()
    treated = (answer.get("experiment") or {}).get("variant") == "words"
    clicked = answer["hits"][: 2 if treated else number % 2]
    events = [
        *(event(answer, hit, "impression", client_id) for hit in answer["hits"][:8]),
        *(event(answer, hit, "click", client_id) for hit in clicked),
        *(event(answer, hit, "purchase", client_id) for hit in clicked[:1] if number % 3 == 0),
    ]
    sent = server.client.post("/v1/events", json={"events": events}, headers=AGENT)
    assert sent.status_code == 200, sent.text


def event(answer: Any, hit: Any, action: str, client_id: str) -> dict[str, Any]:
    return {
        "query_id": answer["query_id"],
        "action_name": action,
        "object_id": hit["id"],
        "position": hit["rank"],
        "client_id": client_id,
    }


def judged(server: ServerProcess) -> Sequence[dict[str, Any]]:
    """Queries whose answers are the first hits of a search by words and picture."""
    found = []
    for place, words in enumerate(QUERIES):
        asked = {"text": words, "limit": 3, "log": False}
        hits = server.client.post("/v1/indexes/products/search", json=asked).json()["hits"]
        grades = {hit["id"]: 3 - at for at, hit in enumerate(hits)}
        found.append({"id": f"q{place}", "text": words, "grades": grades})
    return found


def put(server: ServerProcess, path: str, body: Any) -> None:
    answer = server.client.put(path, json=body)
    assert answer.status_code in (200, 201), answer.text


def wait_until_logged(server: ServerProcess, searches: int, *, limit_s: float = 30) -> None:
    """The log writes a moment after the answers."""
    deadline = time.monotonic() + limit_s
    asked = {"index": "products", "by": "kind"}
    while time.monotonic() < deadline:
        items = server.client.get("/v1/analytics/clicks", params=asked).json()["items"]
        if sum(one["searches"] for one in items) >= searches:
            return
        time.sleep(0.1)
    raise AssertionError("the searches were not logged")
