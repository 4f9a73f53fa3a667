"""A worker whose clock is far from the database's would take what others have in hand."""

from __future__ import annotations

import time

import pytest

from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError
from services.wiring.stores import check_clock
from tests.core.db.conftest import Outbox

LEASE_S = 3600.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stack)])
def url(request: pytest.FixtureRequest, url: str) -> str:
    return url if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_a_clock_that_agrees_is_fine(database: SqlDatabase) -> None:
    check_clock(database, lease_s=LEASE_S)


@pytest.mark.stack
@pytest.mark.parametrize(("off_s", "said"), [(1000.0, "ahead of"), (-1000.0, "behind")])
def test_a_clock_that_is_a_quarter_of_a_lease_off_is_refused(
    postgres_url: str, off_s: float, said: str
) -> None:
    database = SqlDatabase.open(postgres_url, queue=Outbox())
    with pytest.raises(SettingsError, match=rf"clock is \d+ s {said} the database's.*NTP"):
        check_clock(database, lease_s=LEASE_S, clock=lambda: time.time() + off_s)
    check_clock(database, lease_s=5 * LEASE_S, clock=lambda: time.time() + off_s)
    database.close()
