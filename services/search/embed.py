"""From the parts to the one unit vector that is compared with the views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from services.core.errors import Conflict, EmbedderDown, IndexDown, InputError, MediaRefused
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.types.indexes import Index, Segments, Sound
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose, Vector
from services.core.vectors import fuse
from services.search import able
from services.search.hits import PartVector, Query
from services.search.known import Known
from services.search.media import refused_at
from services.search.parts import Part
from services.search.request import Fusion, GroupBy, SearchRequest
from services.search.views import standing_for


def compose(
    request: SearchRequest, known: Known, *, received: Mapping[int, bytes], ports: Ports
) -> Query:
    """Embed the parts and fuse them by their weights; `received` are media by part position.

    While the embedder is down a request with words is answered by words alone, and while the vector
    index is, by those in SQL. Raises EmbedderDown or IndexDown when that is no answer either,
    InputError for what the embedder cannot do, Conflict when it is not the one that made this
    index's vectors.
    """
    asks = any(part.document_id is None for part in request.parts)
    try:
        with ports.outages.embedder.trying() if asks else nullcontext():
            return _composed(request, known, received=received, ports=ports)
    except (EmbedderDown, IndexDown) as error:
        if not words_will_do(request):
            raise
        return Query(None, (), ("vectors" if isinstance(error, IndexDown) else "embedder",))


def words_will_do(request: SearchRequest) -> bool:
    """Without vectors there are no scores to cut by and no views to return."""
    return (
        bool(request.words) and request.min_score is None and request.group_by is GroupBy.DOCUMENT
    )


def _composed(
    request: SearchRequest, known: Known, *, received: Mapping[int, bytes], ports: Ports
) -> Query:
    info = _describe(known.index, ports=ports)
    _check_modalities(request, info, ports=ports)
    pair = _joint_pair(request, info)
    contents = {
        position: _content(part, received.get(position), known.index.settings.segments)
        for position, part in enumerate(request.parts)
        if part.document_id is None
    }
    vectors = _document_vectors(request, known, ports=ports)
    apart = contents if pair is None or request.explain else _without(contents, pair)
    batch = list(apart.values())
    if pair is not None:
        batch.append(Content(text=contents[pair[0]].text, image=contents[pair[1]].image))
    if batch:
        rows = _embedded(batch, request, known.index, ports=ports)
        vectors |= dict(zip(apart, rows, strict=False))
    joint = rows[-1] if pair is not None else None
    return Query(_fused(request, vectors, pair, joint), _explained(request, vectors))


def _embedded(
    batch: Sequence[Content], request: SearchRequest, index: Index, *, ports: Ports
) -> Matrix:
    settings = index.settings
    try:
        return ports.embedder.embed(
            settings.embedder, batch, Purpose.QUERY, dimensions=settings.dimensions
        )
    except InputError as error:
        # The embedder names a place in its batch, which the caller never saw.
        fields = [request.field(at) for at, part in enumerate(request.parts) if part.medium]
        field = fields[0] if len(fields) == 1 else "parts"
        if isinstance(error, MediaRefused):
            raise refused_at(field, error) from error
        raise InputError.at(
            field, (error.fields[0].problem if error.fields else error.detail)
        ) from error


def _describe(index: Index, *, ports: Ports) -> EmbedderInfo:
    try:
        info = ports.embedder.info(index.settings.embedder)
    except InputError as error:
        # The caller did not choose it: this deployment no longer has what the index was made with.
        raise EmbedderDown(error.detail) from error
    if info.fingerprint != index.fingerprint:
        raise Conflict(
            f"embedder {info.name!r} is not the one that made the vectors of index "
            f"{index.name!r}; rebuild the index"
        )
    return info


def _content(part: Part, data: bytes | None, segments: Segments) -> Content:
    """What the embedder is given; a video is looked at (and heard) as the index's were."""
    if part.medium is None:
        return Content(text=part.text)
    if part.kind == Kind.VIDEO:
        heard = segments.sound is Sound.COMBINED
        return Content(video=data, frames=segments.frames, sound=heard)
    return Content(audio=data) if part.kind == Kind.AUDIO else Content(image=data)


def _check_modalities(request: SearchRequest, info: EmbedderInfo, *, ports: Ports) -> None:
    for position, part in enumerate(request.parts):
        if part.document_id is None:
            able.check_modality(
                part.kind,
                info,
                field=request.field(position),
                embedder=ports.embedder,
                change="rebuild the index with one of them",
            )


def _joint_pair(request: SearchRequest, info: EmbedderInfo) -> tuple[int, int] | None:
    """Positions of the text and the picture that go through the embedder together, if they do."""
    texts = [at for at, part in enumerate(request.parts) if part.text is not None]
    images = [at for at, part in enumerate(request.parts) if part.kind == Kind.IMAGE]
    fits = len(texts) == len(images) == 1 and (
        request.parts[texts[0]].weight == request.parts[images[0]].weight > 0
    )
    if request.fusion is Fusion.JOINT:
        if not info.joint:
            raise InputError.at("fusion", f"embedder {info.name} cannot join text and image")
        if not fits:
            raise InputError.at("fusion", "joint takes one text and one image of equal weight > 0")
    if fits and info.joint and request.fusion is not Fusion.MEAN:
        return texts[0], images[0]
    return None


def _without(contents: Mapping[int, Content], pair: tuple[int, int]) -> dict[int, Content]:
    return {position: content for position, content in contents.items() if position not in pair}


def _document_vectors(request: SearchRequest, known: Known, *, ports: Ports) -> dict[int, Vector]:
    """The stored vector of each document searched with: no embedding, no picture needed."""
    wanted = {position: standing_for(document) for position, document in known.likes.items()}
    view_ids = [view_id for views in wanted.values() for view_id in views]
    if not wanted:
        return {}
    with ports.outages.vectors.trying():
        stored = ports.vectors.vectors(known.index.serving(), view_ids) if view_ids else {}
    vectors: dict[int, Vector] = {}
    for position, views in wanted.items():
        held = [stored[view_id] for view_id in views if view_id in stored]
        if not held:
            raise InputError.at(request.field(position), "is a document without any vector")
        vectors[position] = fuse(held, [1.0] * len(held), field=request.field(position))
    return vectors


def _fused(
    request: SearchRequest,
    vectors: Mapping[int, Vector],
    pair: tuple[int, int] | None,
    joint: Vector | None,
) -> Vector:
    members = pair or ()
    apart = [position for position in vectors if position not in members]
    parts = [vectors[position] for position in apart]
    weights = [request.parts[position].weight for position in apart]
    if joint is not None:
        parts.append(joint)
        # What its two members would have weighed, so that other parts keep their say.
        weights.append(sum(request.parts[position].weight for position in members))
    return fuse(parts, weights, field="parts")


def _explained(request: SearchRequest, vectors: Mapping[int, Vector]) -> tuple[PartVector, ...]:
    if not request.explain:
        return ()
    return tuple(
        PartVector(request.field(at), part.kind, part.weight, vectors[at])
        for at, part in enumerate(request.parts)
    )
