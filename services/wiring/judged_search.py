"""Searches as the gateway does, for evaluations: `services.insight.evaluation.asking` on search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar

from services.core.errors import EmbedderDown, IndexDown, InputError, MargayError
from services.core.media.kinds import Kind
from services.core.outages import Guard, Outages
from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.core.types.evaluations import Answered, JudgedQuery
from services.core.types.rerank import RerankSpec
from services.core.types.vectors import Vector
from services.search import embed, known, media, pipeline
from services.search.configured import configured
from services.search.hits import SearchResponse
from services.search.parts import Medium, Part
from services.search.request import SearchRequest
from services.search.rerank.asked import MAX_TOP, window
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Status
from services.search.understanding.vocabularies import Vocabularies

DEEPEST = 1000
"""Most documents of one answer."""
_AS_ASKED = (Status.APPLIED, Status.SKIPPED)
_ANY: Final = JudgedQuery("any", text="a")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class SearchOfJudged:
    """`asking.JudgedSearch` on these ports; the limits on a caller's pages do not bind it."""

    ports: Ports
    rerankers: Rerankers
    vocabularies: Vocabularies

    @classmethod
    def over(cls, ports: Ports, rerankers: Rerankers) -> SearchOfJudged:
        """Make it."""
        settings = ports.settings
        deep = settings.search.model_copy(update={"max_limit": DEEPEST})
        unbound = settings.model_copy(update={"search": deep})
        # Its clock stands still: no failure seems slow to it, so it never spares us the asking.
        asking = Outages(embedder=Guard(EmbedderDown, "the embedder", now=lambda: 0.0))
        patient = replace(ports, settings=unbound, outages=asking)
        return cls(patient, rerankers, Vocabularies())

    def answer(
        self, query: JudgedQuery, configuration: Configuration, *, index: str, depth: int
    ) -> Answered:
        ask = partial(self._answer, query, configuration, index=index, depth=depth)
        return self._insisting(ask, index=configuration.index or index)

    def vector(self, query: JudgedQuery, *, index: str) -> Vector:
        return self._insisting(partial(self._vector, query, index=index), index=index)

    def _insisting(self, ask: Callable[[], _Found], *, index: str) -> _Found:
        """Raises InputError for a query that the embedder fails at while it answers others.

        It would fail at it for ever, and who waits for the embedder would too.
        """
        failure: EmbedderDown | None = None
        for _ in range(2):
            try:
                return ask()
            except EmbedderDown as error:
                if not self._embedder_answers(index):
                    raise
                failure = error
        raise InputError("the embedder answers others, but not this query") from failure

    def _embedder_answers(self, index: str) -> bool:
        try:
            self._vector(_ANY, index=index)
        except MargayError:
            return False
        return True

    def _answer(
        self, query: JudgedQuery, configuration: Configuration, *, index: str, depth: int
    ) -> Answered:
        request = configured(self._request(query, index, limit=depth), configuration)
        # A page as deep as the cascade looks shows the whole order that it began with.
        request = replace(request, limit=max(depth, self._window(request)))
        found = pipeline.search(
            request,
            ports=self.ports,
            rerankers=self.rerankers,
            vocabularies=self.vocabularies,
        )
        _refuse_half_answers(found)
        return _answered(query.id, found)

    def _vector(self, query: JudgedQuery, *, index: str) -> Vector:
        request = self._request(query, index, limit=1)
        with self.ports.database.read() as work:
            facts = known.read(work, request, now=self.ports.clock(), limits=self.ports.settings)
        received = media.resolve(request, ports=self.ports)
        composed = embed.compose(request, facts, received=received, ports=self.ports)
        if composed.vector is None:
            raise EmbedderDown("the embedder does not answer")
        return composed.vector

    def _request(self, query: JudgedQuery, index: str, *, limit: int) -> SearchRequest:
        words = () if query.text is None else (Part(text=query.text, field="text"),)
        pictures = tuple(
            Part(
                medium=Medium(Kind(medium.kind), data=self.ports.media.get(medium.key)),
                field=medium.kind,
            )
            for medium in query.media
        )
        return SearchRequest(index=index, parts=(*words, *pictures), limit=limit)

    def _window(self, request: SearchRequest) -> int:
        spec: RerankSpec | None = request.rerank
        if spec is None:
            with self.ports.database.read() as work:
                spec = work.indexes.get(request.index).rerank
        return 0 if spec is None else min(window(spec), MAX_TOP)


def _refuse_half_answers(found: SearchResponse) -> None:
    """An answer by words alone says nothing of the configuration: better to ask again later."""
    if "embedder" in found.degraded_reasons:
        raise EmbedderDown("the embedder does not answer")
    if found.degraded:
        raise IndexDown("the vector index does not answer")


def _answered(query_id: str, found: SearchResponse) -> Answered:
    began = sorted(found.hits, key=lambda hit: hit.first_stage.rank)
    return Answered(
        query_id=query_id,
        documents=tuple(hit.id for hit in found.hits),
        scores=tuple(hit.score for hit in found.hits),
        first_stage=tuple(hit.id for hit in began),
        took_ms=found.timings_ms["total"],
        stages_ms={stage: took for stage, took in found.timings_ms.items() if stage != "total"},
        degraded=any(report.status not in _AS_ASKED for report in found.rerank),
        matched=tuple(
            None if hit.matched is None else hit.matched.modality.value for hit in found.hits
        ),
    )
