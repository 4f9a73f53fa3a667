"""Pictures are opened safely, upright and on white."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from models import pixels
from models.base import UnreadableMedia
from models.pixels import Fit


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def two_halves() -> Image.Image:
    """Left half red, right half blue, 64 x 32."""
    image = Image.new("RGB", (64, 32), (255, 0, 0))
    image.paste((0, 0, 255), (32, 0, 64, 32))
    return image


def claiming_to_be(side: int) -> bytes:
    """A small PNG whose header speaks of `side` x `side` pixels."""
    data = encoded(Image.new("1", (8, 8)), "PNG")
    header = b"IHDR" + struct.pack(">II", side, side) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a description"
    exif[0x011A] = 72.0
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 3.0)})  # where it was taken
    return exif.tobytes()


EXIF_OF_A_PHOTO = turned(6)


class TestDecode:
    @pytest.mark.parametrize("format", ["PNG", "WEBP", "BMP", "TIFF"])
    def test_lossless_formats_give_the_same_pixels(self, format: str) -> None:
        data = encoded(two_halves(), format, **({"lossless": True} if format == "WEBP" else {}))
        assert np.array_equal(pixels.to_array(pixels.decode(data)), np.asarray(two_halves()))

    def test_exif_orientation_is_honoured(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn a quarter clockwise to see it upright
        picture = pixels.decode(encoded(two_halves(), "JPEG", exif=exif, quality=95))
        assert picture.size == (32, 64)
        assert picture.getpixel((16, 5))[0] > 200
        assert picture.getpixel((16, 60))[2] > 200

    @pytest.mark.parametrize("orientation", range(9))
    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
    def test_every_orientation_is_as_pillow_has_it(self, orientation: int, format: str) -> None:
        data = encoded(two_halves(), format, exif=turned(orientation))
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)).convert("RGB"))
        assert np.array_equal(pixels.to_array(pixels.decode(data)), np.asarray(expected))

    @pytest.mark.filterwarnings("ignore")  # Pillow warns before we decide
    @pytest.mark.parametrize("value", [0, 2, 5, 12, 255])
    def test_no_changed_byte_of_an_exif_block_stops_a_good_picture(self, value: int) -> None:
        for place in range(6, len(EXIF_OF_A_PHOTO)):
            exif = EXIF_OF_A_PHOTO[:place] + bytes([value]) + EXIF_OF_A_PHOTO[place + 1 :]
            picture = pixels.decode(encoded(two_halves(), "JPEG", exif=exif))
            assert sorted(picture.size) == [32, 64]

    @pytest.mark.filterwarnings("ignore")  # Pillow warns before we decide
    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
    @given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1))
    def test_changed_bytes_give_a_picture_or_our_error(
        self, format: str, changes: list[tuple[int, int]]
    ) -> None:
        exif = {} if format in ("GIF", "BMP", "TIFF") else {"exif": EXIF_OF_A_PHOTO}
        data = bytearray(encoded(two_halves(), format, **exif))
        for place, value in changes:
            data[place % len(data)] = value
        with suppress(UnreadableMedia):
            assert pixels.decode(bytes(data)).mode == "RGB"

    def test_transparency_lies_on_white(self) -> None:
        image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
        image.putpixel((0, 0), (255, 0, 0, 255))
        picture = pixels.decode(encoded(image, "PNG"))
        assert picture.getpixel((3, 3)) == (255, 255, 255)
        assert picture.getpixel((0, 0)) == (255, 0, 0)

    def test_a_transparent_palette_lies_on_white(self) -> None:
        image = Image.new("P", (4, 4), 1)
        image.putpalette([10, 20, 30, 200, 0, 0] + [0] * 762)
        image.putpixel((0, 0), 0)
        picture = pixels.decode(encoded(image, "PNG", transparency=1))
        assert picture.getpixel((3, 3)) == (255, 255, 255)
        assert picture.getpixel((0, 0)) == (10, 20, 30)

    def test_grey_with_a_transparent_value_lies_on_white(self) -> None:
        image = Image.new("L", (2, 2), 0)
        image.putpixel((0, 0), 90)
        picture = pixels.decode(encoded(image, "PNG", transparency=0))
        assert picture.getpixel((1, 1)) == (255, 255, 255)
        assert picture.getpixel((0, 0)) == (90, 90, 90)

    def test_sixteen_bits_are_scaled_and_not_clipped(self) -> None:
        deep = Image.fromarray(np.full((3, 3), 32768, dtype=np.uint16))
        assert pixels.decode(encoded(deep, "PNG")).getpixel((1, 1)) == (128, 128, 128)

    def test_cmyk_becomes_rgb(self) -> None:
        data = encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG")
        assert pixels.decode(data).getpixel((4, 4)) == (255, 255, 255)

    def test_an_animation_gives_its_first_frame(self) -> None:
        frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
        data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
        assert pixels.decode(data).getpixel((4, 4)) == (255, 0, 0)

    def test_a_large_jpeg_is_decoded_small_when_small_is_enough(self) -> None:
        data = encoded(Image.new("RGB", (1600, 1200), "green"), "JPEG")
        assert pixels.decode(data).size == (1600, 1200)
        shorter = min(pixels.decode(data, enough=112).size)
        assert 224 <= shorter < 600

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "empty"),
            (b"%PDF-1.7 not a picture", "unknown_format"),
            (encoded(two_halves(), "PNG")[:60], "damaged"),
            (encoded(two_halves(), "JPEG")[:-60], "damaged"),
            (encoded(two_halves(), "WEBP")[:60], "damaged"),
            (encoded(Image.effect_noise((64, 64), 90), "PNG")[:2000], "damaged"),
        ],
        ids=["nothing", "pdf", "png head", "jpeg tail", "webp head", "png body"],
    )
    def test_bad_bytes_are_refused_by_reason(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableMedia) as refused:
            pixels.decode(data)
        assert refused.value.reason == reason

    @pytest.mark.parametrize("side", [7_100, 10_000, 20_000])
    def test_a_bomb_is_refused_before_it_is_decoded(self, side: int) -> None:
        with pytest.raises(UnreadableMedia) as refused:
            pixels.decode(claiming_to_be(side))
        assert refused.value.reason == "too_many_pixels"


class TestToSquare:
    def test_stretch_keeps_both_halves(self) -> None:
        square = pixels.to_square(two_halves(), size=8, fit=Fit.STRETCH)
        assert square.shape == (8, 8, 3)
        assert tuple(square[4, 0]) == (255, 0, 0)
        assert tuple(square[4, 7]) == (0, 0, 255)

    def test_crop_keeps_the_middle(self) -> None:
        image = Image.new("RGB", (30, 10), "white")
        image.paste((0, 0, 0), (10, 0, 20, 10))
        assert pixels.to_square(image, size=10, fit=Fit.CROP).max() == 0

    def test_pad_fills_with_white(self) -> None:
        square = pixels.to_square(two_halves(), size=8, fit=Fit.PAD)
        assert tuple(square[0, 4]) == (255, 255, 255)
        assert tuple(square[4, 0]) == (255, 0, 0)
