"""The embedder around the network: batches, limits, and what it says about itself."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models import torch_device
from models.base import (
    Content,
    Description,
    Modality,
    Purpose,
    TemplateEmbedder,
    Vectors,
)
from models.card import Card
from models.options import LoadOptions
from models.pixels import Pixels
from models.visualized_bge import checkpoint, pictures
from models.visualized_bge.joint_encoder import Batch
from models.visualized_bge.words import Words

CHUNK_TOKENS: Final = 16_384
"""Tokens of one pass through the network, padding counted; a longer batch takes several."""
DECODERS: Final = 4
ADVICE: Final = (
    "Made for composed queries (a text with a picture); "
    "its authors advise against it for plain text-to-image."
)
SUMMARY: Final = "Visualized BGE: text, pictures, and both as one query, in one space."
LICENCE: Final = "as the checkpoint's (the published ones: MIT)"


@dataclass(frozen=True, slots=True)
class Prepared:
    """One entry a content: its token ids and, if there are pictures, uint8 `[side, side, 3]`."""

    ids: tuple[list[int], ...]
    pixels: tuple[Pixels, ...]


class VisualizedBge(TemplateEmbedder[Prepared]):
    """Embeds text, pictures and both together (Zhou et al., 2024: "VISTA", arXiv 2406.04292).

    A text longer than the model reads is cut on the right: base 512 tokens with the special ones
    (316 beside a picture), m3 8192 (7938). Queries and documents are embedded alike. All threads
    share the network.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        fingerprint: str,
        options: LoadOptions,
        card: Card | None = None,
    ) -> None:
        """Raises `ModelError` when a file is missing or not of this model, or there is no GPU.

        `options.threads` holds for every model of torch in this process.
        """
        self._device, precision = torch_device.choose(options)
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        with torch_device.refusing_overflow():
            self._network = checkpoint.load(folder, device=self._device, precision=precision)
        self._shape, config = self._network.tower.shape, self._network.config
        self._words = Words(folder, config)
        self._limit = config.longest_text()
        self._limit_beside = config.longest_beside(self._shape.patches)
        self._pad = config.pad_token_id
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        self._description = Description(
            name=name,
            fingerprint=fingerprint,
            modalities=frozenset({Modality.TEXT, Modality.IMAGE}),
            joint=True,
            dimensions=(config.hidden_size,),
            max_text_tokens=self._limit,
            licence=LICENCE if card is None else card.licence,
            summary=SUMMARY if card is None else card.summary,
            advice=(card.advice if card is not None else "") or ADVICE,
            min_scores=card.min_scores if card is not None else {},
        )

    def describe(self) -> Description:
        """See `Embedder.describe`."""
        return self._description

    def weigh(self, content: Content) -> int:
        """See `Embedder.weigh`: exactly the tokens and patches of its sequence."""
        (ids,) = self._ids([content], pictured=content.image is not None)
        return len(ids) + (self._shape.patches if content.image is not None else 0)

    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> Prepared:
        """See `Embedder.preprocess`. There are no prompts: both purposes are the same."""
        del purpose
        pictured = Modality.IMAGE in modalities
        ids = tuple(self._ids(batch, pictured=pictured))
        if not pictured:
            return Prepared(ids, ())
        if len(batch) == 1:
            return Prepared(ids, (self._pixels(batch[0]),))
        return Prepared(ids, tuple(self._decoders.map(self._pixels, batch)))

    def forward(self, modalities: tuple[Modality, ...], prepared: Prepared) -> Vectors:
        """See `Embedder.forward`. Rows of like length share a pass, so that little is padding."""
        del modalities
        vectors: Vectors = np.empty((len(prepared.ids), self._description.dimensions[0]), "f4")
        with torch_device.refusing_overflow(), torch.inference_mode():
            for rows in self._chunks(prepared):
                hidden = self._network(self._batch(prepared, rows))
                vectors[rows] = hidden.float().cpu().numpy()
        return vectors

    def close(self) -> None:
        """Give back the network's memory."""
        self._decoders.shutdown(wait=False)
        del self._network
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _ids(self, batch: Sequence[Content], *, pictured: bool) -> list[list[int]]:
        limit = self._limit_beside if pictured else self._limit
        return self._words.ids([content.text or "" for content in batch], limit=limit)

    def _pixels(self, content: Content) -> Pixels:
        return pictures.square(content.image or b"", side=self._shape.side)

    def _chunks(self, prepared: Prepared) -> Iterator[list[int]]:
        """Rows of each pass, the longest texts first."""
        patches = self._shape.patches if prepared.pixels else 0
        rows = sorted(range(len(prepared.ids)), key=lambda row: -len(prepared.ids[row]))
        while rows:
            longest = len(prepared.ids[rows[0]]) + patches
            size = max(1, CHUNK_TOKENS // longest)
            yield rows[:size]
            rows = rows[size:]

    def _batch(self, prepared: Prepared, rows: list[int]) -> Batch:
        texts = [prepared.ids[row] for row in rows]
        lengths = [len(ids) for ids in texts]
        padded = np.full((len(rows), max(lengths)), self._pad, dtype=np.int64)
        for row, ids in enumerate(texts):
            padded[row, : len(ids)] = ids
        pixels = None
        if prepared.pixels:
            stacked = np.stack([prepared.pixels[row] for row in rows])
            pixels = torch.from_numpy(stacked).to(self._device)
        return Batch(
            ids=torch.from_numpy(padded).to(self._device),
            lengths=torch.tensor(lengths, device=self._device),
            pixels=pixels,
            padded=min(lengths) < max(lengths),
        )


def load(
    card: Card | None, folder: Path, *, name: str, fingerprint: str, options: LoadOptions
) -> VisualizedBge:
    """The embedder of a folder with a checkpoint, `config.json` and `tokenizer.json`.

    Raises `ModelError`; see `VisualizedBge`.
    """
    return VisualizedBge(folder, name=name, fingerprint=fingerprint, options=options, card=card)
