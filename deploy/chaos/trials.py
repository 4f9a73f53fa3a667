"""One fault from its beginning to where everything is well again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from deploy.chaos.compose import ChaosError, Compose
from deploy.chaos.faults import Fault
from deploy.chaos.report import Report, Row
from deploy.chaos.shop import BATCH, Searches, Shop, documents

GIVE_UP_S: Final = 240.0
"""A stack that has not recovered by then has not."""
FELT_S: Final = 1.0
"""After so long Docker knows that a container has died."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a trial needs."""

    compose: Compose
    shop: Shop
    searches: Searches
    report: Report


class Feed:
    """Sends the documents of a fault from a thread, each batch until it is acknowledged."""

    def __init__(self, shop: Shop, row: Row, *, number: int) -> None:
        self._shop = shop
        self._row = row
        self._documents = documents(row.name, number)
        self._given_up = threading.Event()
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Wait for the rest. Raises ChaosError if it is not acknowledged."""
        self.thread.join(timeout=GIVE_UP_S)
        self._given_up.set()
        if self.thread.is_alive():
            raise ChaosError("documents that were sent were never acknowledged")

    def _send(self) -> None:
        name = self._row.name
        for first in range(0, len(self._documents), BATCH):
            batch = self._documents[first : first + BATCH]
            key = f"{self._shop.index}-{name}-{first}"
            while not self._given_up.is_set():
                try:
                    status = self._shop.send(batch, fault=name, key=key)
                except ChaosError as error:
                    self._row.problems.append(str(error))
                    return
                if status == 202:
                    break
                time.sleep(0.3)
            self._row.sent += len(batch)
            self.begun.set()
            time.sleep(0.3)  # spread over the fault, which is to meet them on their way


def strike(stage: Stage, row: Row, *, fault: Fault, number: int) -> None:
    """Break it in the middle of an ingest, heal it, wait until all is well."""
    feed = Feed(stage.shop, row, number=number)
    feed.begun.wait(timeout=GIVE_UP_S)
    begin = len(stage.searches.outcomes)
    struck = time.monotonic()
    _now(stage, row, "broken")
    try:
        fault.breaks(stage.compose)
        _watch(stage, row, since=begin, seconds=max(fault.holds_s, FELT_S))
    finally:
        fault.heals(stage.compose)
    _now(stage, row, "recovers")
    _until_healthy(stage, fault, row, since=begin, struck=struck)
    feed.stop()
    _count(stage, row, since=begin, struck=struck)
    _now(stage, row, "over")


def _until_healthy(stage: Stage, fault: Fault, row: Row, *, since: int, struck: float) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while not (stage.compose.healthy(fault.hit) and stage.shop.ready()):
        _watch(stage, row, since=since, seconds=0.2)
        if time.monotonic() > deadline:
            raise ChaosError(f"{fault.name}: not healthy again within {GIVE_UP_S:g} s")
    row.healthy_s = time.monotonic() - struck
    healthy = len(stage.searches.outcomes)
    while not stage.searches.well(since=healthy):
        _watch(stage, row, since=since, seconds=0.2)
        if time.monotonic() > deadline:
            raise ChaosError(f"{fault.name}: searches are not well within {GIVE_UP_S:g} s")


def _watch(stage: Stage, row: Row, *, since: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)
        row.searches = Counter(outcome for outcome, _ in stage.searches.outcomes[since:])
        stage.report.draw()


def _count(stage: Stage, row: Row, *, since: int, struck: float) -> None:
    seen = stage.searches.outcomes[since:]
    row.searches = Counter(outcome for outcome, _ in seen)
    bad = [ended for outcome, ended in seen if outcome != "ok"]
    row.searches_back_s = max(bad) - struck if bad else 0.0


def _now(stage: Stage, row: Row, state: str) -> None:
    row.state = state
    stage.report.say(row)
