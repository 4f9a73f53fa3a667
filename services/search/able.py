"""Who can embed what the embedder at hand cannot: the names a refusal lists."""

from __future__ import annotations

from collections.abc import Iterable

from services.core.errors import InputError, Unavailable
from services.core.ports import EmbedderClient
from services.core.types.vectors import EmbedderInfo


def check_modality(
    kind: str, info: EmbedderInfo, *, field: str, embedder: EmbedderClient, change: str
) -> None:
    """Raise InputError naming `field` and the embedders that can, unless `info`'s embeds `kind`.

    `change` says what to do to use another one ("choose it as `model`").
    """
    if kind in info.modalities:
        return
    others = tuple(_able(kind, embedder))
    advice = f"{', '.join(others)} can: {change}" if others else "no configured embedder can"
    raise InputError.at(
        field,
        f"cannot be {kind}: embedder {info.name} embeds "
        f"{', '.join(sorted(info.modalities))}; {advice}",
    )


def _able(kind: str, embedder: EmbedderClient) -> Iterable[str]:
    for name in embedder.names():
        try:
            info = embedder.info(name)
        except (Unavailable, InputError):
            continue  # configured and not there: it could not help now
        if kind in info.modalities:
            yield name
