"""What is seen and opened is told to the server once; nothing where someone does not want it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.browser.chromium import NEEDED
from tests.browser.conftest import Opener

pytestmark = NEEDED
SHOWN = "#results .card[data-id]"
SWITCH = "Count what is seen and opened here"
Told = list[dict[str, Any]]
VISIBLE = """() => [...document.querySelectorAll("#results .card")].filter((card) => {
  const { top, bottom, height } = card.getBoundingClientRect();
  return (Math.min(bottom, innerHeight) - Math.max(top, 0)) / height >= 0.5;
}).map((card) => card.dataset.id)"""
ASK_NOT_TO = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })"


@contextmanager
def told_by(page: Page) -> Iterator[Told]:
    """Collect the events that the page sends, and hold that the server takes all of them."""
    events: Told = []
    statuses: list[int] = []

    def note(request: Request) -> None:
        if request.url.endswith("/v1/events"):
            events.extend(request.post_data_json["events"])

    page.on("request", note)
    page.on(
        "response",
        lambda answer: statuses.append(answer.status) if "/v1/events" in answer.url else None,
    )
    yield events
    assert set(statuses) <= {200}


def is_main(request: Request) -> bool:
    """Whether it is a search whose hits somebody looks at."""
    return request.url.endswith("/search") and request.post_data_json.get("log", True)


def leave(page: Page) -> None:
    """As if the tab were put away: what waits is sent."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
          delete document.hidden;
        }"""
    )


def test_what_is_seen_is_told_once_with_its_query_and_place(visit: Opener) -> None:
    with visit() as page, told_by(page) as events:
        page.get_by_role("searchbox").fill("a mug")
        with page.expect_response(lambda one: is_main(one.request)) as answered:
            page.keyboard.press("Enter")
        answer = answered.value.json()
        ranks = {hit["id"]: hit["rank"] for hit in answer["hits"]}
        with page.expect_request("**/v1/events"):
            expect(page.locator(SHOWN).first).to_be_visible()
        seen = page.evaluate(VISIBLE)
        assert {each["object_id"] for each in events} <= set(seen) < set(ranks)
        page.evaluate("scrollTo(0, 3000)")
        page.evaluate("scrollTo(0, 0)")
        leave(page)
        impressions = [each for each in events if each["action_name"] == "impression"]
        assert {each["query_id"] for each in impressions} == {answer["query_id"]}
        assert all(ranks[each["object_id"]] == each["position"] for each in impressions)
        ids = [each["object_id"] for each in impressions]
        assert set(seen) <= set(ids)
        assert len(ids) == len(set(ids))
        assert len({each["client_id"] for each in impressions}) == 1
        asked = answered.value.request.post_data_json
        assert asked["client_id"] == impressions[0]["client_id"]


def test_what_is_opened_is_a_click_and_asking_why_is_none(visit: Opener) -> None:
    with visit("/?q=a+mug") as page, told_by(page) as events:
        second = page.locator(SHOWN).nth(1)
        identity = second.get_attribute("data-id")
        page.get_by_role("button", name="Why?").first.click()
        page.keyboard.press("Escape")
        for _ in range(2):
            second.locator(".open").click()
            page.keyboard.press("Escape")
        leave(page)
        clicks = [each for each in events if each["action_name"] == "click"]
        assert [(each["object_id"], each["position"]) for each in clicks] == [(identity, 2)]


def test_another_order_is_another_answer(visit: Opener) -> None:
    with visit("/?q=a+mug&rerank=1") as page, told_by(page) as events:
        expect(page.locator("#status")).to_contain_text("Reranked")
        page.locator(f"{SHOWN} .open").first.click()
        page.keyboard.press("Escape")
        leave(page)
        (click,) = [each for each in events if each["action_name"] == "click"]
        assert click["position"] == 1
        assert click["object_id"] == page.locator(SHOWN).first.get_attribute("data-id")


def test_a_search_that_is_reranked_is_logged_once(visit: Opener) -> None:
    with visit() as page:
        asked: list[dict[str, Any]] = []
        page.on("request", lambda one: asked.append(one.post_data_json) if is_main(one) else None)
        page.get_by_role("searchbox").fill("a mug")
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_contain_text("24 results so far")
        page.get_by_role("switch", name="Rerank").check()
        expect(page.locator("#status")).to_contain_text("Reranked")
        assert len(asked) == 2
        assert asked[1]["rerank"]


def test_who_does_not_want_it_is_not_counted_and_their_number_forgotten(visit: Opener) -> None:
    with visit() as page, told_by(page) as events:
        switch = page.get_by_role("switch", name=SWITCH)
        expect(switch).to_be_checked()
        before = page.evaluate("localStorage.getItem('client')")
        assert len(before) == 32
        switch.focus()
        page.keyboard.press("Space")
        page.reload()
        expect(switch).not_to_be_checked()
        page.get_by_role("searchbox").fill("a mug")
        with page.expect_request(is_main) as asked:
            page.keyboard.press("Enter")
        page.locator(f"{SHOWN} .open").first.click()
        page.keyboard.press("Escape")
        leave(page)
        assert "client_id" not in asked.value.post_data_json
        assert events == []
        assert not page.evaluate("localStorage.getItem('client')")
        switch.check()
        assert page.evaluate("localStorage.getItem('client')") != before


def test_a_browser_that_asks_for_privacy_is_not_counted(visit: Opener) -> None:
    with visit() as page, told_by(page) as events:
        page.add_init_script(ASK_NOT_TO)
        page.goto(page.url + "?q=a+mug")
        expect(page.get_by_text("Your browser asks that nothing be counted")).to_be_visible()
        expect(page.get_by_role("switch", name=SWITCH)).to_have_count(0)
        expect(page.locator("#counted-note")).to_be_hidden()
        page.locator(f"{SHOWN} .open").first.click()
        leave(page)
        assert events == []
        assert not page.evaluate("localStorage.getItem('client')")


def test_counts_for_filters_are_not_logged_as_searches(visit: Opener) -> None:
    with visit() as page:
        asked: list[dict[str, Any]] = []
        page.on(
            "request",
            lambda one: asked.append(one.post_data_json) if one.url.endswith("/search") else None,
        )
        page.get_by_role("searchbox").fill("a mug")
        page.keyboard.press("Enter")
        expect(page.locator("#filters fieldset").first).to_be_visible()
        logged = [each for each in asked if each.get("log", True)]
        assert len(logged) == 1
        assert "facets" not in logged[0]
