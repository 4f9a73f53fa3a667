"""The embedder over a model of Sentence Transformers, in the three steps of every embedder."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from models.base import (
    USUAL_CLIP_S,
    Content,
    Description,
    Modality,
    ModelError,
    Purpose,
    TemplateEmbedder,
    UnreadableMedia,
    UnsupportedContent,
    Vectors,
)
from models.card import Card
from models.options import LoadOptions
from models.sentence_transformer import facts, inputs, opening
from models.torch_device import refusing_overflow

CHUNK: Final = {"cpu": 16, "cuda": 128}
"""Rows of one forward pass; a batch is split, so that its length cannot exhaust the memory."""
TASKS: Final = {Purpose.QUERY: "query", Purpose.INDEX: "document"}
PROMPTS: Final = {Purpose.QUERY: ("query",), Purpose.INDEX: ("document", "passage", "corpus")}
"""Names of the prompts of a side, the first that a model has (as its `encode_query` and
`encode_document` choose them)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one forward pass: tensors on the processor by the names the network knows."""

    features: dict[str, Any]
    task: str


class SentenceTransformerEmbedder(TemplateEmbedder[list[Chunk]]):
    """Embeds whatever its model can. Safe to call from several threads."""

    def __init__(
        self, model: Any, folder: Path, card: Card | None, *, name: str, fingerprint: str
    ) -> None:
        """Raises `ModelError` when the model's first vector is none, or not as its card says."""
        self._model = model
        self._device = model.device
        self._tokenizing = threading.Lock()
        self._decoders = ThreadPoolExecutor(
            min(8, os.cpu_count() or 1), thread_name_prefix="decode"
        )
        self._costs = facts.costs(model)
        hears = facts.joins(model, Modality.AUDIO, Modality.VIDEO)
        self._reader = inputs.reader(model, hears_video=hears)
        self._description = facts.describe(
            model, folder, card, name=name, fingerprint=fingerprint, width=self._probe(name)
        )

    def describe(self) -> Description:
        """See `Embedder.describe`."""
        return self._description

    def weigh(self, content: Content) -> int:
        """See `Embedder.weigh`: patches and tokens as this model's processor cuts them."""
        tokens = 0
        if content.text is not None:
            words = 2 + len(content.text.encode()) // 4
            tokens += min(words, self._description.max_text_tokens)
        if content.image is not None:
            tokens += self._costs.picture
        end_s = content.start_s + USUAL_CLIP_S if content.end_s is None else content.end_s
        heard = self._costs.second * max(1, round(end_s - content.start_s))
        if content.audio is not None:
            tokens += heard
        if content.video is not None:
            tokens += self._costs.frame * max(content.frames, self._reader.frames)
            tokens += heard if content.sound and self._description.hears_video else 0
        return max(1, tokens)

    def preprocess(
        self, modalities: tuple[Modality, ...], batch: Sequence[Content], purpose: Purpose
    ) -> list[Chunk]:
        """See `Embedder.preprocess`: decoded, tokenised and padded, in chunks."""
        if modalities == (Modality.TEXT,) or len(batch) == 1:
            read = [self._reader.read(content) for content in batch]
        else:
            read = list(self._decoders.map(self._reader.read, batch))
        size = CHUNK.get(self._device.type, CHUNK["cpu"])
        pieces = (read[start : start + size] for start in range(0, len(read), size))
        return [self._chunk(piece, purpose) for piece in pieces]

    def forward(
        self,
        modalities: tuple[Modality, ...],  # noqa: ARG002 - the features say what they are
        prepared: list[Chunk],
    ) -> Vectors:
        """See `Embedder.forward`."""
        with torch.inference_mode(), refusing_overflow():
            parts = [self._vectors(chunk) for chunk in prepared]
        return np.concatenate(parts) if parts else self._none()

    def close(self) -> None:
        """Give back the memory of the weights."""
        self._decoders.shutdown(wait=False)
        del self._model
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _chunk(self, read: list[dict[str, Any]], purpose: Purpose) -> Chunk:
        task = TASKS[purpose]
        names = (name for name in PROMPTS[purpose] if name in self._model.prompts)
        prompt = self._model.prompts.get(next(names, ""))
        options: dict[str, Any] = {}
        if any(Modality.VIDEO in each for each in read):
            # The frames are chosen already.
            options["processing_kwargs"] = {"video": {"do_sample_frames": False}}
        # A tokenizer keeps its padding and truncation in itself: one caller at a time.
        with self._tokenizing:
            try:
                features = self._model.preprocess(read, prompt=prompt, task=task, **options)
            except ValueError as error:
                self._check_tokens(read, prompt=prompt, task=task, options=options)
                raise UnsupportedContent(f"the model's processor refuses it: {error}") from error
        return Chunk(features, task)

    def _check_tokens(
        self, read: list[dict[str, Any]], *, prompt: str | None, task: str, options: dict[str, Any]
    ) -> None:
        """Raise `UnreadableMedia` if media alone are longer than the model reads.

        Words are cut, but a medium that is cut no longer fits its own tokens, which processors
        refuse in words about their insides.
        """
        limit = self._model.max_seq_length
        whole = {**options.get("processing_kwargs", {}), "text": {"truncation": False}}
        for each in read:
            media = {kind: value for kind, value in each.items() if kind != Modality.TEXT}
            if not media or limit is None:
                continue
            features = self._model.preprocess(
                [media], prompt=prompt, task=task, processing_kwargs=whole
            )
            tokens = features["input_ids"].shape[1]
            if tokens > limit:
                raise UnreadableMedia(
                    "too_many_tokens", f"takes {tokens} tokens; the model reads at most {limit}"
                )

    def _vectors(self, chunk: Chunk) -> Vectors:
        # A copy: the network writes its results into what it is given.
        features = {
            name: value.to(self._device) if isinstance(value, torch.Tensor) else value
            for name, value in chunk.features.items()
        }
        found = self._model(features, task=chunk.task)["sentence_embedding"]
        whole: Vectors = found.to(device="cpu", dtype=torch.float32).numpy()
        return whole[:, : self._model.truncate_dim]

    def _none(self) -> Vectors:
        return np.empty((0, self._description.dimensions[0]), dtype=np.float32)

    def _probe(self, name: str) -> int:
        """The width of a vector, by making one: configurations are not always right about it."""
        if not self._model.supports(Modality.TEXT.value):
            return int(self._model.get_embedding_dimension() or 0)
        text = (Modality.TEXT,)
        vectors = self.forward(text, self.preprocess(text, [Content(text="a")], Purpose.QUERY))
        if not np.isfinite(vectors).all():
            raise ModelError(f"{name}: the model's first vector is no number")
        return int(vectors.shape[1])


def load(
    card: Card | None, folder: Path, *, name: str, fingerprint: str, options: LoadOptions
) -> SentenceTransformerEmbedder:
    """The embedder of a folder of model files; `card` is None for a model without one.

    Raises `ModelError` for files that are missing, broken or need code that may not run, for a
    device that is not there and for float16.
    """
    model = opening.open_model(folder, card=card, options=options)
    return SentenceTransformerEmbedder(model, folder, card, name=name, fingerprint=fingerprint)
