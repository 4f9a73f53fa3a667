"""A cross-encoder's place in memory, and what it says of itself in our words."""

from __future__ import annotations

from collections.abc import Callable

from models.scoring import Scorer
from services.core.errors import RerankerDown
from services.core.types.rerank import ScorerInfo
from services.embedder.slot import Held, Slot

LoadScorer = Callable[[str], Scorer]
LoadedScorer = Held[Scorer, ScorerInfo]


class ScorerSlot(Slot[Scorer, ScorerInfo]):
    """See `Slot`. Its failures are RerankerDown."""

    def __init__(self, name: str, load: LoadScorer, *, clock: Callable[[], float]) -> None:
        super().__init__(
            name, load, describe=_info, noun="cross-encoder", down=RerankerDown, clock=clock
        )


def _info(name: str, model: Scorer) -> ScorerInfo:
    described = model.describe()
    return ScorerInfo(
        name=name,
        fingerprint=described.fingerprint,
        modalities=frozenset(modality.value for modality in described.modalities),
        max_text_tokens=described.max_text_tokens,
        licence=described.licence,
        summary=described.summary,
        advice=described.advice,
    )
