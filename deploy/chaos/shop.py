"""The traffic of `make chaos`: documents that come in, searches that go on, what was found."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from typing import Any, Final

import httpx
from PIL import PngImagePlugin

from datasets.sample_catalog import draw
from datasets.sample_catalog.products import Product, assortment
from deploy.chaos.compose import ChaosError

DRAWINGS: Final = 48
"""Different pictures; products beyond them share pictures under other ids and words."""
BATCH: Final = 10
PAUSE_S: Final = 0.1
COLOURS: Final = ("red", "green", "blue")
PATIENCE_S: Final = 60.0
"""Longer than any promise: what takes longer hangs."""
WELL: Final = 5
"""So many good searches in a row mean that searches are well."""
JOBS_END_S: Final = 600.0


@dataclass
class Shop:
    """One index of the running stack, and everything that was acknowledged for it."""

    client: httpx.Client
    index: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Document to the fault during which it was acknowledged."""
    jobs: list[str] = field(default_factory=list)
    jobs_that_may_fail: int = 0

    @property
    def path(self) -> str:
        return f"/v1/indexes/{self.index}"

    def open(self) -> None:
        attributes = {"fault": "string", "price": "number"}
        self._wanted(201, self.client.put(self.path, json={"attributes": attributes}))

    def close(self) -> None:
        self.client.delete(self.path, params={"confirm": self.index})

    def send(self, documents: Sequence[Mapping[str, Any]], *, fault: str, key: str) -> int | None:
        """Send a batch once; the status, or None if no answer came."""
        try:
            answer = self.client.post(
                f"{self.path}/documents", json=documents, headers={"Idempotency-Key": key}
            )
        except httpx.TransportError:
            return None
        if answer.status_code == 202:
            self.acknowledged |= {str(each["id"]): fault for each in documents}
            self.jobs.append(str(answer.json()["id"]))
        elif answer.status_code not in (503, 507):
            raise ChaosError(f"a batch was answered {answer.status_code}: {answer.text}")
        return answer.status_code

    def job(self, job_id: str) -> dict[str, Any]:
        return self._get(f"/v1/jobs/{job_id}")

    def items(self, job_id: str) -> list[dict[str, Any]]:
        return list(self._get(f"/v1/jobs/{job_id}/items?limit=100")["items"])

    def finish(self, told: Callable[[int], None] = lambda _left: None) -> list[dict[str, Any]]:
        """Wait until every job has ended; return them."""
        until = time.monotonic() + JOBS_END_S
        left = list(dict.fromkeys(self.jobs))
        ended = []
        while left:
            job = self.job(left[0])
            if job["finished_at"] is not None:
                ended.append(job)
                left.pop(0)
                told(len(left))
            elif time.monotonic() > until:
                raise ChaosError(f"{len(left)} jobs did not end in {JOBS_END_S:g} s: {job}")
            else:
                time.sleep(0.5)
        return ended

    def found(self) -> Counter[str]:
        """How often each document is shown by a search that all of them answer."""
        shown: Counter[str] = Counter()
        request: dict[str, Any] = {"text": "something nice", "limit": 100, "target": "text"}
        while True:
            page = self._wanted(200, self.client.post(f"{self.path}/search", json=request))
            if page["degraded"]:
                raise ChaosError("searches are still degraded")
            shown.update(str(hit["id"]) for hit in page["hits"])
            if page["next_cursor"] is None:
                return shown
            request["cursor"] = page["next_cursor"]

    def verified(self) -> dict[str, Any]:
        """SQL and Milvus compared."""
        return self._get(f"{self.path}/verify")

    def ready(self) -> bool:
        try:
            return self.client.get("/health/ready").is_success
        except httpx.TransportError:
            return False

    def _get(self, path: str) -> dict[str, Any]:
        return self._wanted(200, self.client.get(path))

    def _wanted(self, status: int, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code != status:
            raise ChaosError(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        return dict(answer.json())


class Searches:
    """Searches from a thread, one after the other, counted by what they came to."""

    def __init__(self, shop: Shop, address: str, key: str) -> None:
        self._path = f"{shop.path}/search"
        self._client = connect(address, key)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._search, daemon=True)
        self.outcomes: list[tuple[str, float]] = []
        """What it came to, and when (monotonic seconds)."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.close()

    def well(self, *, since: int) -> bool:
        """Whether the latest are all good, all of them after the outcome `since`."""
        return [outcome for outcome, _ in self.outcomes[since:][-WELL:]] == ["ok"] * WELL

    def _search(self) -> None:
        for number in count():
            if self._ended.wait(PAUSE_S):
                return
            came_to = self._once(f"a {COLOURS[number % 3]} thing")
            self.outcomes.append((came_to, time.monotonic()))

    def _once(self, text: str) -> str:
        try:
            answer = self._client.post(self._path, json={"text": text, "limit": 5})
        except httpx.TimeoutException:
            return "hung"
        except httpx.TransportError:
            return "unreachable"
        if answer.status_code == 503:
            return "refused"
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.json().get('code')}"
        return "degraded" if answer.json()["degraded"] else "ok"


def connect(address: str, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=address,
        headers={"Authorization": f"Bearer {key}"},
        timeout=PATIENCE_S,
        trust_env=False,
    )


def documents(fault: str, number: int) -> list[dict[str, Any]]:
    """So many documents of a fault: drawings of the sample catalog under ids of their own."""
    return [
        {
            "id": f"{fault}-{place:04}",
            "title": f"{product.document()['title']}, edition {place}",
            "description": f"Came in during {fault}. {product.document()['description']}",
            "images": [picture],
            "attributes": {"fault": fault, "price": product.price},
        }
        for place, (product, picture) in enumerate(islice(_drawings(), number))
    ]


def first_product() -> Product:
    """One to draw."""
    return next(iter(assortment(seed=7, count=DRAWINGS)))


def picture(product: Product, *, note: str = "") -> str:
    """A PNG as a data URI, with a note in its metadata."""
    notes = PngImagePlugin.PngInfo()
    if note:
        notes.add_text("note", note)
    buffer = io.BytesIO()
    draw(product.spec).save(buffer, "PNG", pnginfo=notes)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


_DRAWN: list[tuple[Product, str]] = []


def _drawings() -> Iterator[tuple[Product, str]]:
    """The same pictures again and again; each is drawn once."""
    if not _DRAWN:
        _DRAWN.extend((each, picture(each)) for each in assortment(seed=7, count=DRAWINGS))
    return cycle(_DRAWN)
