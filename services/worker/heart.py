"""A worker's heartbeat: a key in Redis for those who ask, and a file for the health check."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import redis
from celery import Celery

from services.core.errors import Unavailable
from services.core.queue.redis_client import connect
from services.core.queue.redis_models import note_models
from services.core.queue.redis_workforce import BEAT_S, SILENT_S, note_alive, note_gone
from services.core.types.models import ModelState
from services.core.types.work import WorkerInfo

logger: Final = logging.getLogger(__name__)


class Heart:
    """Beats every second in a thread of its own, from `start` to `stop`.

    Each beat that Redis took touches `<role>.alive` in the data folder: a process that hangs or
    lost its broker has an old one, and looking at the file's age costs a health check nothing.
    """

    def __init__(
        self,
        app: Celery,
        who: WorkerInfo,
        *,
        folder: Path,
        before: Callable[[], None] = lambda: None,
        models: Callable[[], Sequence[ModelState]] | None = None,
    ) -> None:
        """`before` is called until it succeeds, before the first beat; it may raise Unavailable.

        `models` tells at each beat how those of this process do, where it has any.
        """
        self._client = connect(app)
        self._info = who
        self._file = folder / f"{who.role}.alive"
        self._before = before
        self._models = models
        self._introduced = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing any more: whoever asks for this worker is told so at once."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._file.unlink(missing_ok=True)
        try:
            note_gone(self._client, self._info)
        except redis.RedisError:
            logger.info("heart.not_noted: the key runs out by itself")
        self._client.close()

    def _beat(self) -> None:
        heard = True
        while True:
            try:
                self._once()
            except (redis.RedisError, OSError, Unavailable) as error:
                if heard:
                    logger.warning("heart.unheard: %s", type(error).__name__)
                heard = False
            else:
                heard = True
            if self._stopped.wait(BEAT_S):
                return

    def _once(self) -> None:
        if not self._introduced:
            self._before()
            self._introduced = True
        note_alive(self._client, self._info)
        self._file.touch()
        if self._models is not None:
            self._tell_of(self._models)

    def _tell_of(self, models: Callable[[], Sequence[ModelState]]) -> None:
        try:
            states = models()
        except Exception:  # whatever is wrong with a figure, it must not stop the heart
            logger.exception("heart.models")
            return
        note_models(self._client, self._info, states, keep_s=SILENT_S)


def whoami(role: str) -> WorkerInfo:
    """This process, as others are to see it."""
    try:
        running = version("margay")
    except PackageNotFoundError:  # run from a folder that was never installed
        running = "unknown"
    return WorkerInfo(
        role=role,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_at=datetime.now(UTC),
        version=running,
    )
