"""Run the faults one after the other against the stack that is up; exit 1 if one did harm."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Callable
from functools import partial
from typing import Final

import httpx

from deploy.chaos import special
from deploy.chaos.compose import ChaosError, Compose
from deploy.chaos.faults import GONE, REFUSED, WORDS_ALONE, every
from deploy.chaos.report import Report, Row
from deploy.chaos.shop import Searches, Shop, connect
from deploy.chaos.trials import Stage, strike

Trial = Callable[[Stage, Row], None]
SPECIAL: Final = {
    "poison": (special.poisoned, WORDS_ALONE),
    "full-disk": (special.disk_full, GONE | REFUSED),
}
"""With what searches may come to."""
SPECIAL_DOCUMENTS: Final = 20


def main() -> int:
    given = _arguments()
    compose = Compose()
    trials = _trials(compose, given.faults, documents=given.documents)
    address, key = compose.address(), compose.admin_key()
    shop = Shop(connect(address, key), f"chaos_{uuid.uuid4().hex[:8]}")
    shop.open()
    searches = Searches(shop, address, key)
    searches.start()
    with Report([row for row, _ in trials]) as report:
        stage = Stage(compose, shop, searches, report)
        for row, trial in trials:
            _try(stage, row, trial)
        searches.stop()
        problem = _settle(shop, report)
    good = report.verdict(problem)
    if good:
        shop.close()
    else:
        report.console.print(f"The index {shop.index} is left as it is, to be looked at.")
    return 0 if good else 1


def _trials(compose: Compose, wanted: list[str], *, documents: int) -> list[tuple[Row, Trial]]:
    faults = {fault.name: fault for fault in every(compose)}
    names = wanted or [*faults, *SPECIAL]
    if unknown := set(names) - faults.keys() - SPECIAL.keys():
        known = ", ".join([*faults, *SPECIAL])
        raise ChaosError(f"there is no fault {', '.join(sorted(unknown))}; there are {known}")
    special_ones = len(SPECIAL.keys() & set(names))
    # Rounded up; the special trials have their own number.
    each = max(
        1, -(-(documents - special_ones * SPECIAL_DOCUMENTS) // max(1, len(names) - special_ones))
    )
    made: list[tuple[Row, Trial]] = []
    for name in names:
        if name in SPECIAL:
            run, allowed = SPECIAL[name]
            made.append((Row(name, allowed), partial(run, number=SPECIAL_DOCUMENTS)))
        else:
            fault = faults[name]
            made.append((Row(name, fault.allowed), partial(strike, fault=fault, number=each)))
    return made


def _try(stage: Stage, row: Row, trial: Trial) -> None:
    """One trial; what goes wrong in it is a line of the report, and the next one begins."""
    try:
        trial(stage, row)
    except (ChaosError, httpx.HTTPError) as error:
        row.state = "given up"
        row.problems.append(str(error) or type(error).__name__)
        stage.report.say(row)


def _settle(shop: Shop, report: Report) -> str | None:
    """Wait for every job, count what is found; what is wrong beyond single faults, or None."""
    try:
        jobs = shop.finish(report.say_left)
        shown = shop.found()
        verified = shop.verified()
    except (ChaosError, httpx.HTTPError) as error:
        return str(error) or type(error).__name__
    for row in report.rows:
        if row.lost is None:
            mine = {each for each, fault in shop.acknowledged.items() if fault == row.name}
            row.lost = len(mine - shown.keys())
            row.doubled = sum(shown[each] > 1 for each in mine)
    failed = [job["id"] for job in jobs if job["state"] != "succeeded"]
    if strangers := shown.keys() - shop.acknowledged.keys():
        return f"{len(strangers)} documents are found that should not be"
    if len(failed) > shop.jobs_that_may_fail:
        return f"{len(failed)} jobs did not succeed: {', '.join(failed[:5])}"
    return None if verified["consistent"] else f"SQL and Milvus disagree: {verified}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("faults", nargs="*", help="only these (default: all)")
    parser.add_argument("--documents", type=int, default=2000, help="ingested over all faults")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ChaosError as error:
        sys.exit(f"chaos: {error}")
