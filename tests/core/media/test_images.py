"""Pictures come out upright, bounded, in sRGB and without metadata, whatever they were."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from services.core.media.images import as_shown, normalise
from services.core.settings import MediaLimits
from tests.core.media.pictures import (
    QUADRANTS,
    decoded,
    encoded,
    exif_orientation,
    gradient,
    near,
    quadrants,
)

LIMITS = MediaLimits()
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
TURNS = {
    1: (0, 1, 2, 3),
    2: (1, 0, 3, 2),
    3: (3, 2, 1, 0),
    4: (2, 3, 0, 1),
    5: (0, 2, 1, 3),
    6: (2, 0, 3, 1),
    7: (3, 1, 2, 0),
    8: (1, 3, 0, 2),
}
"""Which quadrant of the stored picture is seen top left, top right, bottom left, bottom right."""


def corners(image: Image.Image) -> list[object]:
    width, height = image.size
    return [
        image.getpixel((x, y)) for y in (height // 4, 3 * height // 4)
        for x in (width // 4, 3 * width // 4)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_accepted_type_comes_out_as_the_same_picture(kind: str) -> None:
    data = encoded(quadrants(), kind)
    result = normalise(data, LIMITS)
    assert result.content_type == "image/jpeg"
    assert (result.width, result.height) == (96, 64) == decoded(result.full).size
    assert result.sha256_of_input == hashlib.sha256(data).hexdigest()
    for part in (result.full, result.thumbnail):
        shown = corners(decoded(part))
        assert all(near(got, want) for got, want in zip(shown, QUADRANTS, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_input_gives_the_same_bytes(kind: str) -> None:
    data = encoded(gradient(), kind)
    assert normalise(data, LIMITS) == normalise(data, LIMITS)


@pytest.mark.parametrize(
    ("size", "full", "small"),
    [
        ((2000, 1000), (1024, 512), (384, 192)),
        ((1000, 2000), (512, 1024), (192, 384)),
        ((320, 200), (320, 200), (320, 200)),
        ((1, 1), (1, 1), (1, 1)),
        ((9000, 3), (1024, 1), (384, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_scaled_down_and_never_up(
    kind: str, size: tuple[int, int], full: tuple[int, int], small: tuple[int, int]
) -> None:
    result = normalise(encoded(Image.new("RGB", size, "teal"), kind), LIMITS)
    assert (result.width, result.height) == decoded(result.full).size == full
    assert decoded(result.thumbnail).size == small


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turn", sorted(TURNS))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright(kind: str, turn: int, order: str) -> None:
    data = encoded(quadrants(), kind, exif=exif_orientation(turn, order))
    result = normalise(data, LIMITS)
    assert (result.width, result.height) == ((96, 64) if turn < 5 else (64, 96))
    wanted = [QUADRANTS[place] for place in TURNS[turn]]
    shown = corners(decoded(result.full))
    assert all(near(got, want) for got, want in zip(shown, wanted, strict=True))


@pytest.mark.parametrize("exif", [exif_orientation(0), exif_orientation(9), b"Exif\0\0II*\0\xff"])
def test_senseless_orientation_is_ignored(exif: bytes) -> None:
    result = normalise(encoded(quadrants(), "WEBP", exif=exif), LIMITS)
    assert (result.width, result.height) == (96, 64)


def test_no_metadata_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret description"
    exif.get_ifd(0x8825)[1] = "N"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a secret comment")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta>a secret packet</x:xmpmeta>"
    for data in (
        encoded(gradient(), "JPEG", exif=exif, comment=b"a secret note", icc_profile=srgb, xmp=xmp),
        encoded(gradient(), "PNG", exif=exif, pnginfo=text, icc_profile=srgb),
        encoded(gradient(), "WEBP", exif=exif, icc_profile=srgb, xmp=xmp),
        encoded(gradient(), "GIF", comment=b"a secret note"),
    ):
        result = normalise(data, LIMITS)
        for part in (result.full, result.thumbnail):
            assert b"secret" not in part
            assert b"Exif" not in part
            assert set(decoded(part).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_see_through_stands_on_white(mode: str) -> None:
    image = Image.new(mode, (40, 20), 0)
    image.paste((0, 255) if mode == "LA" else (0, 0, 0, 255), (0, 0, 20, 20))
    shown = decoded(normalise(encoded(image, "PNG"), LIMITS).full)
    assert near(shown.getpixel((5, 10)), (0, 0, 0))
    assert near(shown.getpixel((35, 10)), (255, 255, 255))


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_see_through_entry_of_a_palette_stands_on_white(kind: str) -> None:
    image = Image.new("P", (40, 20), 1)
    image.putpalette([0, 0, 0, 0, 0, 200])
    image.paste(0, (20, 0, 40, 20))
    shown = decoded(normalise(encoded(image, kind, transparency=0), LIMITS).full)
    assert near(shown.getpixel((5, 10)), (0, 0, 200), within=20)
    assert near(shown.getpixel((35, 10)), (255, 255, 255), within=20)


def test_see_through_edges_do_not_darken_when_scaled() -> None:
    image = Image.new("RGBA", (2048, 64), (0, 0, 0, 0))
    for x in range(0, 2048, 2):
        image.paste((255, 255, 255, 255), (x, 0, x + 1, 64))
    shown = decoded(normalise(encoded(image, "PNG"), LIMITS).full)
    assert shown.convert("L").getextrema()[0] > 245


@pytest.mark.parametrize(
    ("image", "grey"),
    [
        (Image.new("1", (9, 9), 1), 255),
        (Image.new("L", (9, 9), 130), 130),
        (Image.new("I;16", (9, 9), 0x8000), 128),
        (Image.new("I;16", (9, 9), 0xFFFF), 255),
        (Image.new("P", (9, 9), 0), 0),
    ],
)
def test_every_depth_keeps_its_brightness(image: Image.Image, grey: int) -> None:
    shown = decoded(normalise(encoded(image, "PNG"), LIMITS).full)
    assert shown.mode == "RGB"
    assert near(shown.getpixel((4, 4)), (grey, grey, grey), within=3)


def test_a_print_jpeg_keeps_its_colours() -> None:
    image = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    red, green, blue = decoded(normalise(encoded(image, "JPEG"), LIMITS).full).getpixel((9, 9))
    assert red < 60
    assert min(green, blue) > 140


def test_colours_of_another_profile_are_brought_to_srgb() -> None:
    lab = ImageCms.createProfile("LAB", 5000)
    srgb = ImageCms.createProfile("sRGB")
    swapped = swapped_profile()
    image = Image.new("RGB", (16, 16), (200, 40, 40))
    shown = decoded(normalise(encoded(image, "PNG", icc_profile=swapped), LIMITS).full)
    assert near(shown.getpixel((8, 8)), (40, 200, 40), within=25)
    for unfit in (ImageCms.ImageCmsProfile(lab).tobytes(), b"no profile at all", swapped[:200]):
        shown = decoded(normalise(encoded(image, "PNG", icc_profile=unfit), LIMITS).full)
        assert near(shown.getpixel((8, 8)), (200, 40, 40))
    assert ImageCms.ImageCmsProfile(srgb).tobytes() != swapped


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green have changed places, under another name."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132])
    for place in range(132, 132 + 12 * count, 12):
        name = bytes(data[place : place + 4])
        other = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ", b"desc": b"xxxx"}.get(name, name)
        data[place : place + 4] = other
    return bytes(data)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    shown = decoded(normalise(data, LIMITS).full)
    assert near(shown.getpixel((15, 15)), (255, 0, 0), within=20)


def test_bytes_after_the_picture_are_dropped() -> None:
    archive = b"PK\x03\x04 and a program"
    result = normalise(encoded(gradient(), "JPEG") + archive, LIMITS)
    assert archive not in result.full + result.thumbnail


def test_pillows_limits_for_others_stay_as_they_are() -> None:
    before = Image.MAX_IMAGE_PIXELS
    normalise(encoded(gradient(), "PNG"), LIMITS)
    assert before == Image.MAX_IMAGE_PIXELS
    assert Image.open(io.BytesIO(encoded(gradient(), "TIFF"))).size == (200, 150)


@pytest.mark.parametrize(
    "data",
    [
        encoded(quadrants(), "JPEG", exif=exif_orientation(6)),
        encoded(quadrants().convert("RGBA"), "PNG"),
        encoded(quadrants().convert("P"), "PNG"),
        encoded(quadrants(), "JPEG", icc_profile=ImageCms.ImageCmsProfile(
            ImageCms.createProfile("sRGB")).tobytes()),
        encoded(quadrants().convert("CMYK"), "JPEG"),
    ],
    ids=["turned", "see-through", "palette", "profile", "ink"],
)  # fmt: skip
def test_what_decoders_may_show_differently_is_shown_as_it_is_kept(data: bytes) -> None:
    assert as_shown(data, LIMITS) == normalise(data, LIMITS).full


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_what_they_show_alike_is_left_alone(kind: str) -> None:
    for data in (encoded(gradient(), kind), encoded(gradient(), kind, exif=exif_orientation(1))):
        assert as_shown(data, LIMITS) == data
