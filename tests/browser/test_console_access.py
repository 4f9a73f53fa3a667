"""Who may open the console, and that everybody can use it: by keyboard, small, bright or dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import open_to_axe, serious
from tests.browser.chromium import NEEDED
from tests.browser.console_server import REFUSED, desk_with
from tests.browser.watched import watched
from tests.integration.server_process import ServerProcess

KEY = "a-key-for-this-test-only-0123456789abcdef"
SECTIONS = [
    "overview", "indexes", "indexes/new", "indexes/products/rebuild", "import", "jobs", "queues",
    "documents/products", "documents/products/hostile-1", "models", "analytics", "experiments",
    "experiments/new", "evaluations", "inspect",
]  # fmt: skip
KEPT = (
    "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])"
)

pytestmark = NEEDED


@pytest.fixture(scope="module")
def guarded(catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with desk_with(tmp_path_factory.mktemp("guarded"), catalog, key=KEY) as process:
        yield process


def address(server: ServerProcess, section: str = "") -> str:
    return f"http://127.0.0.1:{server.port}/admin{section and f'#{section}'}"


def enter(page: Page, key: str = KEY) -> None:
    page.get_by_label("Admin API key").fill(key)
    page.keyboard.press("Enter")


def settled(page: Page) -> None:
    expect(page.locator("#view h1")).to_be_visible()
    expect(page.locator("#view .waiting")).to_have_count(0)


def test_a_key_is_asked_for_and_kept_in_memory_only(
    browser: Browser, guarded: ServerProcess
) -> None:
    with watched(browser, address(guarded, "jobs"), expected=REFUSED, name="console-key") as page:
        expect(page.get_by_label("Admin API key")).to_be_focused()
        expect(page.locator("#sections")).to_be_hidden()
        enter(page, "not-the-key-of-this-server-000000000")
        expect(page.locator("#gate-problem")).to_contain_text("key")
        enter(page)
        expect(page.locator("#section-title")).to_have_text("Jobs")
        assert KEY not in page.evaluate(KEPT)
        assert KEY not in page.content()
        page.get_by_role("button", name="Forget the key").click()
        expect(page.get_by_label("Admin API key")).to_be_visible()
        enter(page)
        settled(page)
        page.reload()
        expect(page.get_by_label("Admin API key")).to_be_visible()
        expect(page.get_by_label("Admin API key")).to_have_value("")


def test_a_key_without_the_scope_admin_does_not_open_it(
    browser: Browser, guarded: ServerProcess
) -> None:
    made = guarded.client.post("/v1/keys", json={"name": "reader", "scopes": ["search"]}).json()
    with watched(browser, address(guarded), expected=REFUSED) as page:
        enter(page, made["secret"])
        expect(page.locator("#gate-problem")).to_contain_text("the scope admin")
        expect(page.locator("#view")).to_be_hidden()


def test_a_key_that_is_revoked_meanwhile_closes_it(
    browser: Browser, guarded: ServerProcess
) -> None:
    made = guarded.client.post("/v1/keys", json={"name": "soon", "scopes": ["admin"]}).json()
    with watched(browser, address(guarded, "queues"), expected=REFUSED) as page:
        enter(page, made["secret"])
        settled(page)
        guarded.client.delete(f"/v1/keys/{made['id']}")
        expect(page.get_by_label("Admin API key")).to_be_visible()
        expect(page.locator("#view")).to_be_empty()


def test_progress_is_followed_with_the_key(browser: Browser, guarded: ServerProcess) -> None:
    jobs = guarded.client.get("/v1/jobs").json()["items"]
    with (
        watched(browser, address(guarded, f"jobs/{jobs[-1]['id']}"), expected=REFUSED) as page,
        page.expect_response("**/events") as streamed,
    ):
        enter(page)
        expect(page.get_by_text("36 of 36 done")).to_be_visible()
    assert streamed.value.status == 200


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_axe_has_no_serious_finding(
    browser: Browser, guarded: ServerProcess, size: str, scheme: str
) -> None:
    found = {}
    with open_to_axe(browser, address(guarded), size=size, scheme=scheme) as page:
        expect(page.get_by_label("Admin API key")).to_be_visible()
        found["gate"] = serious(page)
        enter(page)
        for section in SECTIONS:
            page.evaluate("at => { location.hash = at }", section)
            settled(page)
            found[section] = serious(page)
        page.get_by_label("Words", exact=True).fill("a mug")
        page.get_by_role("button", name="Run the query").click()
        expect(page.locator(".columns li").first).to_be_visible()
        found["inspected"] = serious(page)
    assert {section: bad for section, bad in found.items() if bad} == {}


@pytest.mark.parametrize(
    ("size", "scheme"), [("phone", "light"), ("desktop", "dark"), ("wide", "light")]
)
def test_nothing_overflows_in_any_section(
    browser: Browser, guarded: ServerProcess, size: str, scheme: str
) -> None:
    with watched(
        browser, address(guarded), size=size, scheme=scheme, still=True, expected=REFUSED
    ) as page:
        enter(page)
        for section in SECTIONS:
            page.evaluate("at => { location.hash = at }", section)
            settled(page)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, section
            beside = page.locator("#sections").bounding_box()
            assert beside is not None
            assert (beside["width"] > 300) == (size == "phone")  # a bar there, a column elsewhere


def test_everything_is_reached_with_the_keyboard_alone(
    browser: Browser, guarded: ServerProcess
) -> None:
    with watched(browser, address(guarded), expected=REFUSED) as page:
        expect(page.get_by_label("Admin API key")).to_be_focused()
        page.keyboard.type(KEY)
        page.keyboard.press("Enter")
        settled(page)
        tab_to(page, 'a[href="#indexes"]')
        page.keyboard.press("Enter")
        expect(page.locator("#section-title")).to_be_focused()
        settled(page)
        tab_to(page, ".index button.danger")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Type products to confirm")).to_be_focused()
        page.keyboard.type("produce")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(".index button.danger")).to_be_focused()


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until it is there; an element that cannot be reached fails the test."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_server_that_is_gone_is_said_with_another_try(
    browser: Browser, guarded: ServerProcess
) -> None:
    with watched(browser, address(guarded, "models"), expected=(*REFUSED, "ERR_FAILED")) as page:
        page.route("**/v1/models", lambda route: route.abort())
        enter(page)
        alert = page.get_by_role("alert").filter(has_text="does not answer")
        expect(alert).to_be_visible()
        page.unroute("**/v1/models")
        alert.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("article", name="Model pocket")).to_be_visible()


def test_the_policy_is_strict(guarded: ServerProcess) -> None:
    answer = guarded.client.get("/admin")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
