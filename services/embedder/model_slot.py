"""An embedder's place in memory, and what it says of itself in our words."""

from __future__ import annotations

from collections.abc import Callable

from models import base
from services.core.errors import EmbedderDown
from services.core.types.vectors import EmbedderInfo
from services.embedder.slot import Held, Slot

Load = Callable[[str], base.Embedder]
Loaded = Held[base.Embedder, EmbedderInfo]


class ModelSlot(Slot[base.Embedder, EmbedderInfo]):
    """See `Slot`. Its failures are EmbedderDown."""

    def __init__(self, name: str, load: Load, *, clock: Callable[[], float]) -> None:
        super().__init__(
            name, load, describe=_info, noun="embedder", down=EmbedderDown, clock=clock
        )


def _info(name: str, model: base.Embedder) -> EmbedderInfo:
    described = model.describe()
    return EmbedderInfo(
        name=name,
        fingerprint=described.fingerprint,
        modalities=frozenset(modality.value for modality in described.modalities),
        joint=described.joint,
        dimensions=described.dimensions,
        max_text_tokens=described.max_text_tokens,
        licence=described.licence,
        summary=described.summary,
        advice=described.advice,
        hears_video=described.hears_video,
        min_scores=dict(described.min_scores),
    )
