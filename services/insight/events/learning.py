"""The job that learns click rates of documents from what visitors did, corrected for position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from services.core.ports import Ports
from services.core.queue import names
from services.core.types.analytics import (
    Deeds,
    LearnedSignal,
    Period,
    StoredPropensities,
)
from services.core.types.indexes import Index
from services.insight.events import bots
from services.insight.events.click_rate import click_rates, shrunk
from services.insight.events.propensity import Exposure, Propensities, by_hand, from_swaps

SET: Final = "set"
ESTIMATED: Final = "estimated"
NONE: Final = "none"
"""Where propensities come from; with none every position counts as looked at."""
FEWEST_CLICKS: Final = 100
"""On swapped documents: an estimate of fewer is noise, and correcting by noise makes it worse."""
SWAPS_OF: Final = timedelta(days=30)
"""Positions are looked at as the page shows them, and a page does not stay as it is."""
SWAPS_LEAST: Final = 2
"""Clients of a text and day: most texts are asked once, and tell nothing of positions."""
UNCORRECTED: Final = Propensities((1.0,), SET)
_DAY: Final = timedelta(days=1)
_Sums: TypeAlias = dict[tuple[str, str, int], tuple[int, int]]
"""Shown and clicked, by text, document and position."""


def send_due(ports: Ports) -> None:
    """Send the task of each index whose last learning is old enough."""
    every = ports.settings.events.learn_every_s
    due = [] if every == 0 else _due(ports, timedelta(seconds=every))
    if due:
        with ports.database.work() as work:
            for index in due:
                work.enqueue(names.INSIGHT_LEARN, index=index)


def run(ports: Ports, *, index: str) -> None:
    """Learn of an index, unless somebody just did or does; safe to run twice."""
    every = timedelta(seconds=ports.settings.events.learn_every_s)
    with ports.locks.trying(f"learn:{index}") as mine:
        if mine and index in _due(ports, every):
            bots.exclude_busy(ports, look_back=max(bots.LOOK_BACK, 2 * every))
            learn(ports, index)


def learn(ports: Ports, index: str) -> int:
    """Replace what is known of an index's documents by what the kept events say now.

    Returns how many documents something is known of. Propensities that nobody set by hand are
    estimated anew from documents that stood at several positions for the same text. Repeating it
    changes nothing; when the process is to stop, nothing is changed. Raises NotFound.
    """
    now = ports.clock()
    with ports.database.read() as work:
        period = of_its_life(kept_period(ports), work.indexes.get(index))
        stored = work.learning.propensities(index)
    counted = _counted(ports, index, period, texts=not _by_hand(stored))
    if counted is None:
        return 0
    documents, swaps = counted
    chosen = propensities_of(stored) if _by_hand(stored) else estimated(swaps)
    rates = click_rates(documents, chosen or UNCORRECTED)
    drawn = shrunk(rates)
    signals = [
        LearnedSignal(document, drawn[document], rate.examined, rate.clicks)
        for document, rate in rates.items()
    ]
    with ports.database.work() as work:
        if not _by_hand(work.learning.propensities(index)):
            shape = (1.0,) if chosen is None else chosen.by_position
            source = NONE if chosen is None else ESTIMATED
            work.learning.put_propensities(index, StoredPropensities(shape, source, now))
        work.learning.replace_signals(index, signals, mean=_mean(signals), now=now)
    return len(signals)


def _mean(signals: Sequence[LearnedSignal]) -> float | None:
    looks = sum(signal.impressions for signal in signals)
    return min(1.0, sum(signal.clicks for signal in signals) / looks) if looks else None


def _counted(
    ports: Ports, index: str, period: Period, *, texts: bool
) -> tuple[list[Exposure], list[Exposure]] | None:
    """Exposures by document, and (if wanted) by text and document; None when told to stop.

    Day by day: each answer is of one, so the counts add up, and no statement reads the whole log.
    """
    plain: _Sums = {}
    by_text: _Sums = {}
    for day in _days(period):
        if ports.stopping():
            return None
        with ports.database.read() as work:
            for row in work.analytics.by_document(index, day):
                _add(plain, ("", row.key or "", row.position), row)
            late = texts and period.until - day.since <= SWAPS_OF
            judged = work.analytics.by_text(index, day, least_clients=SWAPS_LEAST) if late else []
        for each in judged:
            _add(by_text, (each.text, each.document, each.deeds.position), each.deeds)
    return _exposures(plain), _exposures(by_text)


def _days(period: Period) -> Iterator[Period]:
    since = period.since
    while since < period.until:
        until = min(since + _DAY, period.until)
        yield Period(since, until)
        since = until


def _add(sums: _Sums, key: tuple[str, str, int], deeds: Deeds) -> None:
    shown, clicks = sums.get(key, (0, 0))
    sums[key] = (shown + deeds.seen, clicks + deeds.clicks)


def _exposures(sums: _Sums) -> list[Exposure]:
    return [
        Exposure(document, position, shown, clicks, text)
        for (text, document, position), (shown, clicks) in sums.items()
    ]


def kept_period(ports: Ports) -> Period:
    """All that is kept, up to now."""
    now = ports.clock()
    return Period(now - timedelta(days=ports.settings.events.keep_days), now)


def of_its_life(period: Period, index: Index) -> Period:
    """The part of a period in which this index was there: one of its name before was another."""
    return Period(max(period.since, index.created_at), period.until)


def estimated(swaps: Iterable[Exposure]) -> Propensities | None:
    """Propensities out of swaps; None where there are too few clicks on swapped documents."""
    found = from_swaps(swaps)
    return None if found is None or found.clicks < FEWEST_CLICKS else found


def exposures(rows: Iterable[Deeds]) -> Iterable[Exposure]:
    """Counted deeds as the estimator takes them, by key."""
    return (Exposure(row.key or "", row.position, row.seen, row.clicks) for row in rows)


def propensities_of(stored: StoredPropensities | None) -> Propensities:
    """What is stored of an index, ready to correct with; nothing stored corrects nothing."""
    if stored is None:
        return UNCORRECTED
    if stored.source == SET:
        return by_hand(stored.by_position)
    return Propensities(stored.by_position, stored.source)


def _by_hand(stored: StoredPropensities | None) -> bool:
    return stored is not None and stored.source == SET


def _due(ports: Ports, every: timedelta) -> list[str]:
    now = ports.clock()
    due = []
    with ports.database.read() as work:
        for index in work.indexes.all():
            stored = work.learning.propensities(index.name)
            times = [work.learning.learned_at(index.name)]
            if stored is not None and stored.source != SET:
                times.append(stored.at)
            last = max((at for at in times if at is not None), default=None)
            if last is None or now - last >= every:
                due.append(index.name)
    return due
