"""The port to a vision language model that answers a question about one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class VisionModel(Protocol):
    """Served elsewhere; slow, busy, wrong or away at any time."""

    @property
    def name(self) -> str:
        """Which model answers; part of the key under which answers are cached."""

    def problem(self) -> str | None:
        """Why it would not answer now; None if it would. Waits for a moment at most."""

    def ask(
        self,
        picture: bytes,
        *,
        instructions: str,
        data: str,
        schema: Mapping[str, Any] | None,
        max_tokens: int,
        timeout_s: float,
    ) -> str:
        """Return the answer's text, whatever it says, bounded in length.

        `instructions` are ours; `data` may hold anything and is sent apart from them. With `schema`
        the server is asked for JSON of that JSON Schema, if it can. Raises VisionTimeout when
        there is no whole answer in time, VisionDown for everything else that goes wrong.
        """
