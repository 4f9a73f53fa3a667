"""Films give evenly spread, upright pictures, or a reason why not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models import film, recording
from models.base import UnreadableMedia
from tests.models import recordings

PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
REASONS = {
    "empty", "unknown_format", "too_long", "too_many_streams", "no_sound", "no_pictures",
    "too_many_pixels", "damaged",
}  # fmt: skip
FORMATS = ("mp4", "webm")
FOUR = ("red", "green", "blue", "black")
FILMS = {format: recordings.film(4.0, colours=FOUR, format=format) for format in FORMATS}


def colour(picture: Image.Image) -> str:
    """The nearest named colour of the lower half."""
    pixel = picture.getpixel((picture.width // 2, picture.height - 4))
    distances = {
        name: sum((a - b) ** 2 for a, b in zip(pixel, known, strict=True))
        for name, known in recordings.COLOURS.items()
    }
    return min(distances, key=distances.__getitem__)


@pytest.mark.parametrize("format", FORMATS)
def test_pictures_are_spread_evenly(format: str) -> None:
    pictures = film.frames(FILMS[format], count=4)
    assert [colour(picture) for picture in pictures] == list(FOUR)
    assert {(picture.size, picture.mode) for picture in pictures} == {((64, 48), "RGB")}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("range_s", "expected"),
    [
        ((1.0, 3.0), ["green", "blue"]),
        ((2.0, 2.5), ["blue", "blue"]),
        ((3.5, 99.0), ["black", "black"]),
        ((0.0, 2.0), ["red", "green"]),
    ],
)
def test_only_the_range_is_looked_at(
    format: str, range_s: tuple[float, float], expected: list[str]
) -> None:
    pictures = film.frames(FILMS[format], count=2, start_s=range_s[0], end_s=range_s[1])
    assert [colour(picture) for picture in pictures] == expected


def test_wide_gaps_are_jumped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "RESEEK_S", 0.5)
    assert [colour(each) for each in film.frames(FILMS["mp4"], count=4)] == list(FOUR)


def test_a_film_with_one_keyframe_is_looked_at_too() -> None:
    data = recordings.film(4.0, colours=FOUR, keyframes_s=60)
    assert [colour(each) for each in film.frames(data, count=2, start_s=2.0)] == ["blue", "black"]


def test_few_pictures_are_repeated() -> None:
    assert len(film.frames(recordings.film(0.1, colours=("red",)), count=6)) == 6


@pytest.mark.parametrize(
    ("matrix", "size", "white"),
    [
        ((1, 0, 0, 1), (64, 48), (32, 2)),
        ((0, 1, -1, 0), (48, 64), (45, 32)),
        ((-1, 0, 0, -1), (64, 48), (32, 45)),
        ((0, -1, 1, 0), (48, 64), (2, 32)),
        ((1, 0, 0, -1), (64, 48), (32, 45)),
    ],
    ids=["upright", "quarter right", "upside down", "quarter left", "mirrored"],
)
def test_films_are_turned_upright(
    matrix: tuple[int, int, int, int], size: tuple[int, int], white: tuple[int, int]
) -> None:
    turned = recordings.turned(recordings.film(0.5, colours=("blue",)), matrix)
    picture = film.frames(turned, count=1)[0]
    assert picture.size == size
    assert min(picture.getpixel(white)) > 240
    assert colour(film.frames(FILMS["mp4"], count=1)[0]) == "blue"


@pytest.mark.parametrize(
    ("range_s", "covered_s"), [((0.0, None), 4.0), ((3.0, None), 1.0), ((3.5, 9.0), 0.5)]
)
def test_the_length_of_a_range_is_known(
    range_s: tuple[float, float | None], covered_s: float
) -> None:
    length_s = film.length_s(FILMS["mp4"], start_s=range_s[0], end_s=range_s[1])
    assert length_s == pytest.approx(covered_s, abs=0.05)


@pytest.mark.parametrize("format", FORMATS)
def test_pictures_that_begin_after_the_sound_are_found_where_they_are(format: str) -> None:
    data = recordings.film(3.0, begins_s=5.0, sound_s=8.0, format=format)
    assert film.length_s(data) == pytest.approx(8.0, abs=0.1)
    pictures = film.frames(data, count=2, start_s=5.0, end_s=8.0)
    assert [colour(each) for each in pictures] == ["red", "blue"]


def test_no_more_pixels_than_twice_the_need() -> None:
    data = recordings.film(0.5, size=(320, 240))
    assert film.frames(data, count=1, enough=60)[0].size == (160, 120)
    assert film.frames(data, count=1, enough=200)[0].size == (320, 240)


@pytest.mark.parametrize(
    ("data", "range_s", "reason"),
    [
        (b"", (0.0, None), "empty"),
        (b"\x00\x00\x00 ftypisom", (0.0, None), "damaged"),
        (PLAYLIST, (0.0, None), "unknown_format"),
        (recordings.sound(0.5), (0.0, None), "no_pictures"),
        (FILMS["mp4"], (4.5, 5.0), "no_pictures"),
        (FILMS["mp4"], (0.0, 700.0), "too_long"),
        (FILMS["webm"][:400], (0.0, None), "damaged"),
    ],
    ids=["empty", "head only", "playlist", "a sound", "after the end", "too long", "cut"],
)  # fmt: skip
def test_refuses_with_a_reason(data: bytes, range_s: tuple[float, float], reason: str) -> None:
    with pytest.raises(UnreadableMedia) as caught:
        film.frames(data, count=2, start_s=range_s[0], end_s=range_s[1])
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [("MAX_PIXELS", 64 * 48 - 1, "too_many_pixels"), ("MAX_STREAMS", 1, "too_many_streams")],
)
def test_keeps_the_limits(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, reason: str
) -> None:
    monkeypatch.setattr(recording, limit, value)
    with pytest.raises(UnreadableMedia) as caught:
        film.frames(FILMS["mp4"], count=1)
    assert caught.value.reason == reason


def test_too_many_pictures_to_decode_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "MAX_DECODED", 5)
    with pytest.raises(UnreadableMedia) as caught:
        film.frames(FILMS["mp4"], count=2)
    assert caught.value.reason == "too_long"


def test_asks_for_a_sane_number_of_pictures() -> None:
    with pytest.raises(ValueError, match="count: 65"):
        film.frames(FILMS["mp4"], count=65)


@settings(max_examples=60, deadline=None)
@given(
    format=st.sampled_from(FORMATS),
    kept=st.floats(0, 1),
    at=st.floats(0, 1),
    noise=st.binary(max_size=64),
)
def test_broken_bytes_give_pictures_or_our_error(
    format: str, kept: float, at: float, noise: bytes
) -> None:
    whole = FILMS[format]
    start = round(at * len(whole))
    broken = (whole[:start] + noise + whole[start + len(noise) :])[: round(kept * len(whole))]
    try:
        pictures = film.frames(broken, count=3, start_s=0.5, end_s=3.0)
    except UnreadableMedia as error:
        assert error.reason in REASONS  # noqa: PT017 - one of two good outcomes
    else:
        assert [picture.mode for picture in pictures] == ["RGB"] * 3
