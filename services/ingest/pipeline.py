"""source -> items -> prepared -> embedded -> written: a document's way in. Read this file first.

`accept` makes a job of a request and answers at once; the tasks below do the work. Each is a
door with ids in it, safe to open twice: what is done is found in the ledger, and whatever is due
is sent by `send_due`, however it came to lie there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.core.ports import Ports
from services.core.queue import names
from services.ingest import expand, failing, index_batch, prepare, rebuild, sweep


def handlers(ports: Ports) -> dict[str, Callable[..., None]]:
    """What a worker runs for each task, called with the task's ids as keywords.

    An error that ends a job's task is noted in the job (services/ingest/failing.py), not raised.
    """
    of_a_job = {
        names.INGEST_EXPAND: expand_import,
        names.INGEST_PREPARE: prepare_items,
        names.INGEST_EMBED: index_items,
        names.INDEX_REBUILD: rebuild_index,
    }
    alone = {names.SWEEP: sweep_up, names.DUE: send_due}
    return {
        **{task: failing.guarded(ports, step) for task, step in of_a_job.items()},
        **{task: partial(step, ports) for task, step in alone.items()},
    }


def resume(ports: Ports) -> None:
    """Take up what the last run of this process left; call it before the first task runs."""
    index_batch.finish(ports)
    sweep.send_due(ports)


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


def send_due(ports: Ports) -> None:
    """Send what is due and was not sent, or was lost on its way."""
    sweep.send_due(ports)
