"""One batch through the model: preprocess, forward, and what happens when it fails."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

from models import base
from services.core.errors import EmbedderDown, MargayError
from services.core.types.vectors import Matrix
from services.embedder import contents
from services.embedder.calls import Batch
from services.embedder.turns import Turns


class Passes:
    """Runs batches and hands each caller its own rows, or its own error.

    A batch that fails is run again caller by caller, so that nobody fails for another's content. A
    batch that the device has no room for is halved, once; `too_much` is told of it. What is too
    much alone says nothing of batches.
    """

    def __init__(
        self, name: str, *, turns: Turns, lock: Lock, too_much: Callable[[Batch], None]
    ) -> None:
        self._name = name
        self._turns = turns
        self._lock = lock
        self._too_much = too_much

    def run(self, model: base.Embedder, batch: Batch) -> None:
        """Fill or fail the calls of a batch; raises nothing."""
        try:
            self._run(model, batch, halved=False)
        except Exception as error:  # noqa: BLE001 - the thread serves others too, and these wait
            self.fail(batch, self._down(error.with_traceback(None)))

    def _run(self, model: base.Embedder, batch: Batch, *, halved: bool) -> None:
        failure = self._tried(model, batch)
        if failure is None:
            return
        # Outside the handler: its traceback held the tensors that filled the device.
        if isinstance(failure, base.OutOfMemory):
            alone = len(batch.items) == 1
            if not alone:
                self._too_much(batch)
            if halved or alone:
                self.fail(batch, self._down(failure))
            else:
                for half in batch.halves():
                    self._run(model, half, halved=True)
        elif len(batch.calls()) > 1:
            for own in batch.by_call():
                self._run(model, own, halved=halved)
        else:
            self.fail(batch, self._translated(model, batch, failure))

    def _tried(self, model: base.Embedder, batch: Batch) -> Exception | None:
        try:
            self._pass(model, batch)
        except Exception as error:  # noqa: BLE001 - the edge to foreign runtimes
            return error.with_traceback(None)
        return None

    def _pass(self, model: base.Embedder, batch: Batch) -> None:
        begun = monotonic()
        prepared = model.preprocess(batch.modalities, batch.contents(), batch.purpose)
        preprocess_s = monotonic() - begun
        query = batch.purpose is base.Purpose.QUERY
        with self._turns.query() if query else self._turns.ingestion():
            begun = monotonic()
            if all(call.gone(begun) for call in batch.calls()):
                return
            raw = model.forward(batch.modalities, prepared)
            forward_s = monotonic() - begun
        if len(raw) != len(batch.items):
            raise base.ModelError(f"{len(raw)} vectors for {len(batch.items)} contents")
        self._deliver(batch, raw, preprocess_s=preprocess_s, forward_s=forward_s)

    def _deliver(self, batch: Batch, raw: Matrix, *, preprocess_s: float, forward_s: float) -> None:
        at: dict[int, list[int]] = {}
        for position, item in enumerate(batch.items):
            at.setdefault(id(item.call), []).append(position)
        with self._lock:
            for call in batch.calls():
                positions = at[id(call)]
                call.preprocess_s += preprocess_s
                call.forward_s += forward_s
                rows = [batch.items[position].row for position in positions]
                call.fill(rows, raw if len(at) == 1 else raw[positions])

    def fail(self, batch: Batch, error: MargayError) -> None:
        """End every call of a batch with the same error."""
        with self._lock:
            for call in batch.calls():
                call.fail(error)

    def _translated(self, model: base.Embedder, batch: Batch, error: Exception) -> MargayError:
        if isinstance(error, base.UnreadableMedia):
            row, error = self._culprit(model, batch, error)
            return contents.refused(error, batch.items[0].call.contents[row], row=row)
        if isinstance(error, base.UnsupportedContent):
            return contents.unsupported(error)
        return self._down(error)

    @staticmethod
    def _culprit(
        model: base.Embedder, batch: Batch, error: base.UnreadableMedia
    ) -> tuple[int, base.UnreadableMedia]:
        """Which of one caller's contents it is: a batch does not say."""
        for item, content in zip(batch.items, batch.contents(), strict=True):
            if len(batch.items) == 1:
                break
            try:
                model.preprocess(batch.modalities, [content], batch.purpose)
            except base.UnreadableMedia as found:
                return item.row, found
            except Exception:  # noqa: BLE001 - what the batch said is known; this search is extra
                break
        return batch.items[0].row, error

    def _down(self, error: Exception) -> EmbedderDown:
        return EmbedderDown(f"embedder {self._name!r} failed: {error}")
