"""What a loaded model can do, read from the model itself and from its card."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.base import PICTURE_TOKENS, SECOND_TOKENS, Description, Modality, ModelError
from models.card import Card
from models.sentence_transformer import opening

SHORTER: Final = ("matryoshka_dimensions", "matryoshka_dims")
"""Where models say which shorter vectors they were trained for (jina-embeddings v3 and v4)."""
LICENCE: Final = re.compile(r"^license(?:_name)?:\s*([\w.+-]+)\s*$", re.MULTILINE)


def modalities(model: Any) -> frozenset[Modality]:
    """What goes in alone. A tower that the checkpoint was saved without takes its kinds along."""
    able = {each for each in Modality if model.supports(each.value)}
    config = model.config
    if getattr(config, "audio_config", ...) is None:
        able -= {Modality.AUDIO}
    if getattr(config, "vision_config", ...) is None:
        able -= {Modality.IMAGE, Modality.VIDEO}
    return frozenset(able)


def joins(model: Any, *parts: Modality) -> bool:
    """Whether those kinds can go into one vector."""
    together = tuple(sorted(part.value for part in parts))
    return modalities(model) >= set(parts) and bool(model.supports(together))


def dimensions(model: Any, folder: Path, card: Card | None, *, width: int) -> tuple[int, ...]:
    """Usable lengths, longest first: the card's, else the model's own, else only the whole.

    Raises `ModelError` when the card speaks of another width.
    """
    whole = min(width, model.truncate_dim or width)
    if card is not None:
        if card.dimensions[0] != whole:
            raise ModelError(
                f"{card.name}: its card says {card.dimensions[0]} dimensions, its files {whole}"
            )
        return card.dimensions
    said = opening.settings(folder)
    lengths = {whole}
    for key in SHORTER:
        for found in (said.get(key), getattr(model.config, key, None)):
            if isinstance(found, list | tuple):
                lengths |= {each for each in found if isinstance(each, int) and 0 < each <= whole}
    return tuple(sorted(lengths, reverse=True))


def describe(
    model: Any, folder: Path, card: Card | None, *, name: str, fingerprint: str, width: int
) -> Description:
    """The description of a loaded model. With a card, only what both can do."""
    able = modalities(model)
    joint = joins(model, Modality.TEXT, Modality.IMAGE)
    hears = joins(model, Modality.AUDIO, Modality.VIDEO)
    kind = getattr(model.config, "model_type", "") or type(model[0]).__name__
    return Description(
        name=name,
        fingerprint=fingerprint,
        modalities=able if card is None else able & card.modalities,
        joint=joint,
        dimensions=dimensions(model, folder, card, width=width),
        max_text_tokens=opening.text_limit(model, card),
        licence=licence(folder) if card is None else card.licence,
        summary=f"A {kind} model run by Sentence Transformers." if card is None else card.summary,
        advice="" if card is None else card.advice,
        min_scores={} if card is None else card.min_scores,
        hears_video=hears if card is None else hears and Modality.AUDIO in card.modalities,
    )


def licence(folder: Path) -> str:
    """What the head of the model's own README says; `unknown` without one."""
    path = folder / "README.md"
    if not path.is_file():
        return "unknown"
    parts = path.read_text(encoding="utf-8", errors="replace").split("---", 2)
    found = LICENCE.search(parts[1]) if len(parts) == 3 and not parts[0].strip() else None
    return "unknown" if found is None else found.group(1)


@dataclass(frozen=True, slots=True)
class Costs:
    """How many patches or tokens the towers see of each kind."""

    picture: int
    frame: int
    second: int


def costs(model: Any) -> Costs:
    """Read from processor and configuration where they say it, else the usual numbers."""
    processor = getattr(model[0], "processor", None)
    second = getattr(processor, "audio_ms_per_token", None)
    picture = _patches(getattr(processor, "image_processor", None)) or _grid(model.config)
    frame = _patches(getattr(processor, "video_processor", None)) or picture
    return Costs(
        picture=picture or PICTURE_TOKENS,
        frame=frame or PICTURE_TOKENS,
        second=SECOND_TOKENS if not second else max(1, round(1000 / second)),
    )


def _patches(processor: Any) -> int:
    """Of processors with a budget of patches: SigLIP 2 NaFlex, and Gemma's before pooling."""
    budget = getattr(processor, "max_num_patches", None)
    if isinstance(budget, int):
        return budget
    soft = getattr(processor, "max_soft_tokens", None)
    pooled = getattr(processor, "pooling_kernel_size", None)
    return soft * pooled**2 if isinstance(soft, int) and isinstance(pooled, int) else 0


def _grid(config: Any) -> int:
    """Of towers that see squares of one size."""
    vision = getattr(config, "vision_config", None)
    side, patch = (getattr(vision, key, None) for key in ("image_size", "patch_size"))
    return (side // patch) ** 2 if isinstance(side, int) and isinstance(patch, int) else 0
