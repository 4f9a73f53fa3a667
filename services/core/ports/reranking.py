"""The port to cross-encoders, which read a query and a candidate together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from services.core.errors import InputError
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content


class Scorer(Protocol):
    """In process, or the worker that owns the device."""

    def names(self) -> tuple[str, ...]:
        """Cross-encoders this deployment can use, the default first; none if none is set."""

    def info(self, model: str) -> ScorerInfo:
        """Describe one. Raises InputError for an unknown name, RerankerDown if it cannot tell."""

    def score(
        self,
        model: str,
        query: Content,
        candidates: Sequence[Content],
        *,
        timeout_s: float | None = None,
    ) -> NDArray[np.float32]:
        """Return float32 [len(candidates)]: log-odds, higher is better; the sigmoid is 0 to 1.

        Raises InputError and MediaRefused for what the model cannot read (`query` or
        `candidates[i]`), Busy when too much waits already, RerankerTimeout when there is no whole
        answer in time, RerankerDown when it fails.
        """


class NoScorer:
    """A deployment without cross-encoders."""

    def names(self) -> tuple[str, ...]:
        return ()

    def info(self, model: str) -> ScorerInfo:
        self._refuse(model)

    def score(
        self,
        model: str,
        query: Content,
        candidates: Sequence[Content],
        *,
        timeout_s: float | None = None,
    ) -> NDArray[np.float32]:
        del query, candidates, timeout_s
        self._refuse(model)

    @staticmethod
    def _refuse(model: str) -> NoReturn:
        raise InputError.at("model", f"{model!r} is not configured, and no cross-encoder is")
