"""Measures an evaluation part by part; whoever takes it up goes on where it was.

A part is some queries asked by one configuration, or a look at an index's vectors. Each is written
to the ledger when it is done, together with the renewed claim, so that a process that dies costs at
most the part in hand, and one whose claim was lost or cancelled stops at the next.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any, Final

from services.core import leases
from services.core.errors import Conflict, MargayError, NotFound
from services.core.ports import Ports
from services.core.types.evaluations import Evaluation, EvaluationError, JudgedQuery
from services.insight.evaluation import (
    answer_json,
    compare,
    ef_sweep,
    plan,
    reporting,
    sizes,
)
from services.insight.evaluation.answer_json import Part
from services.insight.evaluation.asking import JudgedSearch

logger: Final = logging.getLogger(__name__)
PAUSE_S: Final = 5.0
"""After an error, or while a part of ours is away."""
_PAGE: Final = 1000


class _Lost(Exception):
    """It was cancelled, or another took it over."""


class _Enough(Exception):
    """The task is to make way for others, or the process to end."""


def run(ports: Ports, search: JudgedSearch, evaluation_id: str) -> None:
    """Measure it as far as may be; an error is noted in the ledger and ends here."""
    worker = f"{ports.worker}{secrets.token_hex(8)}"
    limits = ports.settings.workers
    with ports.database.work() as work:
        mine = work.evaluations.claim(
            evaluation_id,
            worker=worker,
            now=ports.clock(),
            lease_s=ports.settings.ingest.lease_s,
            limit=limits.max_crashes,
        )
    if mine is None:
        return
    try:
        with leases.kept(
            ports,
            lambda work, until: work.evaluations.hold(evaluation_id, worker=worker, until=until),
        ):
            _Measuring(ports, search, mine, worker).all()
    except _Lost:
        logger.info("evaluation.lost: %s", evaluation_id)
    except _Enough:
        _release(ports, evaluation_id, worker, delay_s=0)
    except Exception as error:  # noqa: BLE001 - an edge: nobody above could say which it was
        _note(ports, evaluation_id, worker, error)


class _Measuring:
    """One claim of one evaluation."""

    def __init__(
        self, ports: Ports, search: JudgedSearch, evaluation: Evaluation, worker: str
    ) -> None:
        self._ports = ports
        self._search = search
        self._evaluation = evaluation
        self._request = evaluation.request
        self._worker = worker
        self._warm: set[str] = set()
        self._done = 0

    def all(self) -> None:
        compare.check_installed()  # before anything is asked for nothing
        queries = _queries(self._ports, self._request.query_set)
        with self._ports.database.read() as work:
            measured = work.evaluations.part_names(self._evaluation.id)
            for each in self._request.configurations:
                work.indexes.get(each.index or self._request.index)
        for part in plan.searches(self._request, queries):
            self._done += len(part.queries)
            if part.name not in measured:
                self._keep(part.name, answer_json.dump(self._ask(part)))
        for extra in plan.extras(self._request):
            self._done += extra.steps
            if extra.name not in measured:
                self._keep(extra.name, self._look(extra, queries))
        self._finish(queries)

    def _ask(self, part: plan.Searches) -> Part:
        answers, refused = {}, {}
        for query in part.queries:
            self._make_way(stopping_only=True)
            try:
                self._warm_up(part, query)
                answers[query.id] = self._answer(part, query)
            except (NotFound, Conflict):
                raise  # of the index: no other query would be answered either
            except MargayError as error:
                if error.retryable:
                    raise
                refused[query.id] = error.detail
        return Part(answers, refused)

    def _answer(self, part: plan.Searches, query: JudgedQuery) -> Any:
        request = self._request
        return self._search.answer(
            query, part.configuration, index=request.index, depth=request.depth
        )

    def _warm_up(self, part: plan.Searches, query: JudgedQuery) -> None:
        """Ask a first query of a kind twice: loading a model is no part of its latency."""
        key = f"{part.configuration.name}:{query.kind}"
        if key not in self._warm:
            self._warm.add(key)
            self._answer(part, query)

    def _look(self, extra: plan.Extra, queries: list[JudgedQuery]) -> Any:
        measure = ef_sweep.measure if extra.what == "recall" else sizes.measure
        return measure(self._ports, self._search, extra, queries)

    def _keep(self, name: str, result: Any) -> None:
        with self._ports.database.work() as work:
            mine = work.evaluations.put_part(
                self._evaluation.id, name, result, worker=self._worker, done=self._done
            )
        if not mine:
            raise _Lost
        self._make_way()

    def _finish(self, queries: list[JudgedQuery]) -> None:
        with self._ports.database.read() as work:
            parts = work.evaluations.parts(self._evaluation.id)
        looked = {extra.name: parts.pop(extra.name) for extra in plan.extras(self._request)}
        # Taken out one by one: all of them twice would be too much to hold.
        answered = {name: answer_json.load(parts.pop(name)) for name in list(parts)}
        report = reporting.report(self._ports, self._request, queries, answered, looked)
        with self._ports.database.work() as work:
            work.evaluations.succeed(
                self._evaluation.id, report, worker=self._worker, now=self._ports.clock()
            )

    def _make_way(self, *, stopping_only: bool = False) -> None:
        if self._ports.stopping() or (not stopping_only and self._ports.yielding()):
            raise _Enough


def _queries(ports: Ports, name: str) -> list[JudgedQuery]:
    found: list[JudgedQuery] = []
    after = None
    with ports.database.read() as work:
        while page := work.query_sets.queries(name, after=after, limit=_PAGE):
            found += page
            after = page[-1].id
    return found


def _release(ports: Ports, evaluation_id: str, worker: str, *, delay_s: float) -> None:
    until = ports.clock() + timedelta(seconds=delay_s)
    try:
        with ports.database.work() as work:
            work.evaluations.release(evaluation_id, worker=worker, until=until)
    except MargayError as error:
        logger.warning("evaluation.not_given_back: %s", error)  # its lease runs out


def _note(ports: Ports, evaluation_id: str, worker: str, error: Exception) -> None:
    if isinstance(error, MargayError) and error.retryable:
        # What is away may take as long as it takes: the evaluation waits.
        logger.warning("evaluation.put_off: %s: %s", evaluation_id, error)
        _release(ports, evaluation_id, worker, delay_s=PAUSE_S)
        return
    now = ports.clock()
    try:
        with ports.database.work() as work:
            if isinstance(error, MargayError):
                why = EvaluationError(error.code, error.detail)
                work.evaluations.fail(evaluation_id, why, worker=worker, now=now)
                return
            logger.error("evaluation.failed: %s", evaluation_id, exc_info=error)
            work.evaluations.note_failure(
                evaluation_id,
                EvaluationError(
                    code="internal_error",
                    detail=f"measuring ended in {type(error).__name__}; the log says more",
                ),
                worker=worker,
                now=now,
                until=now + timedelta(seconds=PAUSE_S),
                limit=ports.settings.workers.max_failures,
            )
    except MargayError as unnoted:
        logger.warning("evaluation.failure_not_noted: %s: %s", evaluation_id, unnoted)
