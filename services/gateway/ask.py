"""A search as its caller put it, and the flow's request of it under any configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.core.types.indexes import AttributeType
from services.gateway.schemas.retrieval import WeightsIn
from services.gateway.schemas.search import NarrowIn, SearchIn
from services.search.configured import configured
from services.search.request import SearchRequest

Declared = Mapping[str, AttributeType]


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked of an index; `make` makes the request, given the declared attributes."""

    index: str
    asked: NarrowIn
    make: Callable[[Declared], SearchRequest]

    def request(self, configuration: Configuration | None, *, ports: Ports) -> SearchRequest:
        """What to search for under a configuration; None: what the caller says is all.

        Raises InputError naming the field, NotFound for the index that it is to search.
        """
        if configuration is None:
            return self.make(self._declared(self.index, ports))
        made = self.make(self._declared(configuration.index or self.index, ports))
        return configured(made, configuration, given=frozenset(chosen(self.asked)))

    def _declared(self, index: str, ports: Ports) -> Declared:
        """What a filter may name; not looked up for nothing, since every search passes here."""
        if self.asked.filter is None:
            return {}
        with ports.database.read() as work:
            return work.indexes.get(index).settings.filterable()


def chosen(asked: NarrowIn) -> Iterator[str]:
    """The fields of the flow's request that the caller decided, and `weights`; null decides none.

    `index` is never among them: a configuration may search another index than the one asked.
    """
    given = {name for name in asked.model_fields_set if getattr(asked, name) is not None}
    yield from given & {"target", "min_score", "max_per"}
    if given & {"rerank", "deadline_ms"}:
        yield "rerank"
    if not isinstance(asked, SearchIn):
        return
    yield from given & {"understand", "weights"}
    if asked.hybrid is not None:
        yield from ("hybrid", "rrf_k")
    if asked.fusion is not None:
        yield "weights" if isinstance(asked.fusion, WeightsIn) else "fusion"
    if any("weight" in part.model_fields_set for part in asked.parts or ()):
        yield "weights"
