"""Opens a folder with an exported dual encoder: ours, or as the hub has them."""

from dataclasses import dataclass
from pathlib import Path

from models import onnx_folder, onnx_layout, onnx_pictures, onnx_texts
from models.base import PICTURE_TOKENS, ModelError, Purpose
from models.onnx_network import Network
from models.onnx_pictures import PictureSteps
from models.onnx_texts import TextSteps
from models.options import Device

ROWS = 8
"""Rows in one forward pass of ours: more leave the cache of a processor and are slower (measured).
"""
EXPORT_ROWS = 32
"""Transformers gain a little from more rows (measured: 3 to 18 % from 8 to 32)."""
EXPORT_TOKENS = 8192
"""Most tokens in one forward pass of an export: its attention grows with their square a row."""
GPU_TIMES = 4
"""A GPU is only filled by many rows."""
UNSTATED = "not stated: see the page of the model"


@dataclass(frozen=True, slots=True)
class Towers:
    """Two networks into one space, and what each is fed."""

    text: Network
    image: Network
    texts: TextSteps
    pictures: PictureSteps
    picture_tokens: int
    """What a picture weighs beside a text's tokens."""
    text_rows: int
    """Texts in one forward pass, at most."""
    image_rows: int
    dimensions: tuple[int, ...]
    licence: str
    summary: str


def read(folder: Path, *, threads: int, device: Device, variant: str | None) -> Towers:
    """The towers of a folder; `variant` is for the hub's layout.

    Raises `ModelError` when a file is missing or wrong, or the networks do not load or fit.
    """
    if onnx_layout.found(folder):
        return _exported(folder, threads=threads, device=device, variant=variant)
    return _ours(folder, threads=threads, device=device)


def _ours(folder: Path, *, threads: int, device: Device) -> Towers:
    settings = onnx_folder.read(folder)
    # Its text tower is a few look-ups: a second thread costs more than it gives.
    text = Network(folder / onnx_folder.TEXT_MODEL, threads=1, device=device)
    image = Network(folder / onnx_folder.IMAGE_MODEL, threads=threads, device=device)
    return Towers(
        text=text,
        image=image,
        texts=onnx_texts.from_settings(folder, settings.text),
        pictures=onnx_pictures.from_settings(settings.image),
        picture_tokens=PICTURE_TOKENS,
        text_rows=ROWS,
        image_rows=ROWS * GPU_TIMES if image.on_gpu else ROWS,
        dimensions=settings.dimensions,
        licence=settings.licence,
        summary=settings.summary,
    )


def _exported(folder: Path, *, threads: int, device: Device, variant: str | None) -> Towers:
    export = onnx_layout.read(folder, variant=variant)
    pictures = onnx_pictures.from_hub(folder)
    texts = onnx_texts.from_hub(folder, export)
    text = Network(export.text_model, threads=threads, device=device)
    text.take(inputs=("input_ids", "attention_mask"), outputs=export.family.text_outputs)
    image = Network(export.vision_model, threads=threads, device=device)
    image.take(inputs=("pixel_values",), outputs=export.family.image_outputs)
    _check_size(image, pictures)
    texts = texts.of_length(text.fixed(0, 1))
    picture_tokens = export.picture_tokens(height=pictures.height, width=pictures.width)
    return Towers(
        text=text,
        image=image,
        texts=texts,
        pictures=pictures,
        picture_tokens=picture_tokens,
        text_rows=_rows(text, tokens=texts.max_tokens),
        image_rows=_rows(image, tokens=picture_tokens),
        dimensions=(_width(text, texts),),
        licence=UNSTATED,
        summary=f"A {export.kind} dual encoder exported to ONNX ({export.variant}).",
    )


def _check_size(image: Network, pictures: PictureSteps) -> None:
    """Refuse a network that was exported for pictures of another size."""
    for axis, side in ((2, pictures.height), (3, pictures.width)):
        wanted = image.fixed(0, axis)
        if wanted not in (None, side):
            raise ModelError(
                f"{image.name} takes pictures of {wanted} pixels, "
                f"{onnx_pictures.CONFIG} makes them {side}"
            )


def _rows(network: Network, *, tokens: int) -> int:
    """Rows in one forward pass when each has so many tokens."""
    fixed = network.fixed(0, 0)
    if fixed is not None:
        if fixed > 1:
            raise ModelError(
                f"{network.name} was exported for batches of {fixed}; any or 1 will do"
            )
        return fixed
    times = GPU_TIMES if network.on_gpu else 1
    return times * max(1, min(EXPORT_ROWS, EXPORT_TOKENS // tokens))


def _width(text: Network, texts: TextSteps) -> int:
    """Numbers in a vector, found by making one: few exports state it."""
    vectors = text.run(texts.arrays(["a"], Purpose.INDEX))
    if vectors.ndim != 2:
        raise ModelError(f"{text.name} gives shape {vectors.shape}, not one vector a text")
    return int(vectors.shape[1])
