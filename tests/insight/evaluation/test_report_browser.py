"""The saved page in a browser: nothing is blocked, missing, too wide or hard to read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from services.insight.evaluation.report_html import Pictures, render, wanted
from tests.browser.chromium import CHROMIUM, FLAGS, NEEDED
from tests.insight.evaluation.whole import whole_report

pytestmark = NEEDED
UNSEEN = "[...document.images].filter(one => !one.naturalWidth).length"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    Image.new("RGB", (120, 90), "teal").save(folder / "one.jpg")
    picture = (folder / "one.jpg").read_bytes()
    asked = wanted(whole_report())
    pictures = Pictures(
        dict.fromkeys(asked.queries, picture), dict.fromkeys(asked.documents, picture)
    )
    path = folder / "report.html"
    path.write_text(render(whole_report(), pictures), "utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_it_is_whole_readable_and_never_wider_than_the_screen(
    browser: Browser, saved: Path, width: int, scheme: str
) -> None:
    said: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda sent: said.append(sent.url) if "://" in sent.url else None)
    page.goto(saved.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(UNSEEN) == 0
    assert said == [saved.as_uri()]  # the page itself, and no complaint of the policy's
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_has_no_serious_finding(browser: Browser, saved: Path, width: int, scheme: str) -> None:
    # The policy is lifted here only, for axe itself to be let in; that of the page stays in force
    # for whoever opens it.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(saved.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = Axe().run(page).response["violations"]
    context.close()
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in bad] == []
