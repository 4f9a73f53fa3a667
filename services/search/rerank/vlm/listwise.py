"""The listwise stage: one question about a grid of candidates; its answer becomes a permutation."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from threading import Lock
from typing import Final

from cachetools import TTLCache

from services.core.errors import MargayError
from services.core.ports.vision import VisionModel
from services.core.types.rerank import VlmSpec
from services.search.rerank.stage import Asked, Candidate, Outcome, Status
from services.search.rerank.vlm import captions, grid, guardrails, prompt
from services.search.rerank.vlm.captions import Captions
from services.search.rerank.vlm.grid import Fitted
from services.search.rerank.vlm.guardrails import Reading

KEPT: Final = 2048
KEPT_S: Final = 3600.0
CAPTION_SHARE: Final = 0.4
"""Of the stage's time, the most that is spent waiting for the caption."""
SECOND_SHARE: Final = 0.5
"""Of the time left after the first look, the most that is spent waiting for the second."""
UNCONFIRMED: Final = 0.25
"""How far a first look is trusted whose second did not come."""
_LOOKS: Final = 16
_DRAWING: Final = 4
_DEFAULT: Final = VlmSpec()


class ListwiseModel:
    """The model with what it said before; lives as long as the process."""

    def __init__(self, model: VisionModel, *, cell: int = grid.CELL) -> None:
        self.model = model
        self.captions = Captions(model)
        self.cell = cell
        self.looks = ThreadPoolExecutor(_LOOKS, thread_name_prefix="look")
        self.drawing = ThreadPoolExecutor(_DRAWING, thread_name_prefix="grid")
        self._lock = Lock()
        self._readings: TTLCache[str, Reading] = TTLCache(KEPT, KEPT_S)

    def remembered(self, key: str) -> Reading | None:
        with self._lock:
            return self._readings.get(key)

    def remember(self, key: str, reading: Reading) -> None:
        with self._lock:
            self._readings[key] = reading

    def close(self) -> None:
        self.captions.close()
        self.looks.shutdown(wait=False, cancel_futures=True)
        self.drawing.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Listwise:
    """The stage for one search.

    `blend` is the share of the order that came in: 0 takes the model's order as it is, 1 ignores
    it. With `passes` 2 the candidates are shown at the same time in the opposite order as well;
    both answers count (Borda), and together no more than they agree: whoever guesses, or prefers a
    place in the grid, contradicts himself, and the order that came in stays. If the second does not
    come in time, the first counts for a quarter. `every_reason` asks why for each candidate, which
    takes the model longer. `picture_of` gives the thumbnail of a medium, or None.
    """

    listwise: ListwiseModel
    picture_of: Callable[[str], bytes | None]
    caption: Future[str | None] | None
    top: int = _DEFAULT.top
    blend: float = _DEFAULT.blend
    passes: int = _DEFAULT.passes
    every_reason: bool = False

    @property
    def name(self) -> str:
        return "vlm"

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        """See Stage.rank. Raises VisionDown, VisionTimeout."""
        until = time.monotonic() + timeout_s
        pictures = [
            None if each.media_id is None else self.picture_of(each.media_id) for each in candidates
        ]
        if len(candidates) < 2 or not any(pictures):
            return Outcome(Status.SKIPPED, detail="needs two candidates, and pictures of them")
        caption = captions.wait(self.caption, timeout_s=timeout_s * CAPTION_SHARE)
        shown = _Shown(asked, candidates, pictures, caption, self.every_reason)
        forwards = range(len(candidates))
        looks = (forwards, forwards[::-1])[: self.passes]
        # Decoded once for both looks, and not at all for what is remembered.
        known = [self.listwise.remembered(shown.key(self.listwise.model.name, at)) for at in looks]
        fitted = None if all(known) else self._fit(shown)
        second = (
            self.listwise.looks.submit(self._ask, shown, fitted, looks[1], until)
            if self.passes > 1
            else None
        )
        first = self._ask(shown, fitted, forwards, until)
        if not first.usable:
            return Outcome(
                Status.INVALID, detail="the answer ranks nothing", repairs=_repairs(first)
            )
        if second is None:
            return self._outcome([first], trust=1.0, detail=None)
        return self._confirmed(first, _wait(second, (until - time.monotonic()) * SECOND_SHARE))

    def _confirmed(self, first: Reading, second: Reading | None) -> Outcome:
        """Both looks, as far as they agree."""
        if second is None:
            return self._outcome([first], trust=UNCONFIRMED, detail="the second look did not come")
        alike = agreement(first, second)
        return self._outcome(
            [first, second],
            trust=max(0.0, alike),
            detail=f"its two looks agree by {alike:.2f}",
        )

    def _outcome(self, readings: Sequence[Reading], *, trust: float, detail: str | None) -> Outcome:
        first = readings[0]
        share = (1 - self.blend) * trust
        places = [
            sum(reading.order.index(position) for reading in readings) / len(readings)
            for position in range(len(first.order))
        ]
        order = sorted(
            range(len(places)), key=lambda at: (share * places[at] + (1 - share) * at, at)
        )
        # The reason is the model's for its own first; it is no reason for another one.
        reasons = dict(first.reasons)
        if first.reason:
            reasons[first.order[0]] = first.reason
        return Outcome(Status.APPLIED, tuple(order), detail, reasons, repairs=_repairs(*readings))

    def _fit(self, shown: _Shown) -> Fitted:
        model = self.listwise
        return grid.fit(shown.asked.picture, shown.pictures, cell=model.cell, pool=model.drawing)

    def _ask(
        self, shown: _Shown, fitted: Fitted | None, places: Sequence[int], until: float
    ) -> Reading:
        """The reading of one question with the candidates in these places, in their positions."""
        key = shown.key(self.listwise.model.name, places)
        reading = self.listwise.remembered(key)
        if reading is None:
            count = len(places)
            answer = self.listwise.model.ask(
                (fitted or self._fit(shown)).compose(places),
                instructions=prompt.ranking_instructions(
                    count,
                    has_query_picture=shown.asked.picture is not None,
                    every_reason=self.every_reason,
                ),
                data=prompt.ranking_data(shown.asked.texts, shown.caption),
                schema=prompt.ranking_schema(count, every_reason=self.every_reason),
                max_tokens=prompt.ranking_tokens(count, every_reason=self.every_reason),
                timeout_s=max(0.0, until - time.monotonic()),
            )
            reading = guardrails.read(answer, count=count)
            if reading.usable:
                self.listwise.remember(key, reading)
        picks = [places[at] for at in reading.order[: reading.picked]]
        # The others as they came in, whatever places they were shown in.
        others = sorted(places[at] for at in reading.order[reading.picked :])
        reasons = {places[at]: reason for at, reason in reading.reasons.items()}
        return Reading((*picks, *others), reading.picked, reading.reason, reading.repairs, reasons)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the questions of one search are about."""

    asked: Asked
    candidates: Sequence[Candidate]
    pictures: Sequence[bytes | None]
    caption: str | None
    every_reason: bool

    def key(self, model: str, places: Sequence[int]) -> str:
        """Equal for equal questions to the same model."""
        asked, picture = self.asked, self.asked.picture
        query = None if picture is None else hashlib.sha256(picture).hexdigest()
        shown = [(self.candidates[at].document.id, self.candidates[at].media_id) for at in places]
        question = [model, asked.index, asked.texts, query, self.caption, shown, self.every_reason]
        return hashlib.sha256(json.dumps(question).encode()).hexdigest()


def agreement(one: Reading, other: Reading) -> float:
    """How far two looks at the same candidates agree, -1 .. 1: Kendall's rank correlation.

    The share of pairs that both order alike less that of pairs that they order differently; about 0
    for looks that have nothing to do with each other. A look says nothing of two candidates that it
    left out; of pairs of which neither says anything, nothing is counted.
    """
    said = [_said(look) for look in (one, other)]
    pairs = said[0].keys() | said[1].keys()
    alike = sum(
        1 if said[0][pair] == said[1][pair] else -1 for pair in said[0].keys() & said[1].keys()
    )
    return alike / len(pairs) if pairs else 1.0


def _said(look: Reading) -> dict[tuple[int, int], bool]:
    """Of each pair of which at least one was picked, whether the smaller position came first."""
    return {
        (min(pair), max(pair)): pair[0] < pair[1]
        for place, first in enumerate(look.order[: look.picked])
        for pair in ((first, behind) for behind in look.order[place + 1 :])
    }


def _wait(look: Future[Reading], timeout_s: float) -> Reading | None:
    """The second look if it comes and says something; the first is a look without it."""
    try:
        reading = look.result(timeout=max(0.0, timeout_s))
    except NotYet:
        look.cancel()  # one that has not begun would only keep others waiting
        return None
    except MargayError:
        return None
    return reading if reading.usable else None


def _repairs(*readings: Reading) -> dict[str, int]:
    total: dict[str, int] = {}
    for reading in readings:
        for repair, number in reading.repairs.items():
            total[repair.value] = total.get(repair.value, 0) + number
    return total
