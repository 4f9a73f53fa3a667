"""A console before a stack: which workers live, who has the models, what is not known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from services.core.settings import Settings, Stores
from services.core.types.models import ModelKind, Models, ModelState, Owner, Source
from services.core.types.work import WorkerInfo
from services.gateway.main import create_app
from services.wiring import open_runtime
from tests.browser.chromium import NEEDED
from tests.browser.watched import watched
from tests.gateway.running_server import serving

STARTED = datetime(2026, 5, 1, 12, tzinfo=UTC)
INGEST = WorkerInfo("ingest", "box", 7, STARTED, "0.1.0")
EMBEDDER = WorkerInfo("embedder", "gpu", 9, STARTED, "0.1.0")
WRITTEN = ModelState("pocket", ModelKind.EMBEDDER)
LOADED = replace(WRITTEN, loaded=True, memory_bytes=61_341_696, calls=310, batch_contents=4.0)

pytestmark = NEEDED


@dataclass
class Crew:
    """A workforce whose members come and go."""

    members: tuple[WorkerInfo, ...] = ()

    def workers(self) -> tuple[WorkerInfo, ...]:
        return self.members

    def models(self) -> Models:
        """What every embedder among them told with its last heartbeat."""
        having = [each for each in self.members if each.role == "embedder"]
        owners = tuple(Owner(each.host, each.pid, (LOADED,)) for each in having)
        return Models(Source.ROSTER, (WRITTEN,), owners)


@pytest.fixture(scope="module")
def crew() -> Crew:
    return Crew()


@pytest.fixture(scope="module")
def address(crew: Crew, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(stores=Stores(data_dir=tmp_path_factory.mktemp("stack")))
    opened = open_runtime(settings)
    runtime = replace(opened, workforce=crew, models=crew.models)
    try:
        with serving(create_app(runtime)) as at:
            yield at
    finally:
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with watched(browser, f"{address}/admin") as opened:
        yield opened


def test_workers_appear_and_vanish_as_they_live(page: Page, crew: Crew) -> None:
    crew.members = (INGEST, EMBEDDER)
    page.evaluate("location.hash = '#queues'")
    alive = page.get_by_role("table", name="Workers alive")
    expect(alive.get_by_role("row")).to_have_count(3)
    expect(alive).to_contain_text("box")
    crew.members = (INGEST,)
    expect(alive.get_by_role("row")).to_have_count(2)
    crew.members = ()
    expect(page.get_by_text("No worker is alive.")).to_be_visible()


def test_each_embedder_tells_how_its_models_do_and_nobody_what_is_not_known(
    page: Page, crew: Crew
) -> None:
    crew.members = (EMBEDDER, replace(EMBEDDER, host="gpu-2"))
    page.evaluate("location.hash = '#models'")
    first = page.get_by_role("region", name="Embedder gpu 9")
    expect(first.get_by_role("article", name="Model pocket")).to_contain_text("59 MiB")
    expect(page.get_by_role("article", name="Model pocket")).to_have_count(2)
    crew.members = ()
    expect(page.get_by_text("No embedder is alive")).to_be_visible()
    expect(page.get_by_role("article", name="Model pocket")).to_contain_text("cannot be told here")


def test_the_overview_says_which_process_answered(page: Page) -> None:
    expect(page.get_by_text("of the gateway that answered last, process")).to_be_visible()
