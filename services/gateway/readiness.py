"""Asking every dependency at once, none for longer than a moment."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.core.errors import MargayError

logger: Final = logging.getLogger(__name__)

LIMIT_S: Final = 2.5
"""How long an answer is waited for: load balancers give up after a few seconds themselves."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check returned, or why it did not."""

    value: object = None
    problem: str | None = None


class Readiness:
    """What is being asked, across requests: a check that hangs is not begun a second time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._asked: dict[str, _Asked] = {}

    def answers(self, checks: Mapping[str, Callable[[], object]]) -> dict[str, Answer]:
        """Run the checks side by side, for `LIMIT_S` at most."""
        asked = {name: self._ask(name, check) for name, check in checks.items()}
        return {name: each.answer() for name, each in asked.items()}

    def _ask(self, name: str, check: Callable[[], object]) -> _Asked:
        with self._guard:
            before = self._asked.get(name)
            if before is not None and not before.ended.is_set():
                return before
            asked = self._asked[name] = _Asked(name, check)
        threading.Thread(target=asked.run, name=f"ready-{name}", daemon=True).start()
        return asked


class _Asked:
    """One check under way or done."""

    def __init__(self, name: str, check: Callable[[], object]) -> None:
        self.ended = threading.Event()
        self._name = name
        self._check = check
        self._since = time.monotonic()
        self._answer = Answer()

    def run(self) -> None:
        try:
            self._answer = Answer(self._check())
        except MargayError as error:
            self._answer = Answer(problem=error.detail)
        except Exception:  # the edge of a thread: whatever it was, the dependency is not ready
            logger.exception("ready.check %s", self._name)
            self._answer = Answer(problem="the check itself failed; the log says how")
        finally:
            self.ended.set()

    def answer(self) -> Answer:
        """Wait for the rest of its time."""
        left_s = self._since + LIMIT_S - time.monotonic()
        if self.ended.wait(max(0.0, left_s)):
            return self._answer
        return Answer(problem=f"has not answered for {time.monotonic() - self._since:.0f} s")
