"""Looking whether what is searched, found and stored is still what it used to be.

What used to be is the baseline: of each kind of search, and of each modality of the documents, the
first that was gathered for long enough, or what somebody has said is right.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Final, TypeAlias

from services.core.errors import Conflict, MargayError
from services.core.ports import Ports, UnitOfWork
from services.core.types.indexes import Index
from services.core.types.populations import DriftReport, Finding, Of, Population
from services.insight.watch import catalog
from services.insight.watch.compare import FEWEST, compare
from services.insight.watch.gathering import PERIOD

logger: Final = logging.getLogger(__name__)

Kind: TypeAlias = tuple[Of, str]
_TURN: Final = (math.sqrt(5) - 1) / 2
"""Turns of a circle by it never meet: each sample takes documents that the last ones did not."""


def run(ports: Ports) -> None:
    """Look at each index whose last look is old enough; what cannot be looked at is left alone."""
    settings = ports.settings.watch
    if settings.every_s == 0:
        return
    with ports.database.read() as work:
        indexes = work.indexes.all()
        last = {report.index: report.at for report in work.populations.drifts()}
    now = ports.clock()
    due = [
        index
        for index in indexes
        if index.name not in last or now - last[index.name] >= timedelta(seconds=settings.every_s)
    ]
    for index in due:
        if ports.yielding():
            return
        try:
            with ports.locks.trying(f"watch:{index.name}") as mine:
                if mine:
                    look(ports, index)
        except MargayError as error:
            # Down, or deleted meanwhile: the next sweep tries again, and nothing waits for it.
            logger.warning("watch.index %s: %s", index.name, error)
    if due:
        with ports.database.work() as work:
            work.populations.forget(before=now - _kept(ports))


def look(ports: Ports, index: Index) -> DriftReport:
    """Sample the documents if it is time, make baselines that are ripe, compare, and store it.

    Raises IndexDown, and NotFound for an index that is gone.
    """
    now = ports.clock()
    _sample(ports, index, now=now)
    with ports.database.work() as work:
        gathered = _gathered(work, index, since=now - _kept(ports))
        baselines = _of_space(work.populations.baselines(index.name), index)
        ripe = _ripe(gathered, baselines, before=now - _baseline(ports))
        if ripe:
            baselines = [*baselines, *ripe]
            work.populations.set_baselines(index.name, baselines)
        report = _report(index.name, gathered, baselines, now=now, window=_window(ports))
        work.populations.put_drift(report)
    return report


def accept(ports: Ports, name: str) -> list[Population]:
    """Make what is gathered now the baseline; returns it.

    Raises NotFound for the index, Conflict when nothing was gathered.
    """
    now = ports.clock()
    with ports.database.read() as work:
        index = work.indexes.get(name)
    _sample(ports, index, now=now)
    with ports.database.work() as work:
        gathered = _gathered(work, index, since=now - _window(ports))
        if not gathered:
            raise Conflict(f"nothing was gathered of index {name!r} yet; nothing is known of it")
        baselines = [_together(those) for those in _by_kind(gathered).values()]
        work.populations.set_baselines(name, baselines)
        work.populations.put_drift(
            _report(name, gathered, baselines, now=now, window=_window(ports))
        )
    return baselines


def _sample(ports: Ports, index: Index, *, now: datetime) -> None:
    with ports.database.read() as work:
        recent = _gathered(work, index, since=now - PERIOD + timedelta(microseconds=1))
    if any(each.of is Of.DOCUMENTS for each in recent):
        return
    shift = now.timestamp() // PERIOD.total_seconds() * _TURN % 1
    sampled = catalog.sample(ports, index, now=now, shift=shift)
    with ports.database.work() as work:
        for each in sampled:
            work.populations.add(each)


def _ripe(
    gathered: Sequence[Population], baselines: Sequence[Population], *, before: datetime
) -> list[Population]:
    """Baselines of kinds that have none, have been gathered since before, and are not too few."""
    there = {(each.of, each.kind) for each in baselines}
    found = [
        _together(those)
        for kind, those in _by_kind(gathered).items()
        if kind not in there and those[0].since <= before
    ]
    return [each for each in found if each.embedded >= FEWEST]


def _report(
    name: str,
    gathered: Sequence[Population],
    baselines: Sequence[Population],
    *,
    now: datetime,
    window: timedelta,
) -> DriftReport:
    kinds = _by_kind(gathered)
    findings: list[Finding] = []
    for baseline in baselines:
        # What the baseline was made of is no news: it would only hide what has changed since.
        since = max(baseline.until, now - window)
        those = [each for each in kinds.get((baseline.of, baseline.kind), ()) if each.since > since]
        if those:
            findings += compare(baseline, _together(those))
    until = max((each.until for each in baselines), default=None)
    return DriftReport(name, now, until, tuple(findings), _empty(kinds, since=now - window))


def _empty(kinds: Mapping[Kind, Sequence[Population]], *, since: datetime) -> dict[str, float]:
    found = {}
    for (of, kind), those in kinds.items():
        late = [each for each in those if each.since > since]
        if of is Of.QUERIES and late:
            both = _together(late)
            found[kind] = both.empty / both.searches
    return found


def _together(those: Sequence[Population]) -> Population:
    """Searches add up; of the documents only the last sample tells what there is."""
    if those[-1].of is Of.DOCUMENTS:
        return those[-1]
    return reduce(Population.plus, those)


def _by_kind(gathered: Sequence[Population]) -> dict[Kind, list[Population]]:
    kinds: dict[Kind, list[Population]] = {}
    for each in gathered:
        kinds.setdefault((each.of, each.kind), []).append(each)
    return kinds


def _gathered(work: UnitOfWork, index: Index, *, since: datetime) -> list[Population]:
    return _of_space(work.populations.gathered(index.name, since=since), index)


def _of_space(populations: Sequence[Population], index: Index) -> list[Population]:
    """Those that can be compared with what the index holds now."""
    return [each for each in populations if each.space == index.space]


def _window(ports: Ports) -> timedelta:
    return timedelta(seconds=ports.settings.watch.window_s)


def _baseline(ports: Ports) -> timedelta:
    return timedelta(seconds=ports.settings.watch.baseline_s)


def _kept(ports: Ports) -> timedelta:
    """Two periods more than is looked at: the oldest one began before."""
    return max(_window(ports), _baseline(ports)) + 2 * PERIOD
