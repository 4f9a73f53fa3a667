"""What `make chaos` breaks, one after the other, and what searches may come to meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from deploy.chaos.compose import Compose

Act = Callable[[Compose], None]
OUTAGE_S: Final = 6.0
"""How long what does not come back by itself stays away."""


def nothing(_compose: Compose) -> None:
    """What broke comes back by itself."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`allowed`: what searches may come to besides `ok`. `hit`: who must be healthy again."""

    name: str
    breaks: Act
    allowed: frozenset[str]
    hit: tuple[str, ...]
    heals: Act = nothing
    holds_s: float = 0.0


NEVER: Final[frozenset[str]] = frozenset()
WORDS_ALONE: Final = frozenset({"degraded"})
REFUSED: Final = frozenset({"refused", "degraded"})
GONE: Final = frozenset({"unreachable", "degraded"})
KILLED: Final = {
    "gateway": GONE,
    "ingest-worker": NEVER,
    "embedder": WORDS_ALONE,
    "beat": NEVER,
    "redis": WORDS_ALONE,
    "postgres": REFUSED,
    "milvus": REFUSED,
    "etcd": REFUSED,
    "minio": REFUSED,
}
"""Milvus lives on etcd and MinIO, so that searches may feel these too."""


def every(compose: Compose) -> list[Fault]:
    """All that can be made here."""
    return [
        *(_kill(service, allowed) for service, allowed in KILLED.items()),
        Fault("redis-restart", partial(_restart, "redis"), WORDS_ALONE, ("redis",)),
        Fault("redis-emptied", _empty_redis, WORDS_ALONE, ("redis",)),
        _cut("redis", WORDS_ALONE),
        _cut("embedder", WORDS_ALONE),
        _cut("ingest-worker", NEVER),
        _cut("milvus", REFUSED),
        *(_drops() if compose.can_drop() else []),
    ]


def _kill(service: str, allowed: frozenset[str]) -> Fault:
    return Fault(f"kill-{service}", partial(_crash, service), allowed, (service,))


def _cut(service: str, allowed: frozenset[str]) -> Fault:
    networks: list[str] = []

    def cut(compose: Compose) -> None:
        networks[:] = compose.networks(service)
        compose.cut_off(service)

    def heal(compose: Compose) -> None:
        compose.reconnect(service, networks)

    return Fault(f"cut-{service}", cut, allowed, (service,), heal, OUTAGE_S)


def _drops() -> list[Fault]:
    """One way each: what a firewall does, and packets that vanish, so that nobody is refused."""
    ways = {
        ("gateway", "redis"): WORDS_ALONE,
        ("embedder", "redis"): WORDS_ALONE,
        ("embedder", "milvus"): NEVER,
        ("gateway", "postgres"): REFUSED,
    }
    return [
        Fault(
            f"drop-{service}-{other}",
            partial(_drop, service, other, undo=False),
            allowed,
            (service, other),
            partial(_drop, service, other, undo=True),
            OUTAGE_S,
        )
        for (service, other), allowed in ways.items()
    ]


def _crash(service: str, compose: Compose) -> None:
    compose.crash(service)


def _restart(service: str, compose: Compose) -> None:
    compose.restart(service)


def _drop(service: str, other: str, compose: Compose, *, undo: bool) -> None:
    compose.drop(service, other, undo=undo)


def _empty_redis(compose: Compose) -> None:
    compose.inside("redis", "redis-cli flushall")
