"""An operator compares configurations, runs an experiment, and reads what people clicked."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import open_to_axe, serious
from tests.browser.chromium import NEEDED
from tests.browser.console_server import REFUSED, desk_with
from tests.browser.learning_server import teach
from tests.browser.watched import watched
from tests.integration.server_process import ServerProcess

WAIT_MS = 40_000
SECTIONS = [
    "analytics?by=position", "configurations", "experiments", "experiments/new",
    "experiments/words-first", "evaluations",
]  # fmt: skip

pytestmark = NEEDED


@pytest.fixture(scope="module")
def taught(catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with desk_with(tmp_path_factory.mktemp("taught"), catalog) as process:
        teach(process)
        yield process


@pytest.fixture
def page(browser: Browser, taught: ServerProcess, request: pytest.FixtureRequest) -> Iterator[Page]:
    address = f"http://127.0.0.1:{taught.port}/admin"
    with watched(
        browser, address, expected=(*REFUSED, "status of 409"), name=request.node.originalname
    ) as opened:
        yield opened
        assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert opened.evaluate("window.harmed") is None


def go(page: Page, section: str, title: str | re.Pattern[str]) -> None:
    page.evaluate("at => { location.hash = at }", section)
    expect(page.locator("#section-title")).to_have_text(title)


def test_clicks_are_told_apart_by_kind_position_and_category(page: Page) -> None:
    go(page, "#analytics", "Analytics")
    clicks = page.get_by_role("region", name="Clicks", exact=True)
    row = clicks.get_by_role("table").get_by_role("row").filter(has_text="text")
    expect(row.get_by_role("img", name="Clicks of what was seen").first).to_be_visible()
    expect(row.get_by_role("cell").nth(1)).to_have_text("24")
    page.get_by_label("Told apart by").select_option("position")
    expect(clicks.get_by_role("row")).to_have_count(9)  # eight were seen
    page.get_by_label("Told apart by").select_option("category")
    page.get_by_label("Attribute").select_option("colour")
    expect(clicks.get_by_role("table", name="Clicks by category")).to_be_visible()
    words = page.get_by_role("region", name="What is searched for")
    expect(words.get_by_role("cell", name="<b>")).to_be_visible()
    assert "by=category" in page.url


def test_before_anything_was_learned_it_is_said_when_clicks_are_looked_at(page: Page) -> None:
    go(page, "#analytics", "Analytics")
    learned = page.get_by_role("region", name="What clicks taught")
    expect(learned).to_contain_text("Clicks are looked at each hour")
    expect(learned).not_to_contain_text("Learned")
    wanted = page.get_by_role("region", name="What is searched for")
    widths = [each.bounding_box() or {"width": 0} for each in (wanted, learned)]
    if page.viewport_size and page.viewport_size["width"] > 1200:
        assert widths[0]["width"] > 1.2 * widths[1]["width"]


def test_a_wrong_name_is_explained_where_it_is_typed(page: Page) -> None:
    shape = "It must be 1-64 small letters, digits, '.', '_' or '-'"
    go(page, "#configurations", "Configurations")
    name = page.get_by_label("Name", exact=True)
    name.fill("Half")
    page.get_by_role("button", name="Save it").click()
    assert str(name.evaluate("field => field.validationMessage")).startswith(shape)
    expect(page.get_by_role("article", name="Configuration Half")).to_have_count(0)
    name.fill("half")
    assert name.evaluate("field => field.validationMessage") == ""
    go(page, "#experiments/new", "New experiment")
    name = page.get_by_label("Name of the variant").first
    name.fill("Old way")
    assert str(name.evaluate("field => field.validationMessage")).startswith(shape)


def test_a_configuration_is_saved_replaced_and_deleted(page: Page) -> None:
    go(page, "#configurations", "Configurations")
    for share in ("0.25", "0.75"):
        page.get_by_label("Name", exact=True).fill("half")
        page.get_by_label("Share of the words' ranking").fill(share)
        page.get_by_label("Reranking").select_option("signals")
        page.get_by_role("button", name="Save it").click()
        card = page.get_by_role("article", name="Configuration half")
        expect(card).to_contain_text(f'"lexical":{share}')
    expect(card).to_contain_text("out_of_stock_last")
    page.get_by_label("Name", exact=True).fill("default")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("alert").filter(has_text="default")).to_be_visible()
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(card).to_have_count(0)


def test_an_experiment_is_reckoned_drafted_started_stopped_and_deleted(page: Page) -> None:
    go(page, "#experiments", "Experiments")
    page.get_by_role("link", name="New experiment").click()
    page.get_by_label("Name", exact=True).fill("by-pictures")
    page.get_by_label("Configuration of treatment").select_option("pictures")
    page.get_by_label("New clients a day").fill("5000")
    page.get_by_role("button", name="Reckon the size").click()
    expect(page.locator("#view [role=status]")).to_contain_text("days")
    expect(page.get_by_label("Planned size of a variant")).not_to_have_value("")
    page.get_by_label("Clients that take part (%)").fill("10")
    page.get_by_label("Layer").fill("second")
    page.get_by_role("button", name="Draft it").click()
    expect(page.locator("#section-title")).to_have_text("by-pictures")
    expect(page.get_by_text("10 % of the clients, layer second")).to_be_visible()
    dialog = page.get_by_role("dialog")
    for verb, state in (("Start", "running"), ("Stop", "stopped")):
        page.get_by_role("button", name=verb).click()
        dialog.get_by_role("button", name=f"{verb} it").click()
        expect(page.locator("#view .badge").first).to_have_text(state)
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Type by-pictures to confirm").fill("by-pictures")
    page.keyboard.press("Enter")
    expect(page.locator("#section-title")).to_have_text("Experiments")
    expect(page.get_by_role("link", name="by-pictures")).to_have_count(0)


def test_an_experiment_without_free_clients_is_not_started_and_says_why(
    page: Page, taught: ServerProcess
) -> None:
    late = {
        "name": "late",
        "index": "products",
        "variants": [{"name": "control"}, {"name": "words", "configuration": "words"}],
    }
    taught.client.post("/v1/experiments", json=late).raise_for_status()
    try:
        go(page, "#experiments/late", "late")
        page.get_by_role("button", name="Start").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Start it").click()
        expect(dialog.get_by_role("alert")).to_contain_text("words-first")
    finally:
        taught.client.delete("/v1/experiments/late")


def test_a_refused_experiment_keeps_the_form_and_says_why(page: Page) -> None:
    go(page, "#experiments/new", "New experiment")
    page.get_by_label("Name", exact=True).fill("words-first")
    page.get_by_role("button", name="Draft it").click()
    expect(page.get_by_role("alert").filter(has_text="words-first")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("words-first")


def test_a_report_shows_effects_with_their_intervals(page: Page) -> None:
    go(page, "#experiments/words-first", "words-first")
    page.get_by_role("button", name="Make a report now").click()
    had = page.get_by_role("table", name="What each variant had")
    expect(had.get_by_role("row")).to_have_count(3, timeout=WAIT_MS)
    effects = page.get_by_role("table", name="Effects with their intervals")
    expect(effects.get_by_role("img", name=re.compile("between")).first).to_be_visible()
    expect(page.get_by_role("progressbar", name="Share of the planned size")).to_be_visible()


def test_where_it_differs_has_the_ends_of_its_intervals_as_text(
    page: Page, taught: ServerProcess
) -> None:
    path = "/v1/experiments/words-first/report"
    taught.client.post(path).raise_for_status()
    deadline = time.monotonic() + WAIT_MS / 1000
    while (answer := taught.client.get(path)).status_code == 404:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # So few clients make no bucket of their own: the effect of all stands for one.
    made = answer.json()
    bucket = {"dimension": "device", "value": "phone", "variant": "words", "significant": False}
    made["report"]["buckets"] = [bucket | {"effect": made["report"]["comparisons"][0]["effect"]}]
    page.route(f"**{path}", lambda route: route.fulfill(json=made))
    go(page, "#experiments/words-first", "words-first")
    phone = page.get_by_role("table", name="By bucket").get_by_role("row").nth(1)
    ends = re.compile(r"[0-9.]+ to [+−]?[0-9.]+ (points|%)")
    expect(phone.get_by_role("cell").nth(4)).to_contain_text(ends)


def test_configurations_are_compared_on_judged_queries(page: Page) -> None:
    go(page, "#evaluations", "Evaluations")
    page.get_by_label("words", exact=True).check()
    page.get_by_label("pictures", exact=True).check()
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("#section-title")).to_have_text("Evaluation on spring")
    quality = page.get_by_role("table", name="Quality of each configuration")
    expect(quality.get_by_role("row")).to_have_count(4, timeout=WAIT_MS)
    heads = quality.get_by_role("columnheader")
    expect(heads.filter(has_text="nDCG@10")).to_have_count(1)
    expect(page.get_by_role("table", name="Differences")).to_contain_text("words beside default")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the whole report").click()
    assert "<html" in saved.value.path().read_text("utf-8")[:200]
    with page.expect_popup() as opened:
        page.get_by_role("link", name="The whole report").click()
    expect(opened.value.locator("h1").first).to_be_visible()
    opened.value.close()
    page.get_by_role("link", name="All evaluations").click()
    expect(page.get_by_role("cell", name="pictures and words against default")).to_be_visible()
    page.get_by_role("link", name="spring").first.click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.locator("#section-title")).to_have_text("Evaluations")


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_axe_has_no_serious_finding_and_nothing_overflows(
    browser: Browser, taught: ServerProcess, size: str, scheme: str
) -> None:
    found = {}
    address = f"http://127.0.0.1:{taught.port}/admin"
    with open_to_axe(browser, address, size=size, scheme=scheme) as page:
        for section in SECTIONS:
            page.evaluate("at => { location.hash = at }", f"#{section}")
            expect(page.locator("#view h1")).to_be_visible()
            expect(page.locator("#view .waiting")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, section
            found[section] = serious(page)
    assert {section: bad for section, bad in found.items() if bad} == {}
