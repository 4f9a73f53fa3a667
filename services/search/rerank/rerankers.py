"""The rerankers of a deployment: which stages it can run, and a search's cascade over its hits."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from services.core.errors import InputError, MediaRefused, NotFound, Unavailable
from services.core.media import images
from services.core.media.stored_pictures import thumbnail_key
from services.core.ports import MediaStore, Ports, Scorer
from services.core.ports.vision import VisionModel
from services.core.types.rerank import CrossEncoderSpec, RerankSpec, SignalsSpec, StageSpec, VlmSpec
from services.search.request import SearchRequest
from services.search.rerank.cascade import Cascade, Reranked
from services.search.rerank.cross_encoder import NEEDED, CrossEncoder
from services.search.rerank.signals import Signals
from services.search.rerank.stage import Asked, Candidate, Outcome, Stage, Status
from services.search.rerank.vlm.listwise import Listwise, ListwiseModel

CAPTION_S: Final = 20.0
"""A caption may outlive its search: the next one with the same picture has it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for a stage that this deployment does not have: said so, never failing."""

    name: str
    detail: str
    top: int | None = None

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        del asked, candidates, timeout_s
        return Outcome(Status.UNAVAILABLE, detail=self.detail)


@dataclass(frozen=True, slots=True)
class Started:
    """A search's query as stages see it, with the caption that is being made."""

    asked: Asked
    caption: Future[str | None] | None
    scorer: Scorer


class Rerankers:
    """One for a process; safe to use from several threads."""

    def __init__(self, *, vision: VisionModel | None = None, cell: int = 300) -> None:
        self.vision = vision
        """The vision model of the stage `vlm`; None if the deployment has none."""
        self._cascade = Cascade()
        self._listwise = None if vision is None else ListwiseModel(vision, cell=cell)

    def start(
        self,
        cascade: RerankSpec,
        request: SearchRequest,
        pictures: Sequence[bytes],
        *,
        ports: Ports,
    ) -> Started:
        """Begin what can be done before there are hits: the caption of the first picture.

        Raises InputError for a cross-encoder that the search names and nobody configured.
        """
        if request.rerank is not None:
            _check_models(cascade, ports.scorer)
        listwise = self._listwise
        captioned = any(isinstance(stage, VlmSpec) for stage in cascade.stages)
        read = any(isinstance(stage, CrossEncoderSpec) for stage in cascade.stages)
        wanted = captioned or (read and bool(ports.scorer.names()))
        picture = _thumbnail(pictures, ports=ports) if wanted else None
        caption = None
        if captioned and picture is not None and listwise is not None:
            caption = listwise.captions.begin(picture, timeout_s=CAPTION_S)
        asked = Asked(request.index, request.words, picture, ports.clock())
        return Started(asked, caption, ports.scorer)

    def run(
        self,
        stages: Sequence[StageSpec],
        started: Started,
        candidates: Sequence[Candidate],
        *,
        deadline_s: float,
        media: MediaStore,
    ) -> Reranked:
        """Put candidates into their final order; never raises."""
        made = [self._stage(stage, started, media) for stage in stages]
        return self._cascade.run(made, started.asked, candidates, deadline_s=deadline_s)

    def close(self) -> None:
        """Begin nothing more."""
        self._cascade.close()
        if self._listwise is not None:
            self._listwise.close()

    def _stage(self, spec: StageSpec, started: Started, media: MediaStore) -> Stage:
        match spec:
            case SignalsSpec():
                return Signals(
                    weights=spec.weights,
                    max_places=spec.max_places,
                    out_of_stock_last=spec.out_of_stock_last,
                    pin=spec.pin,
                    bury=spec.bury,
                    top=spec.top,
                )
            case CrossEncoderSpec():
                return _cross_encoder(spec, started.scorer, media)
            case VlmSpec() if self._listwise is not None:
                return Listwise(
                    self._listwise,
                    picture_of=lambda media_id: _stored(media, media_id),
                    caption=started.caption,
                    top=spec.top,
                    blend=spec.blend,
                    passes=spec.passes,
                    every_reason=spec.every_reason,
                )
            case _:
                return Absent("vlm", "this deployment has no vision model (MARGAY_RERANK__VLM_URL)")


def _check_models(cascade: RerankSpec, scorer: Scorer) -> None:
    """Raise InputError naming the configured models; a deployment without any only reports so."""
    known = scorer.names()
    for place, stage in enumerate(cascade.stages):
        model = stage.model if isinstance(stage, CrossEncoderSpec) else None
        if model is not None and known and model not in known:
            listed = ", ".join(known)
            raise InputError.at(f"rerank[{place}].model", f"is none of this deployment's: {listed}")


def _cross_encoder(spec: CrossEncoderSpec, scorer: Scorer, media: MediaStore) -> Stage:
    known = scorer.names()
    if not known:
        return Absent("cross_encoder", NEEDED)
    model = spec.model or known[0]
    if model not in known:  # an index may ask for one that has been taken away since
        return Absent("cross_encoder", f"{model!r} is none of this deployment's cross-encoders")
    return CrossEncoder(scorer, model, lambda media_id: _stored(media, media_id), spec.top)


def _thumbnail(pictures: Sequence[bytes], *, ports: Ports) -> bytes | None:
    if not pictures:
        return None
    try:
        return images.normalise(pictures[0], ports.settings.media).thumbnail
    except (MediaRefused, Unavailable):
        return None  # it can be embedded, so the search goes on; the model sees no query picture


def _stored(media: MediaStore, media_id: str) -> bytes | None:
    try:
        return media.get(thumbnail_key(media_id))
    except (NotFound, Unavailable):
        return None
