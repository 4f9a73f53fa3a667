"""An answer remembered for an Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RememberedResponse:
    """`fingerprint` is the SHA-256 of the request it answered."""

    fingerprint: str
    status: int
    body: str
