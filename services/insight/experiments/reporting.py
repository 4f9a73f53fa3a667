"""Makes the report of an experiment out of what was counted, and keeps it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from services.core.errors import MargayError, NotFound
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.documents import Json
from services.core.types.experiments import Experiment, ExperimentKind, ExperimentState
from services.insight import libraries
from services.insight.evaluation.asking import JudgedSearch
from services.insight.experiments import report, tally
from services.insight.experiments.judged import Stopping, ndcg_of
from services.insight.experiments.lifecycle import SETTLING_S

logger: Final = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)
"""How old the report of a running experiment may be."""


def run(ports: Ports, search: JudgedSearch, experiment: str) -> None:
    """Report on an experiment as it stands; one that is gone or was never started has none.

    What keeps it from being reckoned is kept beside the last report, for those who ask for it. The
    last report of one that has ended is tried again while a part of ours is away.
    """
    try:
        with ports.database.read() as work:
            found = work.experiments.get(experiment)
    except NotFound:
        return
    if found.state is ExperimentState.DRAFT:
        return
    # Of what happens while it is reckoned nobody knows whether it is in it.
    now = ports.clock()
    try:
        content: Mapping[str, Json] = {"report": _report(found, ports, search), "error": None}
    except Stopping:
        return  # it is sent again by the sweep
    except MargayError as error:
        logger.warning("experiment.unreported: %s: %s", experiment, error)
        content = _failed(experiment, error.code, error.detail, ports)
        if error.retryable and found.stopped_at is not None:
            now = min(now, found.stopped_at)  # as of its end: the next sweep has it tried again
    except Exception as error:  # an edge: else each sweep would meet it again, and nobody be told
        logger.exception("experiment.unreported: %s", experiment)
        detail = f"reckoning ended in {type(error).__name__}; the log says more"
        content = _failed(experiment, "internal_error", detail, ports)
    with ports.database.work() as work:
        work.experiments.put_report(experiment, content, now=now)


def send_due(ports: Ports) -> None:
    """Have those reported on that run and have no fresh report, or stopped without their last."""
    with ports.database.work() as work:
        settling = timedelta(seconds=SETTLING_S)
        due = work.experiments.unreported(now=ports.clock(), every=EVERY, settling=settling)
        for name in due:
            work.enqueue(names.INSIGHT_REPORT, experiment=name)


def _report(experiment: Experiment, ports: Ports, search: JudgedSearch) -> dict[str, Json]:
    """Raises SettingsError where what it takes is not installed, and what searches raise."""
    libraries.distributions()
    libraries.proportions()
    now = ports.clock()
    if experiment.kind is ExperimentKind.INTERLEAVING:
        counts, kinds = tally.of_both(experiment, ports.database)
        made = report.interleaving_report(experiment, counts, at=now, buckets=kinds)
    else:
        quality = ndcg_of(experiment, ports, search)
        counted = tally.of_variants(experiment, ports.database, ndcg=quality, now=now)
        made = report.ab_report(experiment, counted, at=now)
    return {**report.as_json(made), "pages": tally.pages(experiment, ports.database)}


def _failed(experiment: str, code: str, detail: str, ports: Ports) -> Mapping[str, Json]:
    with ports.database.read() as work:
        last = work.experiments.report(experiment)
    return {
        "report": None if last is None else last.content.get("report"),
        "error": {"code": code, "detail": detail},
    }
