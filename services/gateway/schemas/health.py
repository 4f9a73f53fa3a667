"""Answers to a load balancer."""

from __future__ import annotations

from typing import Literal

from services.gateway.schemas.base import Answer


class LiveOut(Answer):
    status: Literal["ok"] = "ok"


class ReadyOut(Answer):
    status: Literal["ready"] = "ready"
    checks: dict[str, Literal["ok"]]
    workers: dict[str, int]
    """Worker processes that are alive, by role; none where one process does everything."""
