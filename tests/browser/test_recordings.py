"""A person searches with a sound and a clip, and plays the moments that are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NEEDED
from tests.browser.watched import watched
from tests.gateway.listening import CLIP, SOUND, listening
from tests.gateway.running_server import serving

PLAY = """async (film) => {
  film.muted = true;
  await film.play();
  return film.currentTime;
}"""
REACHED = """(film, moment) => new Promise((done) => {
  const look = () => (film.currentTime >= moment ? done(film.currentTime) : setTimeout(look, 50));
  look();
})"""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        listening(tmp_path_factory.mktemp("listening")) as (client, _),
        serving(client.app) as at,  # type: ignore[arg-type]
    ):
        yield at


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with watched(browser, address, expected=["422", "415"]) as opened:
        yield opened


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
    card = page.locator("#results .card[data-id]").first
    expect(card.locator("h2")).to_have_text(title)
    expect(page.locator(".chip-name")).to_have_text(name)
    expect(page.locator(".chip img")).to_have_attribute("src", re.compile("/thumbnail$"))
    expect(card.locator(".badge")).to_have_text(badge)
    expect(card.locator(".matched")).to_contain_text(matched)
    player = card.locator("video")
    at = player.evaluate(PLAY)
    assert at >= start_s
    page.get_by_role("button", name="Remove the").click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#results .card")).to_have_count(0)


def test_the_moments_of_a_video_are_played_from_inside_the_dialog(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "film.webm").write_bytes(CLIP)
    page.locator("#file").set_input_files(tmp_path / "film.webm")
    page.get_by_role("button", name="Why? What speaks for A film").click()
    moments = page.get_by_role("region", name="Moments found").get_by_role("button")
    expect(moments).to_have_text(["0:01", "0:02"])
    player = page.locator("#zoom-pane video")
    expect(player).to_have_attribute("src", re.compile("#t=1,2$"))
    player.evaluate("film => { film.muted = true; }")
    moments.nth(1).click()
    expect(player).to_have_attribute("src", re.compile("#t=2,3$"))
    assert player.evaluate(REACHED, 2) >= 2
    expect(page.get_by_role("button", name="Larger")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)


def test_a_page_of_a_file_is_named_and_shown(page: Page) -> None:
    page.get_by_role("searchbox").fill("paper")
    page.keyboard.press("Enter")
    card = page.locator("#results .card[data-id]").first
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
    expect(page.locator("#status.bad")).to_contain_text("cut.mp3: the recording")
