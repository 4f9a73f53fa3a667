"""What a Milvus error means for us: try again, load again, or give up."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import grpc
from pymilvus.exceptions import MilvusException

from services.core.index.channel import Failed


class Trouble(Enum):
    PASSING = auto()
    """A restart, a change of leader, a limit of rate: the same request may do in a moment."""
    RELEASED = auto()
    """The collection is not in memory, or not all of it: load it, then ask again."""
    ABSENT = auto()
    """There is no such collection."""
    LASTING = auto()


# Codes of Milvus' pkg/merr. The server's own flag `retriable` comes beside: it is not set for
# channels and nodes that change hands, which the server's proxy tries again only for a while.
_PASSING: Final = frozenset(
    {
        2,  # the service is unavailable
        8,  # too many requests a second
        11,  # time ticks are late
        *(106, 400, 401),  # a collection that recovers; replicas
        *(500, 501, 503),  # channels: not found, missing, not available
        *(600, 601, 602),  # segments that move
        *(901, 902, 903, 904, 905),  # nodes that left
    }
)
_RELEASED: Final = frozenset({101, 103, 201, 202})
_ABSENT: Final = 100
_PASSING_CODES: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,  # how a stream that was reset is reported
    }
)


def trouble(problem: Exception) -> Trouble:
    """Judge what the client raised (a MilvusException, Failed, or gRPC's own error)."""
    failed = failure(problem)
    if failed is not None:
        return Trouble.PASSING if failed.code in _PASSING_CODES else Trouble.LASTING
    if not isinstance(problem, MilvusException):
        return Trouble.LASTING
    if problem.code in _RELEASED:
        return Trouble.RELEASED
    if problem.code == _ABSENT:
        return Trouble.ABSENT
    # 1 is "not ready yet" of a server that starts, and any error of Milvus Lite and the client.
    starting = problem.code == 1 and "not ready" in str(problem.message)
    passing = starting or problem.code in _PASSING or problem.retriable
    return Trouble.PASSING if passing else Trouble.LASTING


def failure(problem: Exception) -> Failed | None:
    """The request that got no answer, if that is what this is about; the client wraps it."""
    if isinstance(problem, Failed):
        return problem
    return problem.__cause__ if isinstance(problem.__cause__, Failed) else None


def sentence(problem: Exception) -> str:
    """What to tell of it."""
    said = failure(problem) or (
        problem.message if isinstance(problem, MilvusException) else problem
    )
    advice = "; rebuild the index" if trouble(problem) is Trouble.ABSENT else ""
    return f"{said or type(problem).__name__}{advice}"
