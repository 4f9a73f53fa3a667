"""The contents that wait for one model, first come first taken, and how a batch is filled."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from models import base
from services.embedder.calls import Batch, Call, Item, Modalities


@dataclass(frozen=True, slots=True)
class Limit:
    """How much goes into one forward pass."""

    contents: int
    tokens: int

    def allows(self, count: int, heaviest: int) -> bool:
        """Whether so many fit. Shorter contents are padded to the heaviest, which is the cost."""
        return count <= self.contents and (count == 1 or count * heaviest <= self.tokens)

    def half(self, batch: Batch) -> Limit:
        """Half of a batch that was too much, and nothing above this limit."""
        heaviest = max(item.weight for item in batch.items)
        count = max(1, len(batch.items) // 2)
        return Limit(min(self.contents, count), min(self.tokens, count * heaviest))


Limits = Callable[[Modalities], Limit]


def fit_one_batch(items: Sequence[Item], limit: Limit) -> bool:
    """Whether all of these may share a pass."""
    return limit.allows(len(items), max(item.weight for item in items))


class Lane:
    """One side's queue: contents by what they carry, since only like contents share a pass.

    Not safe by itself: its scheduler's lock is held around every use.
    """

    def __init__(self, purpose: base.Purpose, *, room: int) -> None:
        self._purpose = purpose
        self._room = room
        self._groups: dict[Modalities, deque[Item]] = {}
        self._arrived: dict[int, float] = {}
        self._waiting: Counter[int] = Counter()
        """Contents still here, by the identity of their call."""
        self._number = 0

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def callers(self) -> int:
        """How many calls have contents here."""
        return len(self._waiting)

    def fits(self, count: int) -> bool:
        """Whether a call of so many may enter; an empty lane takes any, however large."""
        return not self._waiting or len(self) + count <= self._room

    def put(self, groups: dict[Modalities, list[Item]], *, now: float) -> None:
        """Add a call's contents, by what they carry."""
        for modalities, items in groups.items():
            line = self._groups.setdefault(modalities, deque())
            for item in items:
                self._number += 1
                line.append(Item(item.call, item.row, item.weight, self._number))
                self._waiting[id(item.call)] += 1
                self._arrived.setdefault(id(item.call), now)

    def oldest(self) -> float:
        """When the call that is here for longest came; only for a lane that is not empty."""
        return next(iter(self._arrived.values()))

    def full(self, limits: Limits) -> bool:
        """Whether the next batch could not grow by waiting."""
        modalities, line = self._next()
        limit = limits(modalities)
        return len(line) >= limit.contents or sum(i.weight for i in line) >= limit.tokens

    def has_others(self, than: Collection[Modalities]) -> bool:
        """Whether contents wait that carry something else."""
        return any(modalities not in than for modalities in self._groups)

    def take(
        self, limits: Limits, *, now: float, skip: Collection[Modalities] = ()
    ) -> Batch | None:
        """The next batch of other contents than `skip`; None when nobody waits for any."""
        while self.has_others(skip):
            modalities, line = self._next(skip)
            limit = limits(modalities)
            items: list[Item] = []
            heaviest = 0
            while line and limit.allows(len(items) + 1, max(heaviest, line[0].weight)):
                item = line.popleft()
                self._remove(item)
                if not item.call.gone(now):
                    items.append(item)
                    heaviest = max(heaviest, item.weight)
            if not line:
                del self._groups[modalities]
            if items:
                return Batch(modalities, self._purpose, items)
        return None

    def forget(self, call: Call) -> None:
        """Take a call out that needs no result any more."""
        for modalities, line in list(self._groups.items()):
            kept = deque(item for item in line if item.call is not call)
            if kept:
                self._groups[modalities] = kept
            else:
                del self._groups[modalities]
        self._waiting.pop(id(call), None)
        self._arrived.pop(id(call), None)

    def calls(self) -> list[Call]:
        """Every call that has contents here."""
        items = (item for line in self._groups.values() for item in line)
        return list({id(item.call): item.call for item in items}.values())

    def _next(self, skip: Collection[Modalities] = ()) -> tuple[Modalities, deque[Item]]:
        groups = (group for group in self._groups.items() if group[0] not in skip)
        return min(groups, key=lambda group: group[1][0].number)

    def _remove(self, item: Item) -> None:
        key = id(item.call)
        self._waiting[key] -= 1
        if self._waiting[key] == 0:
            del self._waiting[key]
            del self._arrived[key]
