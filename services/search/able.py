"""Who can embed what the embedder at hand cannot: the names a refusal lists."""

from __future__ import annotations

from services.core.errors import InputError
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
    others = embedder.able(kind)
    advice = (
        f"{', '.join(others)} can: {change}"
        if others
        else "no configured embedder can; `margay models list` names others"
    )
    raise InputError.at(
        field,
        f"cannot be {kind}: embedder {info.name} embeds "
        f"{', '.join(sorted(info.modalities))}; {advice}",
    )
