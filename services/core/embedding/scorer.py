"""The Scorer port over the broker: the cross-encoders are in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from services.core.embedding import arrays, contents, descriptions, names, refusals
from services.core.embedding.broker import Broker
from services.core.embedding.client import BLOBS_OUTLIVE_S
from services.core.embedding.directory import Directory
from services.core.embedding.reading import Broken, fields_of
from services.core.errors import EmbedderDown, InputError, RerankerDown, RerankerTimeout
from services.core.types.documents import Json
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content


class BrokerScorer:
    """Each call is a message of its own. Safe from several threads."""

    def __init__(
        self,
        broker: Broker,
        *,
        names: Sequence[str],
        timeout_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`timeout_s` is how long a call that does not say waits at most."""
        self._broker = broker
        self._names = tuple(dict.fromkeys(names))
        self._timeout_s = timeout_s
        self._clock = clock
        self._closed = False
        self._directory = Directory(
            broker,
            kind="scorer",
            board=lambda roster: roster.scorers,
            read=descriptions.read_scorer,
            timeout_s=timeout_s,
            clock=clock,
        )

    def names(self) -> tuple[str, ...]:
        return self._names

    def info(self, model: str) -> ScorerInfo:
        self._check_name(model)
        with self._as_reranker(end=float("inf")):
            return self._directory.find(model)

    def score(
        self,
        model: str,
        query: Content,
        candidates: Sequence[Content],
        *,
        timeout_s: float | None = None,
    ) -> NDArray[np.float32]:
        self._check_name(model)
        wait_s = self._timeout_s if timeout_s is None else timeout_s
        with self._as_reranker(end=self._clock() + wait_s):
            answer = self._asked(model, [query, *candidates], wait_s=wait_s)
        if isinstance(answer, dict) and "error" in answer:
            raise refusals.read(answer["error"])
        try:
            given = fields_of(answer, "answer", {"scores"})
            return arrays.read_scores(given["scores"], count=len(candidates))
        except Broken as error:
            raise RerankerDown(f"the cross-encoder's answer cannot be used: {error}") from error

    def close(self) -> None:
        """Calls under way end with RerankerDown. The broker is its owner's to close."""
        self._closed = True

    def _asked(self, model: str, read: Sequence[Content], *, wait_s: float) -> Json:
        end = self._clock() + wait_s
        media = contents.media_of(read)
        blobs = self._broker.put_blobs(media, ttl_s=wait_s + BLOBS_OUTLIVE_S) if media else []
        written = [contents.write(each, ids) for ids in [iter(blobs)] for each in read]
        try:
            left_s = end - self._clock()
            payload: dict[str, Json] = {
                "model": model,
                "deadline": self._broker.now() + left_s,
                "query": written[0],
                "candidates": written[1:],
            }
            return self._broker.call(
                names.SCORE, payload, timeout_s=left_s, unwanted=lambda: self._closed
            )
        except EmbedderDown:
            self._broker.drop_blobs(blobs)
            raise

    def _check_name(self, model: str) -> None:
        if model not in self._names:
            known = ", ".join(self._names) or "none is configured"
            raise InputError.at("model", f"{model!r} is not a cross-encoder we have ({known})")

    @contextmanager
    def _as_reranker(self, *, end: float) -> Iterator[None]:
        """The cascade knows the failures of cross-encoders, not those of embedders."""
        try:
            yield
        except EmbedderDown as error:
            if self._clock() >= end:
                raise RerankerTimeout("no cross-encoder answered in time") from error
            raise RerankerDown(error.detail) from error
