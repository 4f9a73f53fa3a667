"""Imports, changes, rebuilds and sweeps with their catalog in PostgreSQL, as on SQLite."""

from __future__ import annotations

import pytest

from tests.ingest import test_change, test_import, test_rebuild, test_sweep
from tests.ingest.conftest import vectors
from tests.ingest.test_crash import test_killed_at_every_step_everything_is_taken_up_again
from tests.integration.test_flows_on_postgres import world
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = [
    "migrated_postgres_url",
    "postgres_server_url",
    "postgres_template",
    "test_killed_at_every_step_everything_is_taken_up_again",
    "vectors",
    "world",
]

pytestmark = [pytest.mark.stack, pytest.mark.thorough]

for _module in (test_change, test_import, test_rebuild, test_sweep):
    # They are about a `world`; here is another one.
    _tests = {name: test for name, test in vars(_module).items() if name.startswith("test_")}
    assert _tests.keys().isdisjoint(globals()), _module
    globals().update(_tests)
