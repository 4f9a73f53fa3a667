"""The EmbedderClient port with the models in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from math import inf
from threading import Event, Thread
from time import monotonic
from typing import Final

import numpy as np

from models import base
from services.core.errors import EmbedderDown, InputError, MargayError
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose
from services.embedder import contents as checked
from services.embedder.calls import Call
from services.embedder.durations import Durations, ModelStats, Observe, ObserveBatch, Record
from services.embedder.model_slot import Load, Loaded, ModelSlot
from services.embedder.scheduler import Scheduler, Scheduling
from services.embedder.turns import Turns
from services.embedder.warm_up import sample

logger: Final = logging.getLogger(__name__)
_PURPOSES: Final = {each: base.Purpose(each.value) for each in Purpose}
_LOOKS: Final = 4
"""How often the idle ones are looked for in the time after which they leave."""


class EmbedderRuntime:
    """Several models side by side, each loaded when first asked for; safe from several threads.

    The first of `names` is the default, which stays in memory; the others leave it when nobody
    used them for `idle_unload_s` (0: never). `modalities` tells what a model that is not loaded
    could embed, for the advice in refusals. `turns` is given when other models share the device.
    """

    def __init__(
        self,
        names: Sequence[str],
        load: Load,
        *,
        scheduling: Scheduling | None = None,
        idle_unload_s: float = 0.0,
        turns: Turns | None = None,
        modalities: Callable[[str], frozenset[str]] | None = None,
        observe: Observe | None = None,
        observe_batch: ObserveBatch | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._idle_unload_s = idle_unload_s
        self._modalities = modalities
        shared = Turns() if turns is None else turns
        self._slots = {name: ModelSlot(name, load, clock=clock) for name in self._names}
        self._records = {
            name: Record(name, observe=observe, observe_batch=observe_batch) for name in self._names
        }
        self._schedulers = {
            name: Scheduler(
                self._slots[name],
                scheduling or Scheduling(),
                turns=shared,
                record=self._records[name],
            )
            for name in self._names
        }
        self._closing = Event()
        self._keeper: Thread | None = None
        if idle_unload_s > 0:
            self._keeper = Thread(target=self._watch, name="embed-idle", daemon=True)
            self._keeper.start()

    def names(self) -> tuple[str, ...]:
        return self._names

    def info(self, embedder: str) -> EmbedderInfo:
        return self._slot(embedder).info()

    def able(self, modality: str) -> tuple[str, ...]:
        return tuple(name for name in self._names if modality in self._modalities_of(name))

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
        deadline_s: float | None = None,
    ) -> Matrix:
        """See `EmbedderClient.embed`.

        After `deadline_s` seconds the call ends with EmbedderDown, and what of it still waits is
        dropped; loading a model, and the pass of a query that is alone, are not cut short. Raises
        Busy when too much waits for this model already.
        """
        begun = monotonic()
        with self._slot(embedder).held() as loaded:
            width = checked.check_dimensions(dimensions, loaded.info)
            if not contents:
                return np.empty((0, width), dtype=np.float32)
            call = Call(
                checked.convert(contents, loaded.info, able=self.able),
                _PURPOSES[purpose],
                width=loaded.info.dimensions[0],
                deadline=inf if deadline_s is None else begun + deadline_s,
            )
            self._schedulers[embedder].run(call, loaded.model)
            return self._finished(call, loaded, width=width, begun=begun)

    def check(self) -> None:
        """Load the default embedder if it is not yet; later calls cost nothing."""
        if self._names:
            self._slot(self._names[0]).info()

    def warm_up(self, embedder: str | None = None) -> None:
        """Load it (default: the first) and run it once, so that the first query is not slow.

        Raises InputError for an unknown name, EmbedderDown when it cannot be loaded.
        """
        name = self._names[0] if embedder is None else embedder
        for content in sample(self.info(name).modalities):
            self.embed(name, [content], Purpose.QUERY)

    def begin_warming_others(self) -> None:
        """Warm up all but the default in the background, one by one.

        What goes wrong with one is logged; the next call for it tries again and says so.
        """
        Thread(target=self._warm_others, name="embed-load", daemon=True).start()

    def stats(self) -> tuple[ModelStats, ...]:
        """How each model does, the default first."""
        found = []
        for name in self._names:
            queries, ingestion = self._schedulers[name].waiting()
            slot = self._slots[name]
            found.append(
                self._records[name].stats(
                    loaded=slot.loaded,
                    memory_bytes=slot.memory_bytes,
                    queries=queries,
                    ingestion=ingestion,
                )
            )
        return tuple(found)

    def known(self, embedder: str) -> tuple[EmbedderInfo | None, str | None]:
        """What it is known to do without loading it, and why its last loading failed."""
        slot = self._slot(embedder)
        return slot.known, slot.failure

    def unload_idle(self) -> tuple[str, ...]:
        """Give back the memory of the models that nobody used for long; their names."""
        return tuple(
            name for name in self._names[1:] if self._slots[name].unload_idle(self._idle_unload_s)
        )

    def close(self) -> None:
        """Fail the calls that wait, let the passes under way end, give back the memory."""
        self._closing.set()
        for scheduler in self._schedulers.values():
            scheduler.close()
        for slot in self._slots.values():
            slot.close()
        if self._keeper is not None:
            self._keeper.join()

    def _warm_others(self) -> None:
        for name in self._names[1:]:
            if self._closing.is_set():
                return
            try:
                self.warm_up(name)
            except MargayError as error:
                logger.warning("embedder.not_loaded: %s", error)

    def _finished(self, call: Call, loaded: Loaded, *, width: int, begun: float) -> Matrix:
        assert call.raw is not None, "a call without error has its vectors"
        ready = monotonic()
        try:
            vectors = loaded.model.postprocess(call.raw, dimensions=width)
        except Exception as error:  # the edge to foreign runtimes: they raise what they like
            raise EmbedderDown(f"embedder {loaded.info.name!r} failed: {error}") from error
        passed = call.preprocess_s + call.forward_s
        self._records[loaded.info.name].call(
            Durations(
                wait_s=max(0.0, ready - begun - passed),
                preprocess_s=call.preprocess_s,
                forward_s=call.forward_s,
                postprocess_s=monotonic() - ready,
            ),
            contents=len(call.contents),
        )
        return vectors

    def _slot(self, name: str) -> ModelSlot:
        slot = self._slots.get(name)
        if slot is None:
            raise InputError.at("embedder", f"{name!r} is not one of {', '.join(self._names)}")
        return slot

    def _modalities_of(self, name: str) -> frozenset[str]:
        slot = self._slots[name]
        if slot.failed:
            return frozenset()  # it could not help now
        if slot.known is not None:
            return slot.known.modalities
        return frozenset() if self._modalities is None else self._modalities(name)

    def _watch(self) -> None:
        while not self._closing.wait(self._idle_unload_s / _LOOKS):
            self.unload_idle()
