"""What is no whole, bounded picture is refused by reason, and nothing else ever comes out."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from services.core.errors import MargayError, MediaRefused
from services.core.media.images import NormalisedImage, as_shown, normalise
from services.core.settings import MediaLimits
from tests.core.media.pictures import encoded, gradient, huge_gif, huge_png, huge_webp

LIMITS = MediaLimits()
# Pillow warns of some broken files; an operator's log may show that, a caller never sees it.
pytestmark = pytest.mark.filterwarnings("ignore:::PIL")
SAMPLES = {
    "JPEG": encoded(gradient(), "JPEG"),
    "progressive JPEG": encoded(gradient(), "JPEG", progressive=True),
    "PNG": encoded(gradient(), "PNG"),
    "palette PNG": encoded(gradient().convert("P"), "PNG", transparency=3),
    "WEBP": encoded(gradient(), "WEBP"),
    "lossless WEBP": encoded(gradient(40, 30), "WEBP", lossless=True),
    "GIF": encoded(gradient(), "GIF"),
    "BMP": encoded(gradient(40, 30), "BMP"),
}
ANIMATION = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(0, 250, 25)]


def reason(data: bytes, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(MediaRefused) as caught:
        normalise(data, limits)
    return caught.value.reason


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.97])
def test_a_file_that_is_cut_off_is_refused_as_that(name: str, share: float) -> None:
    data = SAMPLES[name]
    assert reason(data[: max(30, int(len(data) * share))]) == "truncated"


def test_no_bytes_are_an_empty_file() -> None:
    assert reason(b"") == "empty_file"


def test_more_bytes_than_the_limit_are_refused_with_the_limit() -> None:
    limits = MediaLimits(max_image_bytes=2048)
    with pytest.raises(MediaRefused, match="2048") as caught:
        normalise(bytes(2049), limits)
    assert caught.value.reason == "too_many_bytes"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (encoded(gradient(), "TIFF"), "TIFF"),
        (encoded(gradient(), "AVIF"), "AVIF"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "SVG"),
        (b"\n <!DOCTYPE html><p>not found", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9", "something else"),
        (b"\x00", "something else"),
        (b"P6 1 1 255\nabc", "something else"),
    ],
)
def test_other_types_are_refused_by_content_and_named(data: bytes, named: str) -> None:
    with pytest.raises(MediaRefused, match=named) as caught:
        normalise(data, LIMITS)
    assert caught.value.reason == "unsupported_type"


@pytest.mark.parametrize(
    "data", [huge_png(60_000, 60_000), huge_webp(16_000, 16_000), huge_gif(60_000, 60_000)]
)
def test_a_bomb_is_refused_before_it_is_unpacked(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert reason(data) == "too_many_pixels"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_pixel_limit_counts_the_picture_not_what_is_kept_of_it() -> None:
    data = encoded(Image.new("RGB", (200, 100)), "JPEG")
    assert normalise(data, MediaLimits(max_image_pixels=20_000)).width == 200
    assert reason(data, MediaLimits(max_image_pixels=19_999)) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_frame_limit_is_exact(kind: str) -> None:
    data = encoded(ANIMATION[0], kind, save_all=True, append_images=ANIMATION[1:])
    assert normalise(data, MediaLimits(max_image_frames=10)).width == 8
    assert reason(data, MediaLimits(max_image_frames=9)) == "too_many_frames"


def test_a_gif_of_a_million_frames_is_not_counted_to_its_end() -> None:
    assert reason(huge_gif(1, 1, frames=1_000_000)) == "too_many_frames"


def test_a_jpeg_that_is_painted_over_and_over_is_refused() -> None:
    data = SAMPLES["progressive JPEG"]
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert reason(data[:-2] + scan * 100 + data[-2:]) == "too_many_scans"


@pytest.mark.parametrize(
    "data",
    [
        SAMPLES["PNG"][:40] + b"\xff" * 40 + SAMPLES["PNG"][80:],
        SAMPLES["WEBP"][:30] + b"\xff" * 40 + SAMPLES["WEBP"][70:],
        b"\xff\xd8\xff\xe0" + bytes(64),
    ],
)
def test_garbage_inside_a_picture_makes_it_corrupt(data: bytes) -> None:
    assert reason(data) in ("corrupt_image", "truncated")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg/>",
        encoded(gradient(), "TIFF"),
        huge_png(60_000, 60_000),
        huge_webp(16_000, 16_000),
        huge_gif(1, 1, frames=501),
        SAMPLES["WEBP"][:-9],
    ],
)
def test_a_check_without_decoding_refuses_for_the_same_reason(data: bytes) -> None:
    with pytest.raises(MediaRefused) as caught:
        as_shown(data, LIMITS)
    assert caught.value.reason == reason(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_whole_picture_passes_undecoded_unless_decoders_may_differ(name: str) -> None:
    shown = as_shown(SAMPLES[name], LIMITS)
    assert (shown == SAMPLES[name]) == (name not in ("palette PNG", "GIF"))


def fits(data: bytes) -> bool:
    """Normalise, allowing for refusals of our family only; tell whether it was a picture."""
    try:
        result = normalise(data, MediaLimits(max_image_pixels=300_000))
    except MargayError:
        return False
    assert isinstance(result, NormalisedImage)
    assert max(result.width, result.height) <= 1024
    return True


@given(st.binary(max_size=200), st.sampled_from([b"", *(s[:32] for s in SAMPLES.values())]))
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_are_a_picture_or_refused(tail: bytes, head: bytes) -> None:
    fits(head + tail)


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_pictures_with_changed_bytes_are_pictures_or_refused(
    name: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(SAMPLES[name])
    for share, value in changes:
        data[int(share * (len(data) - 1))] = value
    fits(bytes(data))


@pytest.mark.parametrize("name", SAMPLES)
def test_pictures_with_changed_headers_are_pictures_or_refused(name: str) -> None:
    dice = random.Random(7)
    for _ in range(60):
        data = bytearray(SAMPLES[name])
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(min(120, len(data)))] = dice.choice(
                (0, 1, 255, dice.randrange(256))
            )
        fits(bytes(data))
    assert fits(SAMPLES[name])
