"""Events: what was seen, clicked and bought of an answer."""

from __future__ import annotations

from datetime import timedelta

from services.core.types.access import Scope
from services.gateway.deps import PortsDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.events import EventsIn, EventsOut
from services.gateway.visitor import VisitorDep

router = make_router("/v1/events", tag="learning")


@router.post("", openapi_extra=needs(Scope.SEARCH))
def send_events(body: EventsIn, ports: PortsDep, visitor: VisitorDep) -> EventsOut:
    """Store what visitors did with answers; sending an event again changes nothing.

    The fields are those of User Behavior Insights, flat or nested. When this answers, the events
    are durable. Which of them count is decided by what is stored: of each action on each document
    of an answer the first, unless a bot did it or the answer did not hold the document.
    """
    now, secret = ports.clock(), ports.database.instance_secret()
    keep = timedelta(days=ports.settings.events.keep_days)
    events = [
        event.event(f"events[{place}]", now=now, keep=keep, secret=secret, visitor=visitor)
        for place, event in enumerate(body.events)
    ]
    with ports.database.work() as work:
        added = work.events.add(events)
    return EventsOut(received=len(events), added=added)
