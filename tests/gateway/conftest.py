"""One opened installation for all tests of the HTTP side, and clients of it."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw

from services.core.db.database import SqlDatabase
from services.core.settings import Auth, Ingest, Server, Settings, Stores
from services.core.types.configurations import Configuration
from services.core.types.rerank import RerankSpec, SignalsSpec
from services.gateway.main import create_app
from services.wiring import Runtime, open_runtime

ADDRESS = "http://127.0.0.1:8000"
COLOURS = ("red", "green", "blue", "yellow", "black", "white")
KINDS = ("mug", "lamp")
Product = dict[str, Any]
ATTRIBUTES = {"colour": "string", "kind": "string", "price": "number", "in_stock": "boolean"}


def picture(colour: str, *, size: tuple[int, int] = (64, 48), format: str = "PNG") -> bytes:
    """An encoded picture: a disc of one colour on grey."""
    image = Image.new("RGB", size, "grey")
    ImageDraw.Draw(image).ellipse((8, 4, size[0] - 8, size[1] - 4), fill=colour)
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def products() -> list[Product]:
    """Twelve products, each with a picture `file:<colour>.png`."""
    return [
        {
            "id": f"{colour}-{kind}",
            "title": f"A {colour} {kind}",
            "description": f"This {kind} is {colour}.",
            "sku": f"{kind[:2]}-{colour}".upper(),
            "images": [f"file:{colour}.png"],
            "attributes": {
                "colour": colour,
                "kind": kind,
                "price": 5.0 * place + (1 if kind == "mug" else 3),
                "in_stock": place % 2 == 0,
            },
            "signals": {"popularity": place / 10},
        }
        for place, colour in enumerate(COLOURS)
        for kind in KINDS
    ]


def send_products(
    client: TestClient, index: str, documents: list[dict[str, Any]]
) -> dict[str, Any]:
    """Send documents with their pictures; return the finished job."""
    images = [image for each in documents for image in each.get("images", [])]
    named = {image.removeprefix("file:") for image in images if image.startswith("file:")}
    files: list[Any] = [
        ("documents", ("documents.json", json.dumps(documents), "application/json"))
    ]
    files += [("files", (name, picture(name.removesuffix(".png")), "image/png")) for name in named]
    answer = client.post(f"/v1/indexes/{index}/documents", files=files)
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json()["id"])


def finished(client: TestClient, job_id: str, *, within_s: float = 60) -> dict[str, Any]:
    """Wait for a job's end and return it."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if job["finished_at"] is not None:
            return job
        time.sleep(0.02)
    raise AssertionError(f"not finished: {job}")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "catalogs").mkdir()
    return Settings(
        stores=Stores(data_dir=folder / "data"),
        server=Server(max_request_bytes=2 * 1024 * 1024),
        ingest=Ingest(import_roots=(folder / "catalogs",), max_documents_per_request=50),
    )


@pytest.fixture(scope="session")
def runtime(settings: Settings) -> Iterator[Runtime]:
    opened = open_runtime(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(create_app(runtime), base_url=ADDRESS) as client:
        yield client


@pytest.fixture(scope="session")
def shop(client: TestClient) -> str:
    """An index of twelve products that tests only read."""
    assert client.put("/v1/indexes/shop", json={"attributes": ATTRIBUTES}).status_code == 201
    job = send_products(client, "shop", products())
    assert job["state"] == "succeeded", job
    return "shop"


@pytest.fixture
def scratch(client: TestClient, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty index of a test's own."""
    name = "scratch"
    assert client.put(f"/v1/indexes/{name}", json={"attributes": ATTRIBUTES}).status_code == 201
    yield name
    client.delete(f"/v1/indexes/{name}", params={"confirm": name})


Begin = Callable[..., str]
TRIED = (
    Configuration("words-only", hybrid=1.0, target="text"),
    Configuration("pinned", rerank=RerankSpec((SignalsSpec(pin=("white-lamp",)),))),
    Configuration("lost", index="nowhere"),
)
"""What experiments try: two other orders, and one that cannot answer."""


@pytest.fixture
def begin(client: TestClient, runtime: Runtime, shop: str) -> Iterator[Begin]:
    """Start experiments of the shop; all are stopped and gone afterwards, with what they tried."""
    with runtime.ports.database.work() as work:
        for each in TRIED:
            work.configurations.put(each, now=runtime.ports.clock())
    made: list[str] = []

    def start(name: str, *configurations: str | None, **changes: Any) -> str:
        variants = [
            {"name": f"v{place}", "configuration": configuration}
            for place, configuration in enumerate(configurations)
        ]
        body = {"name": name, "index": shop, "variants": variants} | changes
        assert client.post("/v1/experiments", json=body).status_code == 201
        made.append(name)
        assert client.post(f"/v1/experiments/{name}/start").status_code == 200
        return name

    yield start
    for name in made:
        client.post(f"/v1/experiments/{name}/stop")
        client.delete(f"/v1/experiments/{name}")
    for each in TRIED:
        client.delete(f"/v1/configurations/{each.name}")


MakeClient = Callable[..., TestClient]


@pytest.fixture
def guarded(runtime: Runtime, tmp_path: Path) -> Iterator[MakeClient]:
    """Make clients of the same installation with a key store and settings of their own."""
    database = SqlDatabase.open(f"sqlite:///{tmp_path}/keys.sqlite3", queue=runtime.queue)

    def make(*, bootstrap: str = "", address: str = ADDRESS, **server: Any) -> TestClient:
        settings = runtime.settings.model_copy(
            update={
                "auth": Auth(bootstrap_key=bootstrap),
                "server": runtime.settings.server.model_copy(update=server),
            }
        )
        ports = replace(runtime.ports, database=database, settings=settings)
        app = create_app(replace(runtime, settings=settings, ports=ports))
        return TestClient(app, base_url=address)

    yield make
    database.close()
