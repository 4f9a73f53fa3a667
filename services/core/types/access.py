"""Who may call: API keys and their scopes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    SEARCH = "search"
    INGEST = "ingest"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: only the SHA-256 of its secret."""

    id: str
    name: str
    secret_sha256: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `key_id` is None in the keyless embedded mode on loopback."""

    key_id: str | None
    scopes: frozenset[Scope]
