"""A worker's life: open what its role needs, consume, and end without losing anything."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final, TypeAlias

from celery import Celery, signals

from services.core import checks
from services.core.errors import SettingsError
from services.core.loading import loading
from services.core.ports import Scorer
from services.core.ports.reranking import NoScorer
from services.core.queue.celery_app import make_app
from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.exchange import Exchange
from services.core.queue.redis_client import connect
from services.core.settings import Settings
from services.core.types.work import WorkerInfo
from services.worker import doors, process, query_tasks
from services.worker.ending import Ending
from services.worker.heart import Heart, whoami
from services.worker.parking import Parking
from services.worker.roles import EMBEDDER, ROLES, Role
from services.worker.room import Opened, Room
from services.worker.unfinished import Unfinished

logger: Final = logging.getLogger(__name__)
Open: TypeAlias = Callable[[Settings, str, Celery], Opened]


def run(role: str, settings: Settings, *, open_: Open | None = None) -> int:
    """Work until SIGTERM or Ctrl-C; returns the exit code.

    The first signal ends it when what is in hand is finished or given back, the second at once; so
    do settings that its processes cannot work with, which is told in the log (1).
    Raises SettingsError for an unknown role, without a Redis for a broker or a data folder that can
    be written to, and what opening the embedder's models and stores raises.
    """
    if (kind := ROLES.get(role)) is None:
        raise SettingsError(f"{role!r} is no kind of worker; there are {', '.join(ROLES)}")
    app = make_app(settings)
    checks.data_folder_writable(settings)
    opening = open_ or _open
    room = Room(lambda: opening(settings, role, app))
    consuming = False

    def asked() -> None:
        if not consuming:
            raise SystemExit(0)
        process.ask_to_end()

    with Ending(asked) as ending, ExitStack() as closing:
        closing.callback(room.close)
        who = whoami(role)
        _register(app, kind, settings, room=room, who=who)
        introduce = _answer(app, room=room, closing=closing) if kind is EMBEDDER else _nothing
        models = (lambda: room.opened().models()) if kind is EMBEDDER else None
        heart = Heart(app, who, folder=settings.stores.data_dir, before=introduce, models=models)
        closing.callback(heart.stop)
        if kind.pool == "threads":
            room.opened()  # what they share, before the first message
            ending.tell(room.stop)
        else:
            _open_in_each_process(room, ending=ending)
        hands = kind.hands(settings.workers)
        worker = process.make_process(app, kind, hands=hands, on_ready=heart.start)
        ending.tell(heart.stop)
        consuming = True
        logger.info("worker.started: %s", role)
        code = process.consume(worker)
        logger.info("worker.ended: %s", role)
        return 1 if ending.given_up() else code


def _open(settings: Settings, role: str, app: Celery) -> Opened:
    # Imported here: where tasks have processes of their own, nothing of gRPC, ONNX Runtime or a
    # database driver may be in the process that forks them.
    with loading():
        from services.wiring import open_worker

        return open_worker(settings, role, app=app)


def _register(app: Celery, kind: Role, settings: Settings, *, room: Room, who: WorkerInfo) -> None:
    queue = CeleryQueue(app)
    place: doors.Place = doors.always
    if kind is EMBEDDER:
        place = Parking(settings.workers.index_threads, queue=queue).place
    unfinished = Unfinished(connect(app), who)
    doors.Hall(app, room, queue, unfinished, place).register(kind.tasks())


def _answer(app: Celery, *, room: Room, closing: ExitStack) -> Callable[[], None]:
    """Make the tasks that answer queries; what they return introduces the models to everybody."""
    exchange = Exchange(app)
    closing.callback(exchange.close)

    def embedder() -> query_tasks.Runtime:
        runtime = room.opened().embedder
        assert runtime is not None, "an embedder opens its models"
        return runtime

    def scorer() -> Scorer:
        return room.opened().scorer or NoScorer()

    query_tasks.register(app, embedder=embedder, scorer=scorer, exchange=lambda: exchange)
    return lambda: query_tasks.publish_infos(embedder(), exchange)


def _open_in_each_process(room: Room, *, ending: Ending) -> None:
    def begin(**_: Any) -> None:
        ending.leave_to_parent()
        ending.tell(room.stop)
        try:
            room.opened()
        except SettingsError as error:
            # No later try ends otherwise: alive, it would take message after message for nothing.
            logger.error("worker.refused: %s", error)
            ending.give_up()
        except Exception:  # a store may be away: the first task tries again
            logger.exception("worker.not_opened")

    signals.worker_process_init.connect(begin, weak=False)
    signals.worker_process_shutdown.connect(lambda **_: room.close(), weak=False)


def _nothing() -> None:
    """Who answers no queries introduces nothing."""
