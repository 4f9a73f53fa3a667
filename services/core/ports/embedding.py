"""The port to whatever turns content into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose


class EmbedderClient(Protocol):
    """In process, or the worker that owns the device."""

    def names(self) -> tuple[str, ...]:
        """Embedders this deployment can use."""

    def info(self, embedder: str) -> EmbedderInfo:
        """Describe one. Raises InputError for an unknown name, EmbedderDown if it cannot tell."""

    def able(self, modality: str) -> tuple[str, ...]:
        """Embedders that can embed it, as far as can be told at once: none is loaded for it."""

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
    ) -> Matrix:
        """Return float32 [len(contents), dimensions], rows L2-normalised, order kept.

        `dimensions` None means the embedder's largest. Raises InputError for content or a size
        the embedder cannot do, EmbedderDown when it does not answer.
        """

    def check(self) -> None:
        """Raise EmbedderDown unless it can answer now."""
