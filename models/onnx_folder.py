"""`margay.toml`: how an exported dual encoder wants its pictures and texts prepared."""

from dataclasses import dataclass
from pathlib import Path

from models import strict_toml
from models.base import ModelError
from models.pixels import Fit

CONFIG = "margay.toml"
IMAGE_MODEL = "image.onnx"
TEXT_MODEL = "text.onnx"
TOKENIZER = "tokenizer.json"
FILES = (CONFIG, IMAGE_MODEL, TEXT_MODEL, TOKENIZER)


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """Pixels in 0..1 become `(pixel - mean) / std`, channel by channel."""

    size: int
    fit: Fit
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How a text becomes token ids."""

    max_tokens: int
    special_tokens: bool
    """Whether the tokenizer adds its own, such as [CLS]."""
    pad_id: int
    pad_to_max: bool
    """Some models were trained on texts of one fixed length."""
    query_prompt: str
    index_prompt: str


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """The whole `margay.toml`."""

    summary: str
    licence: str
    dimensions: tuple[int, ...]
    image: ImageSettings
    text: TextSettings


def read(folder: Path) -> FolderSettings:
    """The settings of a folder. Raises `ModelError` if a file is missing or a key is wrong."""
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelError(f"{folder} is no exported dual encoder: {name} is missing")
    table = strict_toml.Table(strict_toml.read(folder / CONFIG), where=CONFIG)
    settings = FolderSettings(
        summary=table.take("summary", str),
        licence=table.take("licence", str),
        dimensions=_falling(table.take_list("dimensions", int)),
        image=_image(table.table("image")),
        text=_text(table.table("text")),
    )
    table.close()
    return settings


def _image(table: strict_toml.Table) -> ImageSettings:
    fit = table.take("fit", str)
    if fit not in list(Fit):
        raise ModelError(f"{CONFIG}: fit: {fit} is none of {', '.join(Fit)}")
    settings = ImageSettings(
        size=table.take("size", int),
        fit=Fit(fit),
        mean=table.take_list("mean", float),
        std=table.take_list("std", float),
    )
    table.close()
    if len(settings.mean) != 3 or len(settings.std) != 3 or 0 in settings.std:
        raise ModelError(f"{CONFIG}: mean and std need three numbers each, std none of them zero")
    if not 1 <= settings.size <= 2048:
        raise ModelError(f"{CONFIG}: size must be between 1 and 2048 pixels")
    return settings


def _text(table: strict_toml.Table) -> TextSettings:
    settings = TextSettings(
        max_tokens=table.take("max_tokens", int),
        special_tokens=table.take("special_tokens", bool, default=True),
        pad_id=table.take("pad_id", int, default=0),
        pad_to_max=table.take("pad_to_max", bool, default=False),
        query_prompt=table.take("query_prompt", str, default=""),
        index_prompt=table.take("index_prompt", str, default=""),
    )
    table.close()
    if settings.max_tokens < 1:
        raise ModelError(f"{CONFIG}: max_tokens must be at least 1")
    return settings


def _falling(dimensions: tuple[int, ...]) -> tuple[int, ...]:
    if any(d < 1 for d in dimensions) or list(dimensions) != sorted(set(dimensions), reverse=True):
        raise ModelError(f"{CONFIG}: dimensions must fall, the model's own first")
    return dimensions
