"""The job that learns click rates of documents from what visitors did, corrected for position."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from services.core.errors import MargayError
from services.core.ports import Ports
from services.core.types.analytics import (
    Deeds,
    Judged,
    LearnedSignal,
    Period,
    StoredPropensities,
)
from services.core.types.indexes import Index
from services.insight.events import bots
from services.insight.events.click_rate import click_rates, shrunk
from services.insight.events.propensity import Exposure, Propensities, by_hand, from_swaps

logger: Final = logging.getLogger(__name__)

SET: Final = "set"
ESTIMATED: Final = "estimated"
NONE: Final = "none"
"""Where propensities come from; with none every position counts as looked at."""
FEWEST_CLICKS: Final = 100
"""On swapped documents: an estimate of fewer is noise, and correcting by noise makes it worse."""
UNCORRECTED: Final = Propensities((1.0,), SET)


def run(ports: Ports) -> None:
    """Learn of each index whose last learning is old enough; one that fails is tried again."""
    every = ports.settings.events.learn_every_s
    if every == 0:
        return
    due = _due(ports, timedelta(seconds=every))
    if due:
        look_back = max(bots.LOOK_BACK, 2 * timedelta(seconds=every))
        bots.exclude_busy(ports, look_back=look_back)
    for index in due:
        if ports.yielding():
            return
        try:
            with ports.locks.trying(f"learn:{index}") as mine:
                if mine:
                    learn(ports, index)
        except MargayError as error:
            # Down, or deleted meanwhile: the next sweep tries again, and nothing waits for it.
            logger.warning("learning.index %s: %s", index, error)


def learn(ports: Ports, index: str) -> int:
    """Replace what is known of an index's documents by what the kept events say now.

    Returns how many documents something is known of. Propensities that nobody set by hand are
    estimated anew from documents that stood at several positions for the same text. Repeating it
    changes nothing. Raises NotFound for the index.
    """
    now = ports.clock()
    with ports.database.read() as work:
        period = of_its_life(kept_period(ports), work.indexes.get(index))
        rows = work.analytics.by_document(index, period)
        stored = work.learning.propensities(index)
        texts = [] if _by_hand(stored) else work.analytics.by_text(index, period, least_clients=1)
    chosen = _stored(stored) if _by_hand(stored) else estimated(texts)
    rates = click_rates(exposures(rows), chosen or UNCORRECTED)
    drawn = shrunk(rates)
    signals = [
        LearnedSignal(document, drawn[document], rate.examined, rate.clicks)
        for document, rate in rates.items()
    ]
    looks = sum(signal.impressions for signal in signals)
    clicks = sum(signal.clicks for signal in signals)
    mean = min(1.0, clicks / looks) if looks else None
    with ports.database.work() as work:
        if not _by_hand(stored):
            shape = (1.0,) if chosen is None else chosen.by_position
            source = NONE if chosen is None else ESTIMATED
            work.learning.put_propensities(index, StoredPropensities(shape, source, now))
        work.learning.replace_signals(index, signals, mean=mean, now=now)
    return len(signals)


def kept_period(ports: Ports) -> Period:
    """All that is kept, up to now."""
    now = ports.clock()
    return Period(now - timedelta(days=ports.settings.events.keep_days), now)


def of_its_life(period: Period, index: Index) -> Period:
    """The part of a period in which this index was there: one of its name before was another."""
    return Period(max(period.since, index.created_at), period.until)


def estimated(rows: Iterable[Judged]) -> Propensities | None:
    """Propensities out of swaps; None where there are too few clicks on swapped documents."""
    found = from_swaps(
        Exposure(row.document, row.deeds.position, row.deeds.seen, row.deeds.clicks, row.text)
        for row in rows
    )
    return None if found is None or found.clicks < FEWEST_CLICKS else found


def exposures(rows: Iterable[Deeds]) -> Iterable[Exposure]:
    """Counted deeds as the estimator takes them, by key."""
    return (Exposure(row.key or "", row.position, row.seen, row.clicks) for row in rows)


def propensities_of(stored: StoredPropensities | None) -> Propensities:
    """What is stored of an index, ready to correct with; nothing stored corrects nothing."""
    return UNCORRECTED if stored is None else _stored(stored)


def _stored(stored: StoredPropensities | None) -> Propensities:
    assert stored is not None
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
