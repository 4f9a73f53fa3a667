"""The scorer over a `CrossEncoder` of Sentence Transformers."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from sentence_transformers import CrossEncoder

from models import scoring
from models.base import Content, Modality, ModelError, UnsupportedContent
from models.card import Card
from models.cross_encoder import pairs
from models.options import LoadOptions
from models.scoring import ScorerDescription, Scores
from models.sentence_transformer import facts, opening
from models.torch_device import refusing_overflow

CHUNK: Final = 32
"""Most pairs of one forward pass."""
CHUNK_TOKENS: Final = 16_384
"""Most tokens of one forward pass, counting each pair as long as the longest beside it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pairs of one forward pass: tensors on the processor, and the place of each pair."""

    features: dict[str, Any]
    places: tuple[int, ...]


class CrossEncoderScorer:
    """Reads texts, and pictures if its model can. Safe to call from several threads."""

    def __init__(
        self, model: Any, folder: Path, card: Card | None, *, name: str, fingerprint: str
    ) -> None:
        """Raises `ModelError` when the model has not one output, or its first score is none."""
        self._model = model
        self._device = model.device
        self._tokenizing = threading.Lock()
        self._decoders = ThreadPoolExecutor(
            min(8, os.cpu_count() or 1), thread_name_prefix="decode"
        )
        self._pairs = pairs.reading(model)
        self._picture = facts.costs(model).picture
        self._prompt = model.prompts.get(model.default_prompt_name or "")
        self._description = _describe(model, folder, card, name=name, fingerprint=fingerprint)
        if model.num_labels != 1:
            raise ModelError(
                f"{name} has {model.num_labels} outputs: it sorts into classes and is no reranker"
            )
        self._probe(name)

    def describe(self) -> ScorerDescription:
        """See `Scorer.describe`."""
        return self._description

    def weigh(self, query: Content, candidate: Content) -> int:
        """See `Scorer.weigh`: four bytes of text a token, patches as the processor cuts them."""
        words = sum(1 + len((each.text or "").encode()) // 4 for each in (query, candidate))
        pictures = sum(each.image is not None for each in (query, candidate))
        return 1 + min(words, self._description.max_text_tokens) + pictures * self._picture

    def preprocess(self, query: Content, candidates: Sequence[Content]) -> list[Chunk]:
        """See `Scorer.preprocess`: decoded, tokenised and padded, like lengths together."""
        scoring.check(query, self._description, side="query")
        for place, each in enumerate(candidates):
            scoring.check(each, self._description, side=f"candidate {place}")
        asked = self._pairs.read(query)
        pictures = sum(each.image is not None for each in candidates)
        read = self._decoders.map if pictures > 1 else map
        sides = list(read(self._pairs.read, candidates))
        return [
            self._chunk([self._pairs.join(asked, sides[place]) for place in places], places)
            for places in self._split(query, candidates)
        ]

    def forward(self, prepared: list[Chunk]) -> Scores:
        """See `Scorer.forward`."""
        scores = np.empty(sum(len(chunk.places) for chunk in prepared), dtype=np.float32)
        with torch.inference_mode(), refusing_overflow():
            for chunk in prepared:
                scores[list(chunk.places)] = self._scores(chunk)
        return scores

    def score(self, query: Content, candidates: Sequence[Content]) -> Scores:
        """See `Scorer.score`."""
        return self.forward(self.preprocess(query, candidates))

    def close(self) -> None:
        """Give back the memory of the weights."""
        self._decoders.shutdown(wait=False)
        del self._model
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _split(self, query: Content, candidates: Sequence[Content]) -> list[tuple[int, ...]]:
        """Places of the candidates by passes, longest first: like lengths need little padding."""
        weights = [self.weigh(query, each) for each in candidates]
        passes: list[list[int]] = []
        for place in sorted(range(len(candidates)), key=lambda place: -weights[place]):
            room = CHUNK_TOKENS // weights[passes[-1][0]] if passes else 0
            if passes and len(passes[-1]) < min(CHUNK, room):
                passes[-1].append(place)
            else:
                passes.append([place])
        return [tuple(each) for each in passes]

    def _chunk(self, joined: list[Any], places: tuple[int, ...]) -> Chunk:
        # A tokenizer keeps its padding and truncation in itself: one caller at a time.
        with self._tokenizing:
            try:
                features = self._model.preprocess(joined, prompt=self._prompt)
            except ValueError as error:
                raise UnsupportedContent(f"the model's processor refuses it: {error}") from error
        return Chunk(features, places)

    def _scores(self, chunk: Chunk) -> Scores:
        # A copy: the network writes its results into what it is given.
        features = {
            name: value.to(self._device) if isinstance(value, torch.Tensor) else value
            for name, value in chunk.features.items()
        }
        found = self._model(features)["scores"].reshape(len(chunk.places))
        scores: Scores = found.to(device="cpu", dtype=torch.float32).numpy()
        return scores

    def _probe(self, name: str) -> None:
        """Score one pair: a model that cannot is better refused now than in a search."""
        if Modality.TEXT not in self._description.modalities:
            raise ModelError(f"{name} reads no text")
        try:
            first = self.score(Content(text="a"), [Content(text="b")])
        except UnsupportedContent as error:
            raise ModelError(f"{name} takes no pair of texts: {error}") from error
        if not np.isfinite(first).all():
            raise ModelError(f"{name}: the model's first score is no number")


def load(
    card: Card | None, folder: Path, *, name: str, fingerprint: str, options: LoadOptions
) -> CrossEncoderScorer:
    """The scorer of a folder of model files; `card` is None for a model without one.

    Raises `ModelError` for files that are missing, broken or need code that may not run, for a
    model that is no reranker and for a device that is not there.
    """
    # Named here, so that none is looked up by the name that the folder's configuration gives it.
    raw = {"activation_fn": torch.nn.Identity()}
    model = opening.open_model(folder, card=card, options=options, kind=CrossEncoder, settings=raw)
    return CrossEncoderScorer(model, folder, card, name=name, fingerprint=fingerprint)


def _describe(
    model: Any, folder: Path, card: Card | None, *, name: str, fingerprint: str
) -> ScorerDescription:
    """What the model can read. With a card, only what both can."""
    able = facts.modalities(model) & scoring.READABLE
    if not ("message" in model.modalities and facts.joins(model, *scoring.READABLE)):
        able &= {Modality.TEXT}
    kind = getattr(model.config, "model_type", "") or type(model[0]).__name__
    return ScorerDescription(
        name=name,
        fingerprint=fingerprint,
        modalities=able if card is None else able & card.modalities,
        max_text_tokens=opening.text_limit(model, card),
        licence=facts.licence(folder) if card is None else card.licence,
        summary=f"A {kind} reranker run by Sentence Transformers."
        if card is None
        else card.summary,
        advice="" if card is None else card.advice,
    )
