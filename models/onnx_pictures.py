"""How a dual encoder's pictures become pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models import pixels
from models.base import ModelError
from models.onnx_folder import ImageSettings
from models.onnx_layout import read_json

Numbers = NDArray[np.float32]

CONFIG = "preprocessor_config.json"
WHOLE_CONFIG = "processor_config.json"
CROPS: Final = {"CLIPImageProcessor": True, "CLIPFeatureExtractor": True,
                "SiglipImageProcessor": False}  # fmt: skip
"""The processors whose steps we do, and whether they crop when the file does not say."""
FLEXIBLE: Final = "Siglip2ImageProcessor"
_STEPS: Final = frozenset({
    "do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb", "size",
    "crop_size", "resample", "rescale_factor", "image_mean", "image_std",
})  # fmt: skip
_WITHOUT_EFFECT: Final = frozenset({
    "image_processor_type", "feature_extractor_type", "processor_class", "image_seq_length",
    "_valid_processor_keys", "data_format", "input_data_format", "return_tensors", "device",
    "disable_grouping", "default_to_square",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PictureSteps:
    """Decode, scale, perhaps crop; then `(value - mean) / std` on values from 0 to 255."""

    height: int
    width: int
    mean: Numbers
    std: Numbers
    square: Callable[[bytes], pixels.Pixels]
    """Encoded bytes to uint8 `[height, width, 3]`. Raises `UnreadableMedia`."""

    def array(self, squares: list[pixels.Pixels]) -> Numbers:
        """float32 `[n, 3, height, width]`."""
        scaled = (np.stack(squares) - self.mean) / self.std
        return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), dtype=np.float32)


def from_settings(image: ImageSettings) -> PictureSteps:
    """What `margay.toml` says."""

    def square(data: bytes) -> pixels.Pixels:
        return pixels.to_square(
            pixels.decode(data, enough=image.size), size=image.size, fit=image.fit
        )

    return PictureSteps(
        height=image.size,
        width=image.size,
        mean=np.array(image.mean, dtype=np.float32) * 255,
        std=np.array(image.std, dtype=np.float32) * 255,
        square=square,
    )


def from_hub(folder: Path) -> PictureSteps:
    """Exactly what `preprocessor_config.json` says, as the Pillow processors do it.

    A picture is decoded upright, as RGB and on white whatever `do_convert_rgb` says: see `pixels`.
    Raises `ModelError` naming the key that asks for something else than scaling to one size or
    shorter edge, cropping the middle, rescaling and normalising.
    """
    config = _Config(_read(folder))
    size = config.sides("size")
    crop = config.sides("crop_size") if config.says("do_center_crop", config.crops()) else None
    if not config.says("do_resize", True):
        raise config.refusal("do_resize", "pictures of any size cannot share a batch")
    if len(size) == 1 and (crop is None or len(crop) == 1):
        raise config.refusal("size", "a shortest edge without a crop gives no one size")
    height, width = crop or size
    scale = _Scaling(size, crop, Image.Resampling(config.whole("resample", range(6))))
    mean, std = config.normalisation()
    return PictureSteps(height=height, width=width, mean=mean, std=std, square=scale)


@dataclass(frozen=True, slots=True)
class _Scaling:
    size: tuple[int, ...]
    """Height and width, or the length of the shorter edge."""
    crop: tuple[int, ...] | None
    resample: Image.Resampling

    def __call__(self, data: bytes) -> pixels.Pixels:
        picture = pixels.decode(data)
        scaled = picture.resize(self._scaled(picture.size), self.resample)
        if self.crop is not None:
            height, width = self.crop
            # Rounded down, also below zero: then the edge that is missing is filled with black.
            left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
            scaled = scaled.crop((left, top, left + width, top + height))
        return pixels.to_array(scaled)

    def _scaled(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height."""
        if len(self.size) == 2:
            return self.size[1], self.size[0]
        edge, (width, height) = self.size[0], size
        longer = int(edge * max(size) / min(size))
        return (edge, longer) if width <= height else (longer, edge)


