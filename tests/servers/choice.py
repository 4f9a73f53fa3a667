"""Which of the ways to run a server works here: the first that serves, else the test is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.servers import NotServing, Server


@contextmanager
def first_that_serves(*ways: Callable[[], Server], otherwise: str) -> Iterator[Server]:
    """Start what the first working way makes, close it at the end.

    A way raises NotServing when made or when started if it does not work on this machine;
    `otherwise` tells the reader of a skipped test how to enable one, and why each did not work.
    """
    reasons = []
    for way in ways:
        try:
            server = _started(way())
        except NotServing as reason:
            reasons.append(str(reason))
            continue
        try:
            yield server
        finally:
            server.close()
        return
    pytest.skip("; ".join([otherwise, *reasons]))


def _started(server: Server) -> Server:
    try:
        server.start()
    except NotServing:
        server.close()
        raise
    return server
