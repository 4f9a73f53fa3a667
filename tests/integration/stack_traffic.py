"""What a stack has to do while things break: documents that come in, searches that go on."""

from __future__ import annotations

import base64
import io
import random
import threading
from collections import Counter
from typing import Any, Self

import httpx
from PIL import Image, PngImagePlugin

from tests.servers.stack import Stack

PER_BATCH = 12
AWAY = {"unavailable", "index_unavailable"}
"""The codes of a 503 that says which part of the stack does not answer."""
PAUSE_S = 0.05
"""Between searches, so that they leave a processor for the rest."""


def picture(seed: int, *, note: str = "") -> str:
    """A PNG as a data URI, with a note in its metadata."""
    rng = random.Random(seed)
    image = Image.new("RGB", (96, 96), tuple(rng.randrange(256) for _ in range(3)))
    image.paste(tuple(rng.randrange(256) for _ in range(3)), (20, 20, 70, 60))
    notes = PngImagePlugin.PngInfo()
    if note:
        notes.add_text("note", note)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=notes)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def document(number: int, **others: Any) -> dict[str, Any]:
    return {
        "id": f"doc-{number:04}",
        "title": f"Product number {number}",
        "description": "A thing of the kill test.",
        "images": [picture(number)],
        "attributes": {"number": number},
    } | others


class Catalogue:
    """An index of its own, with what was acknowledged for it."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.path = f"/v1/indexes/{name.replace('-', '_')}"
        self.acknowledged: set[str] = set()
        self.jobs: list[str] = []
        created = stack.client.put(self.path, json={"attributes": {"number": "integer"}})
        assert created.status_code == 201, created.text

    def send(self, documents: list[dict[str, Any]], *, key: str | None = None) -> str | None:
        """Send a batch once; the job's id if it was acknowledged."""
        headers = {} if key is None else {"Idempotency-Key": key}
        try:
            answer = self.stack.client.post(
                f"{self.path}/documents", json=documents, headers=headers
            )
        except httpx.TransportError:
            return None
        if answer.status_code == 503:
            return None
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        self.acknowledged |= {str(each["id"]) for each in documents}
        job = str(answer.json()["id"])
        self.jobs.append(job)
        return job

    def job(self, job_id: str) -> dict[str, Any]:
        return dict(self.stack.get(f"/v1/jobs/{job_id}"))

    def in_work(self) -> bool:
        """Whether something acknowledged is not done: the moment in which a kill hurts."""
        return any(self.job(job_id)["finished_at"] is None for job_id in self.jobs)

    def finish(self, *, limit_s: float = 90) -> list[dict[str, Any]]:
        """Wait for every job; return them as they ended."""
        self.stack.wait_until(lambda: not self.in_work(), what="every job ends", limit_s=limit_s)
        return [self.job(job_id) for job_id in self.jobs]

    def check(self) -> None:
        """Everything acknowledged is searchable exactly once, and SQL and Milvus agree."""
        states = Counter(job["state"] for job in self.finish())
        assert set(states) == {"succeeded"}, states
        found = self.everything_found()
        assert len(found) == len(set(found)), "a document was shown twice"
        assert set(found) == self.acknowledged
        stats = self.stack.get(f"{self.path}/stats")
        assert stats["documents"] == len(found)
        views = {modality: rows for modality, rows in stats["views"].items() if rows}
        assert views == dict.fromkeys(("text", "image", "combined"), len(found))
        verified = self.stack.get(f"{self.path}/verify")
        assert verified["consistent"] is True, verified

    def everything_found(self) -> list[str]:
        """Page through a search that every document answers."""
        found: list[str] = []
        request: dict[str, Any] = {"text": "product", "limit": 100}
        while True:
            answer = self.stack.client.post(f"{self.path}/search", json=request)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            assert page["degraded"] is False, "the stack has recovered"
            found += [str(hit["id"]) for hit in page["hits"]]
            if page["next_cursor"] is None:
                return found
            request["cursor"] = page["next_cursor"]


class Feed:
    """Sends batches from a thread, each until it is acknowledged, through whatever happens."""

    def __init__(self, catalogue: Catalogue, *, batches: int) -> None:
        self._catalogue = catalogue
        self._batches = batches
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._send_all)
        self.faults: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        wait = self._catalogue.stack.wait_until
        wait(self._catalogue.in_work, what="something is in work", limit_s=30)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(timeout=60)
        alive = self._thread.is_alive()
        self._given_up.set()
        assert not alive, f"not every batch was acknowledged\n{self._catalogue.stack.log_ends()}"
        assert not self.faults, self.faults

    def _send_all(self) -> None:
        for batch in range(self._batches):
            numbers = range(batch * PER_BATCH, (batch + 1) * PER_BATCH)
            documents = [document(number) for number in numbers]
            key = f"{self._catalogue.path}-{batch}"
            try:
                while self._catalogue.send(documents, key=key) is None:
                    if self._given_up.wait(0.2):
                        return
            except AssertionError as fault:
                self.faults.append(str(fault))
                return


class Searches:
    """Searches from a thread, one after the other, and what each came to."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._path = f"{catalogue.path}/search"
        self._stack = catalogue.stack
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._search)
        self.outcomes: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def see(self, count: int) -> list[str]:
        """Wait for so many further outcomes; return them."""
        begin = len(self.outcomes)
        self._stack.wait_until(
            lambda: len(self.outcomes) >= begin + count, what=f"{count} searches end"
        )
        return self.outcomes[begin:]

    def recover(self, *, in_a_row: int = 5) -> None:
        """Wait until searches are well again, of themselves."""
        good = ["ok"] * in_a_row
        self._stack.wait_until(
            lambda: self.outcomes[-in_a_row:] == good, what=f"searches are well: {self.outcomes}"
        )

    def _search(self) -> None:
        with self._stack.new_client(timeout_s=30) as client:
            number = 0
            while not self._ended.wait(PAUSE_S):
                number += 1
                self.outcomes.append(self._once(client, f"product number {number}"))

    def _once(self, client: httpx.Client, text: str) -> str:
        try:
            answer = client.post(self._path, json={"text": text, "limit": 5})
        except httpx.TimeoutException:
            return "hung"
        except httpx.TransportError:
            return "unreachable"
        if answer.status_code == 503 and answer.json()["code"] in AWAY:
            return "unavailable"
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text}"
        return "degraded" if answer.json()["degraded"] else "ok"
