"""A person searches with a sound and a clip, and plays the moments that are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import CHROMIUM, FLAGS, NEEDED
from tests.gateway.listening import CLIP, SOUND, listening
from tests.gateway.running_server import serving

PLAY = """async (film) => {
  film.muted = true;
  await film.play();
  return film.currentTime;
}"""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with (
        listening(tmp_path_factory.mktemp("listening")) as (client, _),
        serving(client.app) as address,  # type: ignore[arg-type]
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
    ):
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        troubles: list[str] = []
        opened.on("console", lambda said: troubles.append(said.text) if said.type == "error" else 0)
        opened.goto(address)
        yield opened
        # A violated content policy shows up here; a refusal that the page explains is no trouble.
        assert [text for text in troubles if "422" not in text] == []


@pytest.mark.parametrize(
    ("name", "data", "title", "badge", "matched", "start_s"),
    [
        ("bell.wav", SOUND, "A bell", "from 0:00", "by its sound", 0.5),
        ("film.webm", CLIP, "A film", "from 0:01", "by its video", 1.0),
    ],
)
def test_a_recording_finds_its_moment_which_plays_from_there(
    page: Page,
    tmp_path: Path,
    name: str,
    data: bytes,
    title: str,
    badge: str,
    matched: str,
    start_s: float,
) -> None:
    (tmp_path / name).write_bytes(data)
    page.locator("#file").set_input_files(tmp_path / name)
    card = page.locator("#results .card").first
    expect(card.locator("h2")).to_have_text(title)
    expect(page.locator("#medium-name")).to_have_text(name)
    expect(page.locator("#medium-icon")).to_be_visible()
    expect(card.locator(".badge")).to_have_text(badge)
    expect(card.locator(".matched")).to_have_text(matched)
    player = card.locator("video")
    at = player.evaluate(PLAY)
    assert at >= start_s
    page.get_by_role("button", name="Remove the").click()
    expect(page.locator("#medium")).to_be_hidden()
    expect(page.locator("#results .card")).to_have_count(0)


def test_a_page_of_a_file_is_named_and_shown(page: Page) -> None:
    page.get_by_role("searchbox").fill("paper")
    page.keyboard.press("Enter")
    card = page.locator("#results .card").first
    expect(card.locator("h2")).to_have_text("A paper")
    expect(card.locator(".badge")).to_have_text("page 3")
    picture = card.locator("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_what_is_no_medium_is_said_and_what_is_damaged_is_explained(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("words")
    page.locator("#file").set_input_files(tmp_path / "notes.txt")
    expect(page.locator("#status.bad")).to_contain_text("no picture, sound or video")
    (tmp_path / "cut.mp3").write_bytes(b"ID3" + bytes(40))
    page.locator("#file").set_input_files(tmp_path / "cut.mp3")
    expect(page.locator("#status.bad")).to_contain_text("audio")
