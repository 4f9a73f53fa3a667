"""A process that holds a lock until it is killed: `python -m tests.core.db.holding URL NAME`."""

from __future__ import annotations

import sys
import time

from services.core.db.locks import PostgresLocks


def hold(url: str, name: str) -> None:
    """Say `held` once it has the lock."""
    with PostgresLocks(url).writing(name):
        print("held", flush=True)  # noqa: T201 - whoever started it reads this
        time.sleep(600)


if __name__ == "__main__":
    hold(*sys.argv[1:])
