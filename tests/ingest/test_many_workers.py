"""Many workers on one SQLite ledger bring everything through once."""

from __future__ import annotations

import pytest

from tests.ingest.many_workers import KEEPERS_DIE, jobs_come_through
from tests.ingest.world import World


@pytest.mark.filterwarnings(KEEPERS_DIE)
def test_many_workers_bring_everything_through_once(world: World) -> None:
    jobs_come_through(world, [world.ports.database] * 3)
