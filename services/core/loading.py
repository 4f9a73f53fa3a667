"""Starts fast: what a process keeps for good is not looked through while it is loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Keep the garbage collector away while the block loads what stays until the process ends.

    Modules are a million objects and hardly ever garbage. Looking through them again and again as
    their number grew took a fifth of the time that a server needs to start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
