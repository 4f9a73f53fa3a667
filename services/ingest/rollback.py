"""Back to the collection that served before the last rebuild, or away with it."""

from __future__ import annotations

from dataclasses import replace

from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import Ports
from services.core.types.indexes import Former
from services.core.types.jobs import Job
from services.ingest import rebuild


def start(ports: Ports, name: str) -> Job:
    """Begin to bring the former collection up to date, to switch to it; the job tells the progress.

    It is a rebuild into that collection: only what has changed since is embedded again, writes go
    to both, and it is verified before it serves. The one that serves now is then the former one.
    Raises NotFound; Conflict when there is none, its embedder is another now, or a rebuild runs.
    """
    with ports.locks.writing(name):
        with ports.database.read() as work:
            index = work.indexes.get(name)
        if index.building is not None:
            raise Conflict(f"index {name!r} is being rebuilt already")
        if index.former is None:
            raise Conflict(f"index {name!r} has no former collection to go back to")
        _check(ports, name, index.former)
        building = replace(
            index,
            building=index.former.generation,
            building_settings=index.former.settings,
            building_fingerprint=index.former.fingerprint,
        )
        return rebuild.begin(ports, building)


def drop(ports: Ports, name: str) -> None:
    """Drop the former collection now. Raises NotFound, Conflict while it is gone back to."""
    with ports.locks.writing(name):
        with ports.database.work() as work:
            index = work.indexes.get(name)
            former = index.former
            if former is None:
                raise NotFound(f"index {name!r} has no former collection")
            if former.generation == index.building:
                raise Conflict(f"index {name!r} is being rolled back to it; cancel that job first")
            work.indexes.save(replace(index, former=None))
        # SQL first: a crash leaves a collection that nobody names, which the sweep drops.
        ports.vectors.drop(former.collection(name))


def _check(ports: Ports, name: str, former: Former) -> None:
    embedder = former.settings.embedder
    try:
        fingerprint = ports.embedder.info(embedder).fingerprint
    except InputError:
        fingerprint = None
    if fingerprint != former.fingerprint:
        raise Conflict(
            f"the former collection of {name!r} was made by an embedder {embedder!r} that this "
            "deployment does not have any more; rebuild the index instead"
        )
    if former.generation not in ports.vectors.generations(name):
        raise Conflict(f"the former collection of {name!r} is gone; rebuild the index instead")
