"""Analytics: what came of searches, what is learned of it, judgments out of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from services.core import ids
from services.core.errors import NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.analytics import By, Period
from services.gateway.deps import Limit, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.analytics import (
    ClicksOut,
    ClickTableOut,
    JudgedTextOut,
    JudgmentsOut,
    LearnedOut,
    LearnedTableOut,
    WantedOut,
    WantedTableOut,
)
from services.insight.events import analytics, judgments
from services.insight.events.learning import of_its_life

router = make_router("/v1/analytics", tag="learning")

_PATTERN = f"^{ids.INDEX_NAME.pattern}$"
Index = Annotated[
    str, Query(pattern=_PATTERN, description="Name of the index.", examples=["products"])
]
AnyIndex = Annotated[
    str | None,
    Query(pattern=_PATTERN, description="Name of the index; only `by=index` goes without."),
]
Days = Annotated[int, Query(ge=1, le=3650, description="How many days to look back.")]
Apart = Annotated[By, Query(description="What tells them apart.")]
Attribute = Annotated[
    str,
    Query(
        pattern=f"^{ids.ATTRIBUTE_NAME.pattern}$",
        description="The declared string attribute that `by=category` takes.",
    ),
]
LeastClients = Annotated[
    int, Query(ge=1, le=1000, description="Leave texts out that fewer clients searched for.")
]


@router.get("/clicks", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def show_clicks(
    ports: PortsDep,
    by: Apart = By.KIND,
    index: AnyIndex = None,
    days: Days = 30,
    attribute: Attribute = "category",
) -> ClickTableOut:
    """Show click rates and conversion, plain and corrected for position.

    Counted are events that count, of searches of nobody known to be a bot.
    """
    period = _last(days, ports)
    rows = analytics.clicks(ports, by, period, index=index, attribute=attribute)
    return ClickTableOut(
        index=index,
        by=by,
        since=period.since,
        until=period.until,
        items=[ClicksOut.of(row) for row in rows],
    )


@router.get("/queries", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def show_queries(
    ports: PortsDep, index: Index, days: Days = 30, limit: Limit = 50
) -> WantedTableOut:
    """Show the texts searched for most, and how many of them found nothing."""
    period = _last(days, ports)
    with ports.database.read() as work:
        period = of_its_life(period, work.indexes.get(index))
        rows = work.analytics.wanted(index, period, limit=limit)
    return WantedTableOut(
        since=period.since, until=period.until, items=[WantedOut.of(row) for row in rows]
    )


@router.get("/documents", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def show_documents(ports: PortsDep, index: Index, limit: Limit = 50) -> LearnedTableOut:
    """Show what clicks taught of documents: what the stage `signals` weighs as `ctr`."""
    with ports.database.read() as work:
        work.indexes.get(index)
        rows = work.learning.signals(index, limit=limit)
        at = work.learning.learned_at(index)
    return LearnedTableOut(at=at, items=[LearnedOut.of(row) for row in rows])


@router.get("/judgments", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def show_judgments(
    ports: PortsDep,
    index: Index,
    days: Days = 90,
    least_clients: LeastClients = judgments.LEAST_CLIENTS,
) -> JudgmentsOut:
    """Show judgments out of clicks: graded answers to texts, to measure the search with.

    Grades are by clicks over those that positions let expect, and by what followed a click.
    """
    period = _last(days, ports)
    found = judgments.judgments(ports, index, period, least_clients=least_clients)
    return JudgmentsOut(
        since=period.since, until=period.until, queries=[JudgedTextOut.of(each) for each in found]
    )


def _last(days: int, ports: Ports) -> Period:
    now = ports.clock()
    return Period(now - timedelta(days=days), now)