def _read(folder: Path) -> dict[str, Any]:
    if (folder / CONFIG).is_file() or not (folder / WHOLE_CONFIG).is_file():
        return read_json(folder / CONFIG)
    nested = read_json(folder / WHOLE_CONFIG).get("image_processor")
    if not isinstance(nested, dict):
        raise ModelError(f"{WHOLE_CONFIG}: image_processor is missing, and so is {CONFIG}")
    return nested


class _Config:
    """The keys of a preprocessor; asks for more than we do are refused at once."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = {key: value for key, value in values.items() if value is not None}
        kind = values.get("image_processor_type") or values.get("feature_extractor_type")
        self._kind = str(kind).removesuffix("Fast").removesuffix("Pil")
        if self._kind == FLEXIBLE:
            raise self.refusal(
                "image_processor_type", "NaFlex models, which keep the aspect, are not supported"
            )
        if self._kind not in CROPS:
            known = ", ".join(CROPS)
            raise self.refusal("image_processor_type", f"{kind} is none of {known}")
        for key, value in self._values.items():
            if key not in _STEPS | _WITHOUT_EFFECT and value is not False:
                raise self.refusal(key, "this step is not supported")

    def refusal(self, key: str, why: str) -> ModelError:
        return ModelError(f"{CONFIG}: {key}: {why}")

    def crops(self) -> bool:
        return CROPS[self._kind]

    def says(self, key: str, usual: bool) -> bool:
        value = self._values.get(key, usual)
        if not isinstance(value, bool):
            raise self.refusal(key, "must be true or false")
        return value

    def whole(self, key: str, allowed: range) -> int:
        value = self._values.get(key)
        if type(value) is not int or value not in allowed:
            raise self.refusal(key, f"must be a whole number from {allowed[0]} to {allowed[-1]}")
        return value

    def sides(self, key: str) -> tuple[int, ...]:
        """Height and width, or the shorter edge alone. A bare number is an edge, of a crop both."""
        value = self._values.get(key)
        if type(value) is int:
            value = (
                {"height": value, "width": value}
                if key == "crop_size"
                else {"shortest_edge": value}
            )
        sides = tuple(value.values()) if isinstance(value, dict) else ()
        names = sorted(value) if isinstance(value, dict) else []
        if names == ["height", "width"] and isinstance(value, dict):
            sides = (value["height"], value["width"])
        elif names != ["shortest_edge"]:
            raise self.refusal(key, "must be height and width, or shortest_edge")
        if not all(type(side) is int and 1 <= side <= 2048 for side in sides):
            raise self.refusal(key, "must be between 1 and 2048 pixels")
        return sides

    def normalisation(self) -> tuple[Numbers, Numbers]:
        """Mean and deviation of the values from 0 to 255."""
        factor = self._values.get("rescale_factor", 1 / 255)
        if not self.says("do_rescale", True):
            factor = 1.0
        if not isinstance(factor, float | int) or factor <= 0:
            raise self.refusal("rescale_factor", "must be a positive number")
        plain = not self.says("do_normalize", True)
        mean = (0.0, 0.0, 0.0) if plain else self._channels("image_mean")
        std = (1.0, 1.0, 1.0) if plain else self._channels("image_std")
        if 0 in std:
            raise self.refusal("image_std", "must not be zero")
        return (
            np.array([each / factor for each in mean], dtype=np.float32),
            np.array([each / factor for each in std], dtype=np.float32),
        )

    def _channels(self, key: str) -> tuple[float, ...]:
        values = self._values.get(key)
        if not isinstance(values, list) or len(values) != 3:
            raise self.refusal(key, "must be three numbers")
        if any(type(value) not in (int, float) for value in values):
            raise self.refusal(key, "must be three numbers")
        return tuple(float(value) for value in values)
