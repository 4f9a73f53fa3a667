"""A document that kills its worker ends as failed after some tries; everything else goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.stack_traffic import Catalogue, Searches, document, picture
from tests.servers import deadly
from tests.servers.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.thorough]
DEADLY = "tests.servers.deadly"
POISON = 5
"""The number of the document that kills, in the midst of a batch of good ones."""


def test_a_picture_that_kills_its_decoder_fails_alone(stack: Stack) -> None:
    catalogue = Catalogue(stack, "poison_picture")
    before = stack.revived["ingest-worker"]
    with stack.broken("ingest-worker", DEADLY), Searches(catalogue) as searches:
        send_with(catalogue, images=[picture(POISON, note=deadly.PICTURE)])
        jobs = catalogue.finish()
        assert stack.revived["ingest-worker"] == before, "its children died, it did not"
    assert set(searches.outcomes) == {"ok"}
    failed_alone(catalogue, jobs)


def test_a_text_that_kills_the_embedder_fails_alone(stack: Stack) -> None:
    catalogue = Catalogue(stack, "poison_text")
    with stack.broken("embedder", DEADLY), Searches(catalogue) as searches:
        send_with(catalogue, title=f"An {deadly.TEXT} product")
        jobs = catalogue.finish(limit_s=120)
        searches.recover()
    assert set(searches.outcomes) <= {"ok", "degraded"}, searches.outcomes
    failed_alone(catalogue, jobs)


def test_a_query_that_kills_the_embedder_kills_it_once(stack: Stack) -> None:
    catalogue = Catalogue(stack, "poison_query")
    catalogue.send([document(number) for number in range(3)])
    catalogue.finish()
    with stack.broken("embedder", DEADLY), Searches(catalogue) as searches:
        before = stack.revived["embedder"]
        answer = stack.client.post(
            f"{catalogue.path}/search", json={"text": f"an {deadly.TEXT} product"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["degraded"] is True
        assert answer.json()["hits"], "words alone found something"
        stack.wait_until(lambda: stack.revived["embedder"] > before, what="the query kills")
        searches.recover(in_a_row=20)
        assert stack.revived["embedder"] == before + 1, "the query is not tried again"
    catalogue.check()


def send_with(catalogue: Catalogue, **poison: Any) -> None:
    """Send a batch of which one document is as given."""
    documents = [document(number) for number in range(12)]
    documents[POISON] |= poison
    assert catalogue.send(documents) is not None


def failed_alone(catalogue: Catalogue, jobs: list[dict[str, Any]]) -> None:
    """The one job of the catalogue names its one bad document; the others are searchable."""
    (job,) = jobs
    poison = f"doc-{POISON:04}"
    assert job["counts"]["failed"] == 1, job
    items = catalogue.stack.get(f"/v1/jobs/{job['id']}/items?state=failed")["items"]
    assert [(item["document_id"], item["error"]["code"]) for item in items] == [
        (poison, "worker_crashed")
    ]
    assert items[0]["crashes"] == 3
    found = catalogue.everything_found()
    assert sorted(found) == sorted(catalogue.acknowledged - {poison})
    assert catalogue.stack.get(f"{catalogue.path}/verify")["consistent"] is True
