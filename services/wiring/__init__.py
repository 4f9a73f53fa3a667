"""The composition root: the only package that names concrete adapters.

`open_runtime` opens what serves requests (everything, or a gateway in front of workers),
`open_worker` what runs the tasks of a stack.
"""

from services.wiring.installation import Runtime, open_runtime
from services.wiring.models import make_embedder, make_rerankers, make_scorer
from services.wiring.worker import Role, Worker, open_worker

__all__ = [
    "Role",
    "Runtime",
    "Worker",
    "make_embedder",
    "make_rerankers",
    "make_scorer",
    "open_runtime",
    "open_worker",
]
