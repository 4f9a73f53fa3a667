"""API keys over HTTP; the secret is in the answer to its creation and nowhere else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from services.core import ids
from services.core.types.access import ApiKey, Scope
from services.gateway.schemas.base import Answer, Body, example


class KeyIn(Body):
    model_config = Body.model_config | example({"name": "shop front", "scopes": ["search"]})

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=f"^{ids.KEY_NAME.pattern}$")]
    scopes: Annotated[
        list[Scope],
        Field(
            min_length=1,
            max_length=3,
            description="admin implies the others; ingest does not imply search.",
        ),
    ]
    expires_at: AwareDatetime | None = None


class KeyOut(Answer):
    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyOut:
        return cls(
            id=key.id,
            name=key.name,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
        )


class NewKeyOut(KeyOut):
    secret: str = Field(description="Shown this once.")
