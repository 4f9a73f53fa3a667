"""Pictures become the pixels of the reference, in every mode and size."""

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision import transforms

from models.base import UnreadableMedia
from models.visualized_bge import VisualizedBge, pictures
from models.visualized_bge.joint_encoder import MEAN, STD
from tests.models.visualized_bge.kit import TINY

SIDE = 224
ITEMS = [item for kind in ("image", "pair") for item in TINY.items("tiny_base", kind)]


def reference(picture: Image.Image, *, side: int = SIDE) -> np.ndarray:
    """The same steps by torchvision, uint8 `[side, side, 3]`."""
    steps = [
        transforms.Resize(side, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(side),
        lambda image: image.convert("RGB"),
    ]
    with warnings.catch_warnings():
        # About transparency in palettes, which the reference drops.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(transforms.Compose(steps)(picture))


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def colours(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Noise over a slope, so that every way of scaling gives other pixels."""
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3}[mode]
    noise = np.random.default_rng(width * height).integers(0, 120, (height, width, bands))
    slope = np.linspace(0, 135, width)[None, :, None]
    values = (noise + slope).astype(np.uint8)
    return Image.fromarray(values[..., 0] if bands == 1 else values, mode)


def deep(width: int, height: int) -> Image.Image:
    """Sixteen bits of grey."""
    return Image.fromarray(np.arange(width * height, dtype=np.uint16).reshape(height, width) * 7)


def palette(*, transparency: int | bytes) -> bytes:
    picture = colours(130, 90).quantize(40)
    return encoded(picture, transparency=transparency)


ODD = {
    "black and white": encoded(colours(300, 240, "L").convert("1")),
    "grey": encoded(colours(300, 240, "L")),
    "grey with alpha": encoded(colours(300, 240, "LA")),
    "alpha": encoded(colours(240, 310, "RGBA")),
    "palette": encoded(colours(130, 90).quantize(40)),
    "palette with a clear colour": palette(transparency=3),
    "palette with alpha": palette(transparency=bytes(range(0, 200, 5))),
    "colours with a clear colour": encoded(colours(300, 240), transparency=(9, 9, 9)),
    "sixteen bits": encoded(deep(250, 240)),
    "four inks": encoded(colours(300, 240, "CMYK"), "JPEG"),
    "jpeg": encoded(colours(700, 500), "JPEG"),
    "gif": encoded(colours(300, 240).quantize(60), "GIF"),
    "tiff of four inks": encoded(colours(300, 240, "CMYK"), "TIFF"),
    "tiff of floats": encoded(colours(300, 240, "L").convert("F"), "TIFF"),
    "tiff of integers": encoded(colours(300, 240, "L").convert("I"), "TIFF"),
    "webp with alpha": encoded(colours(240, 310, "RGBA"), "WEBP", lossless=True),
    "bmp": encoded(colours(300, 240), "BMP"),
    "one pixel": encoded(colours(1, 1, "RGBA")),
    "a line": encoded(colours(3, 700)),
    "just right": encoded(colours(224, 224, "RGBA")),
    "half a pixel off": encoded(colours(224, 227)),
    "a pixel and a half off": encoded(colours(227, 224)),
}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_pixels_are_those_of_the_reference(item) -> None:
    square = pictures.square(item.content.image, side=SIDE).astype(np.float32) / 255
    scaled = (square - np.float32(MEAN)) / np.float32(STD)
    found = {
        "mean": scaled.mean(axis=(0, 1), dtype=np.float64),
        "std": scaled.std(axis=(0, 1), dtype=np.float64),
        "corner": scaled[0, 0],
        "center": scaled[112, 112],
        "last": scaled[223, 223],
    }
    assert found.keys() == item.pixels.keys()
    for name, values in found.items():
        np.testing.assert_allclose(values, item.pixels[name], atol=2e-6, err_msg=name)


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_odd_pictures_are_treated_as_the_reference_treats_them(data: bytes) -> None:
    expected = reference(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(pictures.square(data, side=SIDE), expected)


@given(width=st.integers(1, 90), height=st.integers(1, 90), side=st.sampled_from([14, 32]))
@settings(max_examples=60, deadline=None)
def test_any_size_is_scaled_and_cut_as_the_reference_does(
    width: int, height: int, side: int
) -> None:
    picture = colours(width, height)
    expected = reference(picture, side=side)
    np.testing.assert_array_equal(pictures.square(encoded(picture), side=side), expected)


def test_the_orientation_that_a_camera_noted_is_not_applied() -> None:
    picture = colours(300, 240)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, plain = encoded(picture, exif=exif), encoded(picture)
    np.testing.assert_array_equal(
        pictures.square(turned, side=SIDE), pictures.square(plain, side=SIDE)
    )


def test_what_lies_behind_a_clear_pixel_comes_to_light() -> None:
    clear = Image.new("RGBA", (224, 224), (200, 10, 30, 0))
    assert (pictures.square(encoded(clear), side=SIDE) == (200, 10, 30)).all()


def test_a_picture_too_long_and_thin_to_scale_is_refused() -> None:
    thread = Image.new("1", (1, 40_000))
    with pytest.raises(UnreadableMedia, match="too long and thin") as refused:
        pictures.square(encoded(thread), side=SIDE)
    assert refused.value.reason == "too_many_pixels"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty"), (b"no picture", "unknown_format"), (ODD["alpha"][:3000], "damaged")],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableMedia) as refused:
        pictures.square(data, side=SIDE)
    assert refused.value.reason == reason


def test_pixels_are_scaled_as_the_reference_does(tiny_base: VisualizedBge) -> None:
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    expected = transforms.Normalize(MEAN, STD)(transforms.ToTensor()(values))
    (ours,) = tiny_base._network._scaled(torch.from_numpy(values)[None])
    assert torch.equal(ours, expected)
