"""How the models of each worker do: written beside its heartbeat, gone when it falls silent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from services.core.queue.redis_client import Client
from services.core.types.models import ModelKind, ModelState, Owner
from services.core.types.work import WorkerInfo

PREFIX: Final = "margay:models"


def note_models(
    client: Client, info: WorkerInfo, models: Sequence[ModelState], *, keep_s: int
) -> None:
    """Write how they do, for the next seconds. Raises redis.RedisError."""
    owner = {"host": info.host, "pid": info.pid, "models": [_written(each) for each in models]}
    client.set(key(info), json.dumps(owner), ex=keep_s)


def read_owners(client: Client) -> tuple[Owner, ...]:
    """What the workers that live wrote. Raises redis.RedisError."""
    keys = sorted(client.scan_iter(match=f"{PREFIX}:*", count=1000))
    values = client.mget(keys) if keys else []
    found = (_owner(value) for value in values if value is not None)
    return tuple(owner for owner in found if owner is not None)


def key(info: WorkerInfo) -> str:
    """Where a worker writes of its models."""
    return f"{PREFIX}:{info.host}:{info.pid}"


def _written(model: ModelState) -> dict[str, Any]:
    known = model.modalities
    return asdict(model) | {"modalities": None if known is None else sorted(known)}


def _owner(value: str | bytes) -> Owner | None:
    """None for what another version wrote otherwise: it is no reason to answer nothing."""
    try:
        given = json.loads(value)
        models = tuple(_model(each) for each in given["models"])
        return Owner(host=str(given["host"]), pid=int(given["pid"]), models=models)
    except (ValueError, TypeError, KeyError):
        return None


def _model(given: dict[str, Any]) -> ModelState:
    modalities, dimensions = given["modalities"], given["dimensions"]
    return ModelState(
        **given
        | {
            "kind": ModelKind(given["kind"]),
            "modalities": None if modalities is None else frozenset(modalities),
            "dimensions": None if dimensions is None else tuple(dimensions),
        }
    )
