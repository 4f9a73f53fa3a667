"""A queue that runs its tasks when the test says so, in the order they came."""

from collections.abc import Mapping

from services.core.ports.queue import Handler


class ManualQueue:
    """Keeps tasks (equal waiting ones merged) until `drain`; delayed ones until `elapse`."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, dict[str, str]]] = []
        self.delayed: list[tuple[str, dict[str, str]]] = []
        self._handlers: Mapping[str, Handler] = {}

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        where = self.delayed if delay_s > 0 else self.waiting
        if (task, dict(ids)) not in where:
            where.append((task, dict(ids)))

    def start(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def stop(self) -> None:
        self.waiting.clear()
        self.delayed.clear()

    def stopping(self) -> bool:
        return False

    def elapse(self) -> None:
        """Let every delay pass."""
        self.waiting += self.delayed
        self.delayed = []

    def drain(self) -> None:
        while self.waiting:
            task, ids = self.waiting.pop(0)
            self._handlers[task](**ids)
