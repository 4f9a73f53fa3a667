"""A text tower and an image tower exported to ONNX, run without torch."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from models import onnx_towers, pixels
from models.base import (
    Content,
    Description,
    Modality,
    ModelError,
    Purpose,
    TemplateEmbedder,
    Vectors,
)
from models.card import Card
from models.onnx_network import Array
from models.options import Device, LoadOptions

Inputs = tuple[Array, ...]

PREPROCESSING = f"pixels {pixels.VERSION}"
"""Part of every fingerprint: it must change when the same files would give other vectors."""
MAX_DEFAULT_THREADS = 4
TEXT = (Modality.TEXT,)


class OnnxDualEncoder(TemplateEmbedder[list[Inputs]]):
    """Embeds text or pictures, one modality a content. Sessions are shared by all threads."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        fingerprint: str,
        threads: int | None = None,
        device: Device = Device.CPU,
        variant: str | None = None,
        card: Card | None = None,
    ) -> None:
        """`variant` names one of several exports in a folder of the hub's layout.

        Raises `ModelError` when the folder is incomplete or the networks do not load or fit.
        """
        self._threads = threads or min(MAX_DEFAULT_THREADS, os.cpu_count() or 1)
        self._towers = onnx_towers.read(
            folder, threads=self._threads, device=device, variant=variant
        )
        self._width = self._towers.dimensions[0]
        if card is not None and card.dimensions[0] != self._width:
            raise ModelError(
                f"{name}: {self._width} dimensions, its card says {card.dimensions[0]}"
            )
        self._decoders = ThreadPoolExecutor(self._threads, thread_name_prefix="decode")
        self._description = Description(
            name=name,
            fingerprint=fingerprint,
            modalities=frozenset({Modality.TEXT, Modality.IMAGE}),
            joint=False,
            dimensions=self._towers.dimensions if card is None else card.dimensions,
            max_text_tokens=self._towers.texts.max_tokens,
            licence=self._towers.licence if card is None else card.licence,
            summary=self._towers.summary if card is None else card.summary,
            advice="" if card is None else card.advice,
            min_scores={} if card is None else card.min_scores,
        )

    def describe(self) -> Description:
        """See `Embedder.describe`."""
        return self._description

    def weigh(self, content: Content) -> int:
        """See `Embedder.weigh`: tokens of the text as padded, patches of the picture."""
        if content.text is not None:
            return self._towers.texts.weigh(content.text)
        return self._towers.picture_tokens

    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> list[Inputs]:
        """Network inputs, in chunks."""
        rows = self._towers.text_rows if modalities == TEXT else self._towers.image_rows
        chunks = [batch[start : start + rows] for start in range(0, len(batch), rows)]
        if modalities == TEXT:
            texts = self._towers.texts
            return [texts.arrays([each.text or "" for each in some], purpose) for some in chunks]
        return [self._pixels(some) for some in chunks]

    def forward(self, modalities: tuple[Modality, ...], prepared: list[Inputs]) -> Vectors:
        """Run the network over every chunk."""
        network = self._towers.text if modalities == TEXT else self._towers.image
        vectors: Vectors = np.concatenate([network.run(inputs) for inputs in prepared])
        if vectors.ndim != 2 or vectors.shape[1] != self._width:
            raise ModelError(
                f"{self._description.name}: {network.name} gives shape {vectors.shape[1:]}, "
                f"not the {self._width} numbers of a vector"
            )
        return vectors

    def close(self) -> None:
        """See `Embedder.close`."""
        self._decoders.shutdown(wait=False)
        del self._towers

    def _pixels(self, chunk: Sequence[Content]) -> Inputs:
        pictures = self._towers.pictures
        encoded = [content.image or b"" for content in chunk]
        if len(encoded) == 1:
            return (pictures.array([pictures.square(encoded[0])]),)
        return (pictures.array(list(self._decoders.map(pictures.square, encoded))),)


def load(
    card: Card | None, folder: Path, *, name: str, fingerprint: str, options: LoadOptions
) -> OnnxDualEncoder:
    """The encoder in `folder`, of the variant that the card names.

    `options.precision` changes nothing: the precision is that of the file. Raises `ModelError`.
    """
    return OnnxDualEncoder(
        folder,
        name=name,
        fingerprint=fingerprint,
        threads=options.threads,
        device=options.device,
        variant=(card.variant or None) if card is not None else None,
        card=card,
    )
