"""A process that is told to stop after its tasks have looked a number of times."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count


def after(*, calls: int) -> Callable[[], bool]:
    """No so many times, then yes."""
    asked = count()
    return lambda: next(asked) >= calls
