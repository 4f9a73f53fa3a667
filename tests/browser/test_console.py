"""An operator makes, fills, changes and removes indexes in the console, and follows its work."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NEEDED
from tests.browser.console_server import REFUSED, desk_with
from tests.browser.hostile import HANDLER as EVIL
from tests.browser.watched import watched
from tests.integration.server_process import ServerProcess

WAIT_MS = 30_000

pytestmark = NEEDED


@pytest.fixture(scope="module")
def server(catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with desk_with(tmp_path_factory.mktemp("desk"), catalog) as process:
        yield process


@pytest.fixture(params=[pytest.param("phone", marks=pytest.mark.thorough), "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, server: ServerProcess) -> Iterator[Page]:
    address = f"http://127.0.0.1:{server.port}/admin"
    name = request.node.originalname
    with watched(browser, address, size=request.param, expected=REFUSED, name=name) as opened:
        yield opened
        assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert opened.evaluate("window.harmed") is None


def go(page: Page, section: str, title: str | re.Pattern[str]) -> None:
    page.evaluate("at => { location.hash = at }", section)
    expect(page.locator("#section-title")).to_have_text(title)


def test_the_overview_draws_charts_and_says_that_every_part_answers(page: Page) -> None:
    expect(page.get_by_text("Every part answers.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("svg.chart")).to_have_count(3)
    expect(page.get_by_role("img", name="Queue depth, now: ingest 0")).to_be_visible()


def test_an_index_shows_what_it_holds_and_verifies(page: Page) -> None:
    go(page, "#indexes", "Indexes")
    card = page.get_by_role("article", name="Index products")
    expect(card.locator(".figure").first).to_contain_text("40")
    card.get_by_role("button", name="Verify").click()
    expect(card.get_by_text("Database and vectors agree on 40 documents.")).to_be_visible()


def test_an_index_is_made_rebuilt_rolled_back_and_deleted(page: Page) -> None:
    go(page, "#indexes/new", "New index")
    page.get_by_label("Name", exact=True).fill("shoes")
    page.get_by_label("Dimensions").select_option("128")
    page.get_by_role("button", name="Add an attribute").click()
    expect(page.get_by_label("Name of the attribute")).to_be_focused()
    page.keyboard.type("size")
    page.get_by_label("Type of the attribute").select_option("number")
    page.get_by_role("button", name="Create the index").click()
    card = page.get_by_role("article", name="Index shoes")
    expect(card).to_contain_text("pocket, 128 dimensions")
    expect(card).to_contain_text("size (number)")

    card.get_by_role("link", name="Rebuild").click()
    page.get_by_label("Dimensions").select_option("64")
    page.get_by_role("button", name="Start the rebuild").click()
    expect(card).to_contain_text("64 dimensions", timeout=WAIT_MS)
    card.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("128 dimensions")
    dialog.get_by_role("button", name="Roll back").click()
    expect(card).to_contain_text("128 dimensions", timeout=WAIT_MS)

    card.get_by_role("button", name="Drop the former").click()
    expect(dialog).to_contain_text("no rollback until the next rebuild")
    dialog.get_by_role("button", name="Drop").click()
    expect(card.get_by_role("button", name="Roll back")).to_have_count(0)

    card.get_by_role("button", name="Delete").click()
    gone = dialog.get_by_role("button", name="Delete the index")
    expect(gone).to_be_disabled()
    page.get_by_label("Type shoes to confirm").fill("shoes")
    gone.click()
    expect(card).to_have_count(0)


def test_a_refused_index_keeps_the_form_and_says_why(page: Page) -> None:
    go(page, "#indexes/new", "New index")
    page.get_by_label("Name", exact=True).fill("twice")
    page.get_by_role("button", name="Add a list of words").click()
    page.get_by_label("Name of the list").fill("colour")
    page.get_by_label("Words, divided by commas").fill("red, red")
    page.get_by_role("button", name="Create the index").click()
    expect(page.get_by_role("alert").filter(has_text="tags")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("twice")


def test_a_table_with_pictures_is_previewed_mapped_and_imported(
    page: Page, catalog: Path, tmp_path: Path
) -> None:
    table = tmp_path / "new.csv"
    table.write_text(
        f'id;name;cost;photo\nnew-1;"{EVIL.replace(chr(34), chr(34) * 2)}";12.5;a.jpg\n'
        "new-2;Second;much;b.jpg\n"
    )
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(next((catalog / "images").iterdir()).read_bytes())
    go(page, "#import", "Import")
    page.get_by_label("A table").set_input_files(table)
    page.get_by_label("Or single files").set_input_files([tmp_path / "a.jpg", tmp_path / "b.jpg"])
    sample = page.get_by_role("table", name="The first of 2 rows")
    expect(sample).to_contain_text(EVIL)
    expect(sample.locator("img")).to_have_count(2)
    page.get_by_label("cost").select_option("attributes.price")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("table", name="Rows that the server refuses")).to_contain_text("price")
    page.get_by_role("button", name="Leave them out").click()
    expect(
        page.get_by_label("Progress").get_by_text("Done: 1 document sent, 1 row left out.")
    ).to_be_visible()
    expect(page.get_by_label("Progress").get_by_text("1 of 1 done")).to_be_visible()


def test_a_folder_is_chosen_whole(page: Page, catalog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "photos").mkdir(parents=True)
    picture = next((catalog / "images").iterdir()).read_bytes()
    for number in (1, 2):
        (folder / "photos" / f"{number}.jpg").write_bytes(picture)
    rows = [f"folder-{number},Mug {number},photos/{number}.jpg" for number in (1, 2)]
    (folder / "products.csv").write_text("\n".join(["id,title,images", *rows]))
    go(page, "#import", "Import")
    page.get_by_label("A folder").set_input_files(folder)
    sample = page.get_by_role("table", name="The first of 2 rows")
    expect(sample.locator("img")).to_have_count(2)
    page.get_by_role("button", name="Start the import").click()
    progress = page.get_by_label("Progress")
    expect(progress.get_by_text("2 of 2 done")).to_be_visible(timeout=WAIT_MS)


def test_a_catalog_on_the_server_is_previewed_and_imported(
    page: Page, server: ServerProcess
) -> None:
    go(page, "#import", "Import")
    page.get_by_text("Or a catalog that lies on the server").click()
    path = page.get_by_label("Path on the server")
    path.fill("../outside.jsonl")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").filter(has_text="path")).to_be_visible()
    path.fill("products.jsonl")
    page.keyboard.press("Enter")
    rows = page.get_by_role("table", name="The first 20 rows, with more behind").get_by_role("row")
    expect(rows).to_have_count(21)
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("36 of 36 done")).to_be_visible(timeout=WAIT_MS)


def test_a_job_shows_why_an_item_failed_and_tries_it_again(page: Page) -> None:
    go(page, "#jobs?state=failed", "Jobs")
    page.get_by_role("table").get_by_role("link", name=re.compile("^Import")).first.click()
    items = page.get_by_role("table", name="Items that are failed")
    expect(items).to_contain_text("file_refused")
    expect(items).to_contain_text("A path leads out of the import's folder, or to no file.")
    page.get_by_role("button", name="Retry 1 failed item").click()
    expect(page.locator("#said")).to_have_text("The job is failed.", timeout=WAIT_MS)
    expect(items).to_contain_text("file_refused")


def test_what_failed_is_shown_by_its_picture_wherever_it_was_sent_from(
    page: Page, server: ServerProcess, catalog: Path
) -> None:
    good = next((catalog / "images").iterdir()).read_bytes()
    sent = [
        {"id": "half", "title": "Half good", "images": ["file:a.jpg", "file:b.jpg"]},
        {"id": "remote", "title": "Elsewhere", "images": ["http://127.0.0.1:9/a.jpg"]},
    ]
    parts = [("documents", ("documents.json", json.dumps(sent), "application/json"))]
    parts += [("files", ("a.jpg", good)), ("files", ("b.jpg", good[:200]))]
    job = server.client.post("/v1/indexes/products/documents", files=parts).json()
    server.wait_for_job(job["id"])
    go(page, f"#jobs/{job['id']}", "Documents sent: products")
    items = page.get_by_role("table", name="Items that are failed")
    shown = items.get_by_role("row").filter(has_text="half").locator("img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(items.get_by_role("row").filter(has_text="remote")).to_contain_text("at 127.0.0.1:9")


def test_a_queue_is_paused_and_resumed(page: Page) -> None:
    go(page, "#queues", "Queues")
    queue = page.get_by_role("article", name="Queue ingest")
    queue.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause the queue").click()
    expect(queue.get_by_text("paused", exact=True)).to_be_visible()
    expect(queue.get_by_role("button", name="Resume")).to_be_focused()
    page.keyboard.press("Enter")
    expect(queue.get_by_text("running", exact=True)).to_be_visible()


def test_a_job_that_waits_is_cancelled(page: Page, server: ServerProcess) -> None:
    server.client.post("/v1/queues/ingest/pause")
    try:
        job = server.client.post(
            "/v1/indexes/products/documents", json=[{"id": "waits", "title": "It waits"}]
        ).json()
        go(page, f"#jobs/{job['id']}", "Documents sent: products")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
        expect(page.locator("#view .badge").get_by_text("cancelled")).to_be_visible()
    finally:
        server.client.post("/v1/queues/ingest/resume")


def test_a_document_is_filtered_for_and_changed(page: Page) -> None:
    go(page, "#documents/products", "Documents")
    page.get_by_label("Attribute").select_option("colour")
    page.get_by_label("Condition").select_option("eq")
    page.get_by_label("Value").fill(EVIL)
    page.get_by_role("button", name="Apply the filter").click()
    found = page.get_by_role("table", name="Documents of products").get_by_role("link")
    expect(found).to_have_text([EVIL])
    found.click()
    page.get_by_label("Value of colour").fill("navy")
    page.get_by_role("button", name="Save the attributes").click()
    expect(page.locator("#said")).to_have_text("The attributes are saved.")
    expect(page.get_by_label("Value of colour")).to_have_value("navy")
    page.get_by_label("Value of colour").fill(EVIL)
    page.get_by_role("button", name="Save the attributes").click()
    expect(page.locator("#said")).to_have_text("The attributes are saved.")


def test_a_document_is_opened_by_id_and_deleted(page: Page, server: ServerProcess) -> None:
    sent = [{"id": "short-lived", "title": "Soon gone"}]
    job = server.client.post("/v1/indexes/products/documents", json=sent).json()
    server.wait_for_job(job["id"])
    go(page, "#documents/products", "Documents")
    page.get_by_label("Open by id").fill("short-lived")
    page.keyboard.press("Enter")
    expect(page.locator("#section-title")).to_have_text("Soon gone")
    page.get_by_role("button", name="Delete this document").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the document").click()
    expect(page.locator("#section-title")).to_have_text("Documents")
    assert server.client.get("/v1/indexes/products/documents/short-lived").status_code == 404


def test_a_document_that_is_not_there_is_explained(page: Page) -> None:
    page.evaluate("() => { location.hash = '#documents/products/nowhere' }")
    expect(page.get_by_role("alert").filter(has_text="nowhere")).to_be_visible()


def test_models_say_what_they_take_and_how_fast_they_are(page: Page) -> None:
    go(page, "#models", "Models")
    model = page.get_by_role("article", name="Model pocket")
    expect(model.get_by_text("loaded", exact=True)).to_be_visible()
    expect(model.get_by_role("table", name="Steps of pocket")).to_contain_text("forward pass")


def test_a_query_is_taken_apart_stage_by_stage(page: Page, catalog: Path) -> None:
    go(page, "#inspect", "Query inspector")
    page.get_by_label("Words", exact=True).fill("a mug under $90")
    page.get_by_label("Picture").set_input_files(catalog / "queries" / "leopard-fur.jpg")
    page.get_by_label("Reranking").select_option("all")
    page.get_by_role("button", name="Run the query").click()
    understood = page.get_by_role("table", name="What was read off the words")
    expect(understood).to_contain_text("under $90")
    stages = page.get_by_role("table", name="Stages of reranking")
    expect(stages).to_contain_text("applied")
    expect(stages).to_contain_text("unavailable")
    expect(page.locator(".columns .column")).to_have_count(4)
    parts = page.get_by_role("table", name="Similarity of each part")
    expect(parts.get_by_role("columnheader", name="image (weight 1)")).to_be_visible()
