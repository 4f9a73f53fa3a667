"""Events over HTTP, in the fields of User Behavior Insights."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeVar

from pydantic import AwareDatetime, Field, JsonValue

from services.core import ids
from services.core.errors import InputError
from services.core.types.events import Action, Event, Excluded
from services.gateway.schemas.base import Answer, Body, Integer, example
from services.gateway.visitor import Visitor

MOST_EVENTS: Final = 1000
MAX_POSITION: Final = 1_000_000

DocumentId = Annotated[str, Field(pattern=f"^{ids.DOCUMENT_ID.pattern}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
ClientId = Annotated[str, Field(pattern=f"^{ids.CLIENT_ID.pattern}$")]
Position = Annotated[Integer, Field(ge=1, le=MAX_POSITION)]
Value = TypeVar("Value")
_NOT_KEPT: Final = "Taken, not kept."


class ObjectIn(Body):
    """UBI's `object`; only its id is kept."""

    object_id: DocumentId | None = None
    object_id_field: Name | None = Field(default=None, description=_NOT_KEPT)
    object_id_type: Name | None = Field(default=None, description=_NOT_KEPT)
    internal_id: JsonValue = Field(default=None, description=_NOT_KEPT)
    name: JsonValue = Field(default=None, description=_NOT_KEPT)
    description: JsonValue = Field(default=None, description=_NOT_KEPT)
    object_detail: JsonValue = Field(default=None, description=_NOT_KEPT)


class PositionIn(Body):
    """UBI's `position`; only the ordinal is kept."""

    ordinal: Position | None = None
    x: JsonValue = Field(default=None, description=_NOT_KEPT)
    y: JsonValue = Field(default=None, description=_NOT_KEPT)
    xy: JsonValue = Field(default=None, description=_NOT_KEPT)
    page_depth: JsonValue = Field(default=None, description=_NOT_KEPT)
    scroll_depth: JsonValue = Field(default=None, description=_NOT_KEPT)
    trail: JsonValue = Field(default=None, description=_NOT_KEPT)


class AttributesIn(Body):
    """UBI's `event_attributes`."""

    object: ObjectIn = ObjectIn()
    position: PositionIn = PositionIn()


class EventIn(Body):
    """Something a client did with a document that an answer held."""

    event_id: Annotated[str, Field(pattern=f"^{ids.EVENT_ID.pattern}$")] | None = Field(
        default=None, description="Makes sending it again safe; default: made of what it says."
    )
    query_id: Name = Field(description="The answer's.", examples=["qry_019aa3c5d5e81f0e9b3c7d21"])
    action_name: Action
    object_id: DocumentId | None = Field(default=None, description="Id of the document.")
    position: Position | None = Field(
        default=None,
        description="Where it stood, from 1. Of a logged search the log's own counts.",
    )
    client_id: ClientId | None = Field(
        default=None, description="A random id of the browser; only a keyed hash of it is kept."
    )
    timestamp: AwareDatetime | None = Field(default=None, description="Default: now.")
    event_attributes: AttributesIn = Field(
        default=AttributesIn(), description="UBI's place for the document's id and position."
    )
    application: Name | None = Field(default=None, description=_NOT_KEPT)
    session_id: Name | None = Field(default=None, description=_NOT_KEPT)
    user_id: Name | None = Field(default=None, description=_NOT_KEPT)
    message_type: Name | None = Field(default=None, description=_NOT_KEPT)
    message: Annotated[str, Field(max_length=1024)] | None = Field(
        default=None, description=_NOT_KEPT
    )

    def event(
        self, field: str, *, now: datetime, keep: timedelta, secret: bytes, visitor: Visitor
    ) -> Event:
        """As the store knows it. Raises InputError naming the field below `field`."""
        object_id = _one_of(
            self.object_id,
            self.event_attributes.object.object_id,
            f"{field}.object_id",
            f"{field}.event_attributes.object.object_id",
        )
        if object_id is None:
            raise InputError.at(
                f"{field}.object_id", "is missing (here or in event_attributes.object)"
            )
        position = _one_of(
            self.position,
            self.event_attributes.position.ordinal,
            f"{field}.position",
            f"{field}.event_attributes.position.ordinal",
        )
        known = None if visitor.private or self.client_id is None else self.client_id
        client = None if known is None else ids.client_key(secret, known)
        return Event(
            id=self.event_id or self._made_id(object_id, client),
            query_id=self.query_id,
            action=self.action_name,
            object_id=object_id,
            position=position,
            client=client,
            at=_moment(self.timestamp, f"{field}.timestamp", now=now, keep=keep),
            received_at=now,
            excluded=Excluded.BOT if visitor.bot else None,
        )

    def _made_id(self, object_id: str, client: str | None) -> str:
        when = "" if self.timestamp is None else self.timestamp.isoformat()
        said = "\n".join((self.query_id, self.action_name, object_id, client or "", when))
        return "evt_" + hashlib.sha256(said.encode()).hexdigest()[:32]


class EventsIn(Body):
    """A batch; it is stored as a whole or not at all."""

    model_config = Body.model_config | example(
        {
            "events": [
                {
                    "event_id": "0b8f5c0e-6f8e-4d3c-9d0e-2f3f7f1d2c11",
                    "query_id": "qry_019aa3c5d5e81f0e9b3c7d21",
                    "action_name": "click",
                    "object_id": "mug-1",
                    "position": 2,
                    "client_id": "5e3b2a1c-8b7d-4f2e-a3d4-c9b2e1f3a4b5",
                }
            ]
        },
        {
            "events": [
                {
                    "query_id": "qry_019aa3c5d5e81f0e9b3c7d21",
                    "action_name": "purchase",
                    "event_attributes": {
                        "object": {"object_id": "mug-1"},
                        "position": {"ordinal": 2},
                    },
                }
            ]
        },
    )

    events: Annotated[list[EventIn], Field(min_length=1, max_length=MOST_EVENTS)]


class EventsOut(Answer):
    """All of them are stored now; `added` had not been before."""

    received: int
    added: int


def _one_of(
    flat: Value | None, nested: Value | None, flat_field: str, nested_field: str
) -> Value | None:
    if flat is not None and nested is not None and flat != nested:
        raise InputError.at(nested_field, f"is another than {flat_field}")
    return nested if flat is None else flat


def _moment(timestamp: datetime | None, field: str, *, now: datetime, keep: timedelta) -> datetime:
    """When it happened; a clock that is ahead of ours is taken for ours."""
    if timestamp is None or timestamp > now:
        return now
    if now - timestamp > keep:
        raise InputError.at(field, f"is longer ago than events are kept ({keep.days} days)")
    return timestamp
