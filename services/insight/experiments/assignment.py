"""Who takes part in which experiment, and sees which variant: by hash, so the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from services.core.types.experiments import BUCKETS, Experiment, ExperimentKind, Variant

_WHOLE: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Assigned:
    """An experiment that a client takes part in; `variant` is None where all see both at once."""

    experiment: Experiment
    variant: Variant | None


def assigned(running: Iterable[Experiment], client: str) -> Iterator[Assigned]:
    """The experiments that have this client, in their order; of one layer at most one.

    `running` are of one index, with buckets that do not overlap within a layer.
    """
    for experiment in running:
        if experiment.bucket_from <= bucket(experiment, client) < experiment.bucket_to:
            yield Assigned(experiment, variant(experiment, client))


def bucket(experiment: Experiment, client: str) -> int:
    """The client's bucket, 0 to BUCKETS - 1: the same in all experiments of a layer and index.

    In another layer it is another one, independent of this.
    """
    return _number("bucket", experiment.index, experiment.layer, client) * BUCKETS // _WHOLE


def variant(experiment: Experiment, client: str) -> Variant | None:
    """The client's variant, were it to take part; None of an interleaving.

    It does not depend on the bucket: the next experiment on the same buckets mixes clients anew.
    """
    if experiment.kind is ExperimentKind.INTERLEAVING:
        return None
    made = experiment.created_at.isoformat()  # one that is made anew under its name mixes anew
    point = _number("variant", experiment.index, experiment.name, made, client) / _WHOLE
    reached = 0.0
    for each in experiment.variants:
        reached += each.share
        if point < reached:
            return each
    return experiment.variants[-1]  # shares that add up to 1 but for rounding


def _number(*pieces: str) -> int:
    """A number below 2^64 that looks drawn at random, of pieces that hold no newline."""
    digest = hashlib.blake2b("\n".join(pieces).encode(), digest_size=8)
    return int.from_bytes(digest.digest())
