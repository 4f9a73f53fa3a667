"""Query sets: judged queries with the media they ask with, stored, replaced and dropped together.

The media lie under `judged/<set>/`, by what they hold. Bytes are written before the rows that name
them and removed after; what a crash leaves between the two goes with the set, or by the sweep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.core.errors import Conflict, InputError
from services.core.media.kinds import Kind
from services.core.ports import Ports, UnitOfWork
from services.core.types.evaluations import JudgedMedium, JudgedQuery, QuerySetInfo
from services.insight.evaluation.accepting import asking

PREFIX: Final = "judged/"
MOST: Final = 200
"""Query sets of one installation."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query to be stored: its `media` are bytes that were checked, by kind."""

    query: JudgedQuery
    media: Mapping[Kind, bytes] = field(default_factory=dict)


def put(
    ports: Ports, name: str, *, index: str, description: str, queries: Sequence[Judged]
) -> tuple[QuerySetInfo, bool]:
    """Make a set, or replace the one of this name; and whether it is new.

    Raises NotFound for the index, InputError for too many queries or one that is there twice,
    Conflict while an evaluation asks its queries, InsufficientStorage.
    """
    _check(ports, queries, held=0)
    with ports.locks.writing(_lock(name)):
        with ports.database.read() as work:
            known = {each.name for each in work.query_sets.all()}
            work.indexes.get(index)
        if name not in known and len(known) >= MOST:
            raise Conflict(f"there are {MOST} query sets, the most there may be")
        stored = [_stored(ports, name, each) for each in queries]
        with ports.database.work() as work:
            _check_free(work, name)
            new = work.query_sets.put(name, index=index, description=description, now=ports.clock())
            work.query_sets.add(name, stored)
            info = work.query_sets.get(name)
        _drop_unnamed(ports, name)
    return info, new


def add(ports: Ports, name: str, queries: Sequence[Judged]) -> QuerySetInfo:
    """Append queries; one whose id is there replaces it. Raises as `put` does, NotFound."""
    with ports.locks.writing(_lock(name)):
        with ports.database.read() as work:
            held = sum(work.query_sets.get(name).kinds.values())
        _check(ports, queries, held=held)
        stored = [_stored(ports, name, each) for each in queries]
        with ports.database.work() as work:
            _check_free(work, name)
            work.query_sets.add(name, stored)
            return work.query_sets.get(name)


def delete(ports: Ports, name: str) -> None:
    """Forget a set and its media. Raises NotFound, and Conflict while an evaluation asks it."""
    with ports.locks.writing(_lock(name)):
        with ports.database.work() as work:
            _check_free(work, name)
            work.query_sets.remove(name)
        _drop_unnamed(ports, name)


def sweep(ports: Ports) -> None:
    """Drop the media of sets that are gone, as those of a deleted index are."""
    found = {key.split("/")[1] for key in ports.media.keys(PREFIX) if key.count("/") == 2}
    if not found:
        return
    with ports.database.read() as work:
        known = {each.name for each in work.query_sets.all()}
    for name in found - known:
        with ports.locks.trying(_lock(name)) as mine:
            if mine:
                _drop_unnamed(ports, name)


def _check(ports: Ports, queries: Sequence[Judged], *, held: int) -> None:
    most = ports.settings.insight.max_queries
    if held + len(queries) > most:
        raise InputError.at("queries", f"a query set has at most {most} queries")
    seen: set[str] = set()
    for place, each in enumerate(queries):
        if each.query.id in seen:
            raise InputError.at(f"queries[{place}].id", "is given more than once")
        seen.add(each.query.id)


def _check_free(work: UnitOfWork, name: str) -> None:
    """What is being measured stays as it is."""
    if (evaluation := asking(work, name)) is not None:
        raise Conflict(f"evaluation {evaluation} asks it; wait for it, or cancel it")


def _stored(ports: Ports, name: str, judged: Judged) -> JudgedQuery:
    """Store its media; the same bytes are stored once."""
    media = []
    for kind, data in judged.media.items():
        key = f"{PREFIX}{name}/{hashlib.sha256(data).hexdigest()}"
        if not ports.media.exists(key):
            ports.media.put(key, data)
        media.append(JudgedMedium(kind.value, key))
    return replace(judged.query, media=tuple(media))


def _drop_unnamed(ports: Ports, name: str) -> None:
    """Remove what lies under the set's name and no query of it names; the caller has its lock."""
    with ports.database.read() as work:
        named = work.query_sets.media_keys(name)
    for key in list(ports.media.keys(f"{PREFIX}{name}/")):
        if key not in named:
            ports.media.delete(key)


def _lock(name: str) -> str:
    return f"judged:{name}"
