"""`margay smoke`: does a server ingest and find? Ten products, three searches, no trace left."""

from __future__ import annotations

import base64
import io
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, Final

import typer
from PIL import Image
from rich.markup import escape
from rich.table import Table

from datasets.sample_catalog import draw, fur, photograph
from datasets.sample_catalog.products import Product, assortment
from services.cli.client import DEFAULT_URL, ApiClient, ApiProblem, Key, Url
from services.cli.jobs import finished
from services.cli.output import console, errors, progress_bar

LOOKS: Final = (
    ("phone case", "amber", "leopard"), ("phone case", "white", "zebra"),
    ("mug", "navy", "stripes"), ("mug", "grey", "dots"), ("dress", "red", "dots"),
    ("t-shirt", "blue", "plaid"), ("backpack", "green", "camouflage"),
    ("cushion", "teal", "floral"), ("lamp", "yellow", "plain"), ("rug", "black", "plaid"),
)  # fmt: skip
"""Kind, colour and pattern of the products: few alike, so that one answer is right."""


@dataclass(frozen=True, slots=True)
class Question:
    """One search and the product that must come first."""

    title: str
    wanted: str
    request: dict[str, Any]


def smoke(
    timeout: Annotated[float, typer.Option(help="Seconds that ingesting may take.")] = 120,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Ingest ten drawn products over HTTP, search by words, picture and both; exit 1 if it fails.

    The index is one of its own, `smoke_...`, and is deleted at the end, however it ends.
    """
    client = ApiClient(url, key)
    client.get("/health/ready")  # otherwise what is down is told only by waiting in vain
    products = _products()
    with _index(client) as index:
        _ingest(client, index, products, timeout_s=timeout)
        right = _ask(client, index, _questions(products))
    errors.print("All is well." if right else "Not all is well: see the lines marked no.")
    if not right:
        raise typer.Exit(1)


@contextmanager
def _index(client: ApiClient) -> Iterator[str]:
    name = f"smoke_{uuid.uuid4().hex[:8]}"
    client.request("PUT", f"/v1/indexes/{name}", json={"attributes": {"price": "number"}})
    try:
        yield name
    finally:
        client.request("DELETE", f"/v1/indexes/{name}", params={"confirm": name})


def _products() -> dict[tuple[str, str, str], Product]:
    """The first product of the sample catalog for each look."""
    found: dict[tuple[str, str, str], Product] = {}
    for product in assortment(seed=7, count=900):
        look = (product.spec.kind, product.spec.colour, product.spec.pattern)
        if look in LOOKS:
            found.setdefault(look, product)
    assert len(found) == len(LOOKS), "the catalog sells every look"
    return found


def _ingest(
    client: ApiClient,
    index: str,
    products: Mapping[tuple[str, str, str], Product],
    *,
    timeout_s: float,
) -> None:
    documents = []
    for product in products.values():
        facts = product.document()
        documents.append(
            {
                **{name: facts[name] for name in ("id", "title", "description")},
                "attributes": {"price": product.price},
                "images": [_data_uri(draw(product.spec))],
            }
        )
    job = client.post(f"/v1/indexes/{index}/documents", json=documents)
    job = _wait(client, job["id"], timeout_s=timeout_s)
    if job["state"] != "succeeded":
        items = client.get(f"/v1/jobs/{job['id']}/items", params={"state": "failed"})["items"]
        why = [item["error"] for item in items if item["error"]] or [job["error"]]
        said = dict.fromkeys(f"{each['code']}: {each['detail']}" for each in why if each)
        raise ApiProblem(0, f"the job {job['id']} ended {job['state']}: {'; '.join(said)}", [])


def _wait(client: ApiClient, job_id: str, *, timeout_s: float) -> dict[str, Any]:
    with progress_bar() as bar:
        task = bar.add_task("Ingesting", total=None)
        until = time.monotonic() + timeout_s

        def seen(job: Mapping[str, Any]) -> None:
            bar.update(task, completed=finished(job), total=job["total"] or None)
            if job["finished_at"] is None and time.monotonic() > until:
                raise ApiProblem(
                    0,
                    f"{finished(job)} of {job['total']} documents were ingested in {timeout_s:g} s "
                    "and then no more was waited for; do the workers run?",
                    [],
                )

        return client.follow_job(job_id, seen=seen)


def _questions(products: Mapping[tuple[str, str, str], Product]) -> Iterator[Question]:
    chance = Random(7)
    mug = products["mug", "navy", "stripes"]
    yield Question("a navy striped mug", mug.id, {"text": "a navy striped mug"})
    backpack = products["backpack", "green", "camouflage"]
    taken = _data_uri(photograph(backpack.spec, chance))
    yield Question("[a photo of a backpack]", backpack.id, {"image": taken})
    case = products["phone case", "white", "zebra"]
    both = {"text": "a phone case with this", "image": _data_uri(fur("zebra", chance))}
    yield Question("… with this [zebra fur]", case.id, both)


def _ask(client: ApiClient, index: str, questions: Iterator[Question]) -> bool:
    """Search, print a row for each question, and tell whether every answer was right."""
    table = Table(
        "search", "wanted", "found first", "score", "ms", "right", box=None, pad_edge=False
    )
    right = True
    for question in questions:
        request = {**question.request, "limit": 3}
        answer = client.post(f"/v1/indexes/{index}/search", json=request)
        first = answer["hits"][0] if answer["hits"] else None
        found = first["document"]["id"] if first else "nothing"
        good = found == question.wanted and not answer["degraded"]
        note = "yes" if good else "no: words only" if answer["degraded"] else "no"
        score = f"{first['score']:.3f}" if first and first["score"] is not None else ""
        took = f"{answer['timings_ms']['total']:.0f}"
        table.add_row(escape(question.title), question.wanted, found, score, took, note)
        right = right and good
    console.print(table)
    return right


def _data_uri(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
