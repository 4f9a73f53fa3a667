"""The Scorer port with the cross-encoders in this process."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from statistics import median
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import base, scoring
from services.core.errors import Busy, FieldProblem, InputError, MargayError, RerankerDown
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content
from services.embedder import contents
from services.embedder.durations import WINDOW
from services.embedder.lane import Limit
from services.embedder.scheduler import LIMIT
from services.embedder.scorer_passes import ScorerCall, ScorerPasses
from services.embedder.scorer_slot import LoadedScorer, LoadScorer, ScorerSlot
from services.embedder.turns import Turns

logger: Final = logging.getLogger(__name__)
_LOOKS: Final = 4
"""How often the idle ones are looked for in the time after which they leave."""


@dataclass(frozen=True, slots=True)
class ScorerStats:
    """One cross-encoder now. `call_s` is the median of its last calls, waiting included."""

    name: str
    loaded: bool
    failure: str | None
    info: ScorerInfo | None
    memory_bytes: int | None
    waiting: int
    calls: int
    candidates: int
    call_s: float | None


class ScorerRuntime:
    """Cross-encoders side by side, each loaded when first asked for; safe from several threads.

    The first of `names` is the default, which stays in memory; the others leave it when nobody
    used them for `idle_unload_s` (0: never). `turns` are those of the embedders on the same device.
    At most `room` candidates wait for one model; an idle one takes any number.
    """

    def __init__(
        self,
        names: Sequence[str],
        load: LoadScorer,
        *,
        turns: Turns | None = None,
        limit: Limit = LIMIT,
        room: int = 4096,
        idle_unload_s: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._clock = clock
        self._room = room
        self._idle_unload_s = idle_unload_s
        shared = Turns() if turns is None else turns
        self._slots = {name: ScorerSlot(name, load, clock=clock) for name in self._names}
        self._passes = {
            name: ScorerPasses(name, limit=limit, turns=shared, clock=clock) for name in self._names
        }
        self._lock = Lock()
        self._waiting = dict.fromkeys(self._names, 0)
        self._calls = dict.fromkeys(self._names, (0, 0))
        self._took_s = {name: deque[float](maxlen=WINDOW) for name in self._names}
        self._closing = Event()
        self._keeper: Thread | None = None
        if idle_unload_s > 0 and len(self._names) > 1:
            self._keeper = Thread(target=self._watch, name="rerank-idle", daemon=True)
            self._keeper.start()

    def names(self) -> tuple[str, ...]:
        return self._names

    def info(self, model: str) -> ScorerInfo:
        return self._slot(model).info()

    def score(
        self,
        model: str,
        query: Content,
        candidates: Sequence[Content],
        *,
        timeout_s: float | None = None,
    ) -> NDArray[np.float32]:
        """See `Scorer.score`. Loading a model, and a pass under way, are not cut short."""
        begun = self._clock()
        deadline = inf if timeout_s is None else begun + timeout_s
        with self._slot(model).held() as loaded:
            call = ScorerCall(
                _converted(query, loaded.info, field="query"),
                [
                    _converted(each, loaded.info, field=f"candidates[{place}]")
                    for place, each in enumerate(candidates)
                ],
                deadline,
            )
            with self._admitted(model, len(candidates)):
                self._run(call, loaded)
        self._note(model, len(candidates), self._clock() - begun)
        return call.scores

    def stats(self) -> tuple[ScorerStats, ...]:
        """How each model does, the default first; none is loaded for it."""
        with self._lock:
            return tuple(self._stats(name) for name in self._names)

    def begin_loading(self) -> None:
        """Load the default in the background: the first search need not wait for it.

        What goes wrong is logged; the next call tries again and says so.
        """
        if self._names:
            Thread(target=self._load_default, name="rerank-load", daemon=True).start()

    def unload_idle(self) -> tuple[str, ...]:
        """Give back the memory of the models that nobody used for long; their names."""
        return tuple(
            name for name in self._names[1:] if self._slots[name].unload_idle(self._idle_unload_s)
        )

    def close(self) -> None:
        """Take no more calls; the memory comes back when those under way have ended."""
        self._closing.set()
        for slot in self._slots.values():
            slot.close()
        if self._keeper is not None:
            self._keeper.join()

    def _stats(self, name: str) -> ScorerStats:
        slot, took_s = self._slots[name], self._took_s[name]
        calls, candidates = self._calls[name]
        return ScorerStats(
            name=name,
            loaded=slot.loaded,
            failure=slot.failure,
            info=slot.known,
            memory_bytes=slot.memory_bytes if slot.loaded else None,
            waiting=self._waiting[name],
            calls=calls,
            candidates=candidates,
            call_s=median(took_s) if took_s else None,
        )

    def _note(self, model: str, candidates: int, took_s: float) -> None:
        with self._lock:
            calls, before = self._calls[model]
            self._calls[model] = (calls + 1, before + candidates)
            self._took_s[model].append(took_s)

    def _run(self, call: ScorerCall, loaded: LoadedScorer) -> None:
        try:
            self._passes[loaded.info.name].run(loaded.model, call)
        except MargayError:
            raise
        except base.UnreadableMedia as error:
            raise _culprit(error, call, loaded.model) from error
        except base.UnsupportedContent as error:
            raise InputError.at("candidates", str(error)) from error
        except Exception as error:  # noqa: BLE001 - the edge to foreign runtimes
            failed = f"cross-encoder {loaded.info.name!r} failed: {error}"
            raise RerankerDown(failed) from error.with_traceback(None)

    @contextmanager
    def _admitted(self, model: str, count: int) -> Iterator[None]:
        with self._lock:
            waiting = self._waiting[model]
            if waiting and waiting + count > self._room:
                raise Busy(
                    f"{waiting} candidates wait for cross-encoder {model!r} already; "
                    f"at most {self._room} may; try again in a moment"
                )
            self._waiting[model] += count
        try:
            yield
        finally:
            with self._lock:
                self._waiting[model] -= count

    def _slot(self, name: str) -> ScorerSlot:
        slot = self._slots.get(name)
        if slot is None:
            known = ", ".join(self._names) or "none is configured"
            raise InputError.at("model", f"{name!r} is not a cross-encoder we have ({known})")
        return slot

    def _load_default(self) -> None:
        try:
            self._slots[self._names[0]].info()
        except RerankerDown as error:
            logger.warning("reranker.not_loaded: %s", error)

    def _watch(self) -> None:
        while not self._closing.wait(self._idle_unload_s / _LOOKS):
            self.unload_idle()


def _converted(content: Content, info: ScorerInfo, *, field: str) -> base.Content:
    """The same content for a model. Raises InputError naming what it cannot read."""
    converted = base.Content(
        text=content.text, image=content.image, audio=content.audio, video=content.video
    )
    present = converted.modalities()
    if not present:
        raise InputError.at(field, "has nothing to read")
    for kind in present:
        if kind not in info.modalities:
            able = " and ".join(sorted(info.modalities))
            raise InputError.at(f"{field}.{kind}", f"{info.name} reads {able} only")
    contents.check_text(content.text, field=f"{field}.text")
    return converted


def _culprit(error: base.UnreadableMedia, call: ScorerCall, model: scoring.Scorer) -> MargayError:
    """The refusal of the picture that it was: a batch does not say."""
    for place, each in enumerate([call.query, *call.candidates]):
        if each.image is None:
            continue
        try:
            model.preprocess(call.query if place == 0 else base.Content(text="a"), [each])
        except base.UnreadableMedia as found:
            refusal = contents.refused(found, each, row=0)
            field = "query.image" if place == 0 else f"candidates[{place - 1}].image"
            refusal.fields = (FieldProblem(field, str(found)),)
            return refusal
        except Exception:  # noqa: BLE001 - what the batch said is known; this search is extra
            break
    return contents.refused(error, call.query, row=0)
