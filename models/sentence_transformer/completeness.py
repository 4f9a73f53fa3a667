"""Notices weights that a checkpoint lacks: the libraries make random ones up and go on."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from models.base import ModelError

SHOWN: Final = 3
REPORTED: Final = re.compile(r"^\s*([\w.{}, -]+?)\s*\|\s*MISSING", re.MULTILINE)
"""A line of the table that transformers logs after loading, the only place where it tells."""


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.missing: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.missing += REPORTED.findall(record.getMessage())


@contextmanager
def noting_missing() -> Iterator[list[str]]:
    """The names of weights found missing by what is loaded inside the block."""
    library = logging.getLogger("transformers.modeling_utils")
    listener = _Listener()
    level, passed_on = library.level, library.propagate
    library.addHandler(listener)
    library.setLevel(logging.WARNING)
    library.propagate = False
    try:
        yield listener.missing
    finally:
        library.setLevel(level)
        library.propagate = passed_on
        library.removeHandler(listener)


def check_complete(model: Any, missing: list[str], *, where: str) -> None:
    """Raise `ModelError` for missing weights that take part in a vector."""
    # Many text checkpoints come without the pooler, which is not asked where tokens are pooled.
    pooled = getattr(model[0], "module_output_name", "") == "token_embeddings"
    lacking = [name for name in missing if not (pooled and "pooler" in name.split("."))]
    if lacking:
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        raise ModelError(
            f"the checkpoint in {where} lacks weights of its network: "
            f"{', '.join(lacking[:SHOWN])}{more}"
        )
