"""The one decorator that makes a function a task of ours: named, typed, checked, JSON only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from celery import Celery

from services.core.queue import celery_app

logger: Final = logging.getLogger(__name__)
LONGEST_ID: Final = 256
Result = TypeVar("Result")
Body: TypeAlias = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class Options:
    """What is decided for a task where it is defined, and nowhere else.

    `ids` are its arguments, each a short string; None: one argument `payload` of any JSON, which
    the task checks itself.
    """

    ids: tuple[str, ...] | None
    answers: bool = False
    """Whether somebody waits for its value; it is kept for `celery_app.RESULT_S` at most."""
    acks_late: bool = True
    """Acknowledged when it is done: a worker that dies leaves the message to another."""
    hard_limit_s: float = celery_app.HARD_LIMIT_S
    soft_limit_s: float = celery_app.SOFT_LIMIT_S
    """Where tasks have processes of their own; threads cannot be stopped and have no limits."""

    def __post_init__(self) -> None:
        if not 0 < self.soft_limit_s < self.hard_limit_s < celery_app.VISIBLE_AGAIN_S:
            raise ValueError("a task ends before its message is handed to another")


def task(app: Celery, name: str, options: Options) -> Callable[[Body[Result]], Body[Result | None]]:
    """Make the decorated function the task `name` of this application.

    A message with other arguments than `options` tells is logged and ends there: it would be no
    better the second time. Raises ValueError if the name is taken.
    """
    if name in app.tasks:
        raise ValueError(f"there is a task {name!r} already")

    def register(body: Body[Result]) -> Body[Result | None]:
        def run(*positional: object, **given: object) -> Result | None:
            if (fault := _fault(positional, given, options)) is not None:
                logger.error("task.refused: %s: %s", name, fault)
                return None
            return body(**given)

        app.task(
            name=name,
            acks_late=options.acks_late,
            reject_on_worker_lost=options.acks_late,
            ignore_result=not options.answers,
            time_limit=options.hard_limit_s,
            soft_time_limit=options.soft_limit_s,
            serializer="json",
            shared=False,
            lazy=False,
            typing=False,  # `_fault` does it, and the worker lives on
        )(run)
        return run

    return register


def _fault(
    positional: tuple[object, ...], given: Mapping[str, object], options: Options
) -> str | None:
    """What is wrong with a message's arguments; never their values: they may be anything."""
    wanted = ("payload",) if options.ids is None else options.ids
    if positional or given.keys() != set(wanted):
        return f"its arguments are not {', '.join(wanted) or 'none'}"
    if options.ids is None:
        return None
    for name, value in given.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
            return f"{name} is no string of 1 to {LONGEST_ID} characters"
    return None
