"""How a Milvus server is reached: one gRPC channel, and a deadline that nothing outlives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import grpc

FOREVER_S: Final = 3600.0
_ends: ContextVar[float] = ContextVar("ends_at")

SERVER: Final = {
    "grpc.max_send_message_length": -1,
    "grpc.max_receive_message_length": -1,
    # The first search after a restart meets it; gRPC's own pause grows to two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 250,
    "grpc.min_reconnect_backoff_ms": 2_000,  # how long one attempt to connect may take
    # A container that was made anew has another address; gRPC's own pause is half a minute.
    "grpc.dns_min_time_between_resolutions_ms": 1_000,
    # Two clients of one process share no back-off.
    "grpc.use_local_subchannel_pool": 1,
    # A peer that fell silent (a cut network) is given up instead of waited for by TCP for minutes.
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.keepalive_permit_without_calls": True,
}


class Failed(Exception):
    """A request that got no answer. Not gRPC's own error: the client would try that again itself,

    75 times or for as long again as the time allowed, and connect anew under a lock that all
    clients of the process share.
    """

    def __init__(self, code: grpc.StatusCode, detail: str) -> None:
        super().__init__(f"{code.name}: {detail}")
        self.code = code


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Bounded(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc] # grpc is untyped
    """Gives every request the time that is left, and its failure in our own words."""

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        rest = left()
        if rest <= 0:
            raise Failed(grpc.StatusCode.DEADLINE_EXCEEDED, "no time was left to ask")
        bounded = _Details(
            details.method,
            rest if details.timeout is None else min(rest, details.timeout),
            details.metadata,
            details.credentials,
            False,
            details.compression,
        )
        call = continuation(bounded, request)
        problem = call.exception()
        if isinstance(problem, grpc.RpcError):
            raise Failed(problem.code(), problem.details() or "") from problem
        return call


def open_channel(uri: str) -> grpc.Channel:
    """The channel to `http://host:port` or, with TLS, `https://host:port`; connects when used."""
    parts = urlsplit(uri)
    secure = parts.scheme == "https"
    address = f"{parts.hostname}:{parts.port or (443 if secure else 19530)}"
    options = list(SERVER.items())
    bare = (
        grpc.secure_channel(address, grpc.ssl_channel_credentials(), options=options)
        if secure
        else grpc.insecure_channel(address, options=options)
    )
    return grpc.intercept_channel(bare, _Bounded())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All that is asked inside ends within so many seconds, or earlier if more is inside."""
    ends = min(time.monotonic() + seconds, _ends.get(float("inf")))
    token = _ends.set(ends)
    try:
        yield
    finally:
        _ends.reset(token)


def left() -> float:
    """Seconds until the innermost deadline; never more than an hour."""
    return min(FOREVER_S, _ends.get(float("inf")) - time.monotonic())
