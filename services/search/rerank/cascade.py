"""Runs the stages one after the other within one deadline; none can do more than permute."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Final

from services.core.errors import MargayError, VisionTimeout
from services.search.rerank.stage import Asked, Candidate, Outcome, Stage, Status

logger: Final = logging.getLogger(__name__)
DEADLINE_S: Final = 8.0
_LEAST_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Report:
    """How one stage went."""

    stage: str
    status: Status
    took_ms: float
    detail: str | None
    repairs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reranked:
    """`order` holds each position of what came in once; reasons and terms are by such position."""

    order: tuple[int, ...]
    reports: tuple[Report, ...]
    reasons: Mapping[int, str]
    terms: Mapping[int, Mapping[str, float]]


class Cascade:
    """Owns the threads that stages run on, so that one which does not end cannot hold a search."""

    def __init__(self, *, threads: int = 16) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="rerank")

    def run(
        self, stages: Sequence[Stage], asked: Asked, candidates: Sequence[Candidate], *,
        deadline_s: float = DEADLINE_S,
    ) -> Reranked:  # fmt: skip
        """Let each stage order the first `top` of what the one before left; never raises."""
        until = time.monotonic() + deadline_s
        order = list(range(len(candidates)))
        reports: list[Report] = []
        reasons: dict[int, str] = {}
        terms: dict[int, Mapping[str, float]] = {}
        for stage in stages:
            begun = time.monotonic()
            window = order[: stage.top]
            outcome = self._outcome(stage, asked, [candidates[at] for at in window], until)
            if outcome.status is Status.APPLIED:
                order[: len(window)] = [window[at] for at in outcome.order]
                reasons |= {window[at]: reason for at, reason in outcome.reasons.items()}
                terms |= {window[at]: term for at, term in outcome.terms.items()}
            took_ms = round((time.monotonic() - begun) * 1000, 3)
            reports.append(
                Report(stage.name, outcome.status, took_ms, outcome.detail, outcome.repairs)
            )
        return Reranked(tuple(order), tuple(reports), reasons, terms)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _outcome(
        self, stage: Stage, asked: Asked, shown: Sequence[Candidate], until: float
    ) -> Outcome:
        left_s = until - time.monotonic()
        if not shown or left_s < _LEAST_S:
            return Outcome(Status.SKIPPED, detail="no time left" if shown else "no candidates")
        future = self._pool.submit(stage.rank, asked, shown, timeout_s=left_s)
        try:
            outcome = future.result(timeout=left_s)
        except (NotYet, VisionTimeout):
            future.cancel()
            return Outcome(Status.TIMEOUT, detail="it did not answer in time")
        except MargayError as error:
            return Outcome(Status.UNAVAILABLE, detail=error.detail)
        except Exception:  # an edge: a query never fails because a reranker did
            logger.exception("rerank.failed")
            return Outcome(Status.UNAVAILABLE, detail="it failed; see the log")
        if outcome.status is Status.APPLIED and sorted(outcome.order) != list(range(len(shown))):
            return Outcome(Status.INVALID, detail="its order is not one of what it was shown")
        return outcome
