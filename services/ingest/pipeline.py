"""source -> items -> prepared -> embedded -> written: a document's way in. Read this file first.

`accept` makes a job of a request and answers at once; the tasks below do the work. Each is a
door with ids in it, safe to open twice: what is done is found in the ledger, and what a crash
cut short is sent again by `resume` and by the sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.core.ports import Ports
from services.core.queue import names
from services.ingest import claims, expand, index_batch, prepare, rebuild, sweep


def handlers(ports: Ports) -> dict[str, Callable[..., None]]:
    """What a worker runs for each task, called with the task's ids as keywords."""
    return {
        names.INGEST_EXPAND: partial(expand_import, ports),
        names.INGEST_PREPARE: partial(prepare_items, ports),
        names.INGEST_EMBED: partial(index_items, ports),
        names.INDEX_REBUILD: partial(rebuild_index, ports),
        names.SWEEP: partial(sweep_up, ports),
    }


def resume(ports: Ports) -> None:
    """Take up what the last run of this process left; call it before the first task runs."""
    held = claims.held_by_local_workers(ports)
    claims.forget_local_workers(ports)
    index_batch.finish(ports, held)
    sweep.send_unfinished(ports)


def expand_import(ports: Ports, job_id: str) -> None:
    """source -> rows -> documents -> items."""
    expand.run(ports, job_id)


def prepare_items(ports: Ports, job_id: str) -> None:
    """Item -> media loaded, checked, normalised, stored -> prepared."""
    prepare.run(ports, job_id)


def index_items(ports: Ports, job_id: str) -> None:
    """Prepared -> views -> vectors -> written under the index's lock -> succeeded."""
    index_batch.run(ports, job_id)


def rebuild_index(ports: Ports, job_id: str) -> None:
    """Documents of SQL -> new collection -> verified -> served."""
    rebuild.run(ports, job_id)


def sweep_up(ports: Ports) -> None:
    """Finish what nobody else finishes."""
    sweep.run(ports)
