"""An experiment's life: drafted, started on free buckets of its layer, stopped for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.core import ids
from services.core.errors import Conflict, InputError
from services.core.types.experiments import BUCKETS, Experiment, ExperimentKind, ExperimentState

MOST_VARIANTS: Final = 8
SETTLING_S: Final = 5.0
"""How long after the end the last searches and events are waited for."""
MAX_SAMPLE_SIZE: Final = 1_000_000_000
_ROUNDING: Final = 1e-6


def check(draft: Experiment) -> None:
    """Raise InputError naming the field and the limit unless the experiment makes sense."""
    _check_name(draft.name, "name")
    _check_name(draft.layer, "layer")
    _check_variants(draft)
    if not 1 <= draft.bucket_to - draft.bucket_from <= BUCKETS:
        raise InputError.at("traffic", f"must be a share of clients, {1 / BUCKETS} to 1")
    if not 0.0001 <= draft.alpha <= 0.4:
        raise InputError.at("alpha", "must be a risk of a false alarm, 0.0001 to 0.4")
    if not 0.5 <= draft.power <= 0.999:
        raise InputError.at("power", "must be a chance of finding the lift, 0.5 to 0.999")
    if not 0.001 <= draft.min_lift <= 10:
        raise InputError.at("min_lift", "must be a relative lift, 0.001 to 10")
    if draft.sample_size is not None and not 1 <= draft.sample_size <= MAX_SAMPLE_SIZE:
        raise InputError.at("sample_size", f"must be 1 to {MAX_SAMPLE_SIZE}")
    if draft.kind is ExperimentKind.INTERLEAVING:
        _check_interleaving(draft)
    if draft.max_latency_ratio is not None and not 1 <= draft.max_latency_ratio <= 100:
        raise InputError.at("max_latency_ratio", "must be 1 to 100 times control's latency")


def buckets(traffic: float) -> int:
    """How many buckets the share of clients takes, 0..BUCKETS for 0..1."""
    return round(traffic * BUCKETS)


def started(draft: Experiment, running: Iterable[Experiment], *, now: datetime) -> Experiment:
    """The experiment as it runs, on buckets that no other of its layer has.

    `running` are of any index and layer. Raises Conflict for one that was started before, where
    the layer has no such run of free buckets left, and where those of another layer, who were
    there first, have every client.
    """
    if draft.state is not ExperimentState.DRAFT:
        raise Conflict(f"experiment {draft.name!r} is {draft.state.value}, it starts only once")
    running = list(running)
    _check_anybody_left(draft, running)
    beside = [each for each in running if (each.index, each.layer) == (draft.index, draft.layer)]
    size = draft.bucket_to - draft.bucket_from
    begin = _free(beside, size)
    if begin is None:
        names = ", ".join(each.name for each in beside)
        raise Conflict(
            f"layer {draft.layer!r} has not {draft.traffic:.2%} of the clients of {draft.index!r} "
            f"free in a row beside {names}: stop one, take less traffic, or take another layer"
        )
    return replace(
        draft,
        state=ExperimentState.RUNNING,
        bucket_from=begin,
        bucket_to=begin + size,
        started_at=now,
    )


def stopped(running: Experiment, *, now: datetime) -> Experiment:
    """The experiment as it ended. Raises Conflict for one that does not run."""
    if running.state is not ExperimentState.RUNNING:
        raise Conflict(f"experiment {running.name!r} does not run, it is {running.state.value}")
    return replace(running, state=ExperimentState.STOPPED, stopped_at=now)


def _check_anybody_left(draft: Experiment, running: Iterable[Experiment]) -> None:
    layers: defaultdict[str, list[Experiment]] = defaultdict(list)
    for each in running:
        if each.index == draft.index and each.layer != draft.layer:
            layers[each.layer].append(each)
    for layer, those in layers.items():
        if sum(each.bucket_to - each.bucket_from for each in those) >= BUCKETS:
            names = ", ".join(f"{each.name} ({each.traffic:.2%})" for each in those)
            raise Conflict(
                f"{names} of layer {layer!r} already have every client of {draft.index!r}, and who "
                f"starts first has the search: {draft.name!r} would get nobody. Stop one of them, "
                "or draft experiments of one layer with less traffic each"
            )


def _free(beside: Iterable[Experiment], size: int) -> int | None:
    """Where so many free buckets in a row begin; None where there are none."""
    begin = 0
    for each in sorted(beside, key=lambda taken: taken.bucket_from):
        if each.bucket_from - begin >= size:
            return begin
        begin = max(begin, each.bucket_to)
    return begin if BUCKETS - begin >= size else None


def _check_name(name: str, field: str) -> None:
    if not ids.SAVED_NAME.fullmatch(name):
        raise InputError.at(field, ids.SHAPES[ids.SAVED_NAME])


def _check_interleaving(draft: Experiment) -> None:
    """Raise InputError for what makes no sense where both variants make every page."""
    if any(abs(each.share - 0.5) > _ROUNDING for each in draft.variants):
        raise InputError.at("variants[0].share", "must be a half: every page is of both")
    for field in ("query_set", "max_latency_ratio"):
        if getattr(draft, field) is not None:
            raise InputError.at(field, "is a guardrail of A/B tests: every page is of both")


def _check_variants(draft: Experiment) -> None:
    variants = draft.variants
    most = 2 if draft.kind is ExperimentKind.INTERLEAVING else MOST_VARIANTS
    if not 2 <= len(variants) <= most:
        wanted = "exactly 2, which are interleaved" if most == 2 else f"2 to {most}, control first"
        raise InputError.at("variants", f"must be {wanted}")
    for place, each in enumerate(variants):
        _check_name(each.name, f"variants[{place}].name")
        if not 1 / BUCKETS <= each.share < 1:
            raise InputError.at(
                f"variants[{place}].share", f"must be {1 / BUCKETS} or more, and below 1"
            )
        if each.name in {other.name for other in variants[:place]}:
            raise InputError.at(f"variants[{place}].name", "is the name of another one too")
    if abs(sum(each.share for each in variants) - 1) > _ROUNDING:
        raise InputError.at("variants", "must have shares that add up to 1")
