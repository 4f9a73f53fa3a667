"""Evaluations as they are asked for: accepted, cancelled, deleted, and sent when they are due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.core import ids
from services.core.errors import Conflict, InputError, NotFound, SettingsError
from services.core.ports import Ports, UnitOfWork
from services.core.queue import names
from services.core.types.configurations import Configuration
from services.core.types.evaluations import Evaluation, EvaluationRequest, EvaluationState
from services.insight.evaluation import compare, plan

DEFAULT: Final = "default"
"""The configuration without any choice: a search as it is."""
MOST_CONFIGURATIONS: Final = 8
MOST_ANSWERS: Final = 5_000_000
"""Documents in all answers together: they are held in memory at the end."""
OPEN: Final = (EvaluationState.QUEUED, EvaluationState.RUNNING)
PAGE: Final = 1000


def accept(
    ports: Ports,
    *,
    query_set: str,
    configurations: Sequence[str],
    depth: int = 50,
    tune_hybrid: bool = False,
    recall: bool = False,
    sizes: bool = False,
    price_per_hour: float | None = None,
    within: Callable[[UnitOfWork, Evaluation], None] | None = None,
) -> Evaluation:
    """Write it down with copies of its configurations, and have it measured.

    `within` is called in the same transaction.

    Raises NotFound for the query set and a configuration, InputError naming the field for what
    cannot be measured, Conflict where this very process is to measure and lacks what it takes.
    """
    if ports.settings.stores.embedded:
        _check_installed()  # a gateway of a stack cannot know what its workers have
    evaluation_id = ids.new_id("eval")
    with ports.database.work() as work:
        info = work.query_sets.get(query_set)
        request = EvaluationRequest(
            query_set=query_set,
            index=info.index,
            configurations=tuple(_configurations(work, configurations)),
            depth=depth,
            tune_hybrid=tune_hybrid,
            recall=recall,
            sizes=sizes,
            price_per_hour=price_per_hour,
        )
        steps = _steps(work, request, sum(info.kinds.values()))
        work.evaluations.add(evaluation_id, request, total=steps, now=ports.clock())
        work.enqueue(names.INSIGHT_EVALUATE, evaluation_id=evaluation_id)
        accepted = work.evaluations.get(evaluation_id)
        if within is not None:
            within(work, accepted)
    return accepted


def cancel(ports: Ports, evaluation_id: str) -> Evaluation:
    """End it; who measures it notices at the next part. Raises NotFound, Conflict."""
    with ports.database.work() as work:
        work.evaluations.cancel(evaluation_id, now=ports.clock())
        return work.evaluations.get(evaluation_id)


def send_due(ports: Ports) -> None:
    """Send what nobody measures; a message too many does nothing."""
    with ports.database.read() as work:
        due = work.evaluations.due(now=ports.clock())
    if due:
        with ports.database.work() as work:
            for evaluation_id in due:
                work.enqueue(names.INSIGHT_EVALUATE, evaluation_id=evaluation_id)


def resume(ports: Ports) -> None:
    """Take up what the last run of this process left; call it before its first task."""
    limit = ports.settings.workers.max_crashes
    with ports.database.work() as work:
        work.evaluations.bury(worker_prefix=ports.worker, now=ports.clock(), limit=limit)
    send_due(ports)


def asking(work: UnitOfWork, query_set: str) -> str | None:
    """The unfinished evaluation that asks this query set, if there is one."""
    for each in work.evaluations.page(states=OPEN, before=None, limit=PAGE):
        if each.request.query_set == query_set:
            return each.id
    return None


def _check_installed() -> None:
    try:
        compare.check_installed()
    except SettingsError as error:
        raise Conflict(error.detail) from error


def _configurations(work: UnitOfWork, wanted: Sequence[str]) -> list[Configuration]:
    if not 1 <= len(wanted) <= MOST_CONFIGURATIONS:
        raise InputError.at("configurations", f"must be 1 to {MOST_CONFIGURATIONS} names")
    found = []
    for place, name in enumerate(wanted):
        field = f"configurations[{place}]"
        if name in wanted[:place]:
            raise InputError.at(field, "is given more than once")
        if name == DEFAULT:
            found.append(Configuration(DEFAULT))
            continue
        try:
            found.append(work.configurations.get(name))
        except NotFound:
            raise InputError.at(field, f"there is no configuration {name!r}") from None
    return found


def _steps(work: UnitOfWork, request: EvaluationRequest, queries: int) -> int:
    """Count them, and refuse what cannot be measured."""
    known = {each.name for each in work.indexes.all()}
    for place, each in enumerate(request.configurations):
        if each.index is not None and each.index not in known:
            field = f"configurations[{place}]"
            raise InputError.at(field, f"searches index {each.index!r}, which is not there")
    tries = len(request.configurations) + len(plan.shares(request)) * request.tune_hybrid
    if queries * tries * request.depth > MOST_ANSWERS:
        raise InputError.at(
            "depth",
            f"queries x configurations x depth must be at most {MOST_ANSWERS}; ask for fewer",
        )
    every = work.query_sets.queries(request.query_set, after=None, limit=max(queries, 1))
    if not any(grade > 0 for query in every for grade in query.grades.values()):
        raise InputError.at("query_set", "no query of it has an answer, a grade above 0")
    return plan.total(request, every)
