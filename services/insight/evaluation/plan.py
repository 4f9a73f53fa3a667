"""The steps of an evaluation, in an order that is the same whenever it is taken up again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.core.types.configurations import Configuration
from services.core.types.evaluations import EvaluationRequest, JudgedQuery

CHUNK: Final = 10
"""Queries of one part: what is asked again when a process dies."""
SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Shares of the words' ranking that are tried beside the one in use."""


@dataclass(frozen=True, slots=True)
class Searches:
    """A part: some queries by one configuration. `share` is set where it is only tried."""

    name: str
    configuration: Configuration
    queries: tuple[JudgedQuery, ...]
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """A part that looks at the vectors of an index: `recall` or `sizes`."""

    name: str
    what: str
    index: str
    configuration: Configuration

    @property
    def steps(self) -> int:
        """As much as a part of searches counts for."""
        return CHUNK


def searches(request: EvaluationRequest, queries: Sequence[JudgedQuery]) -> Iterator[Searches]:
    """Chunk by chunk, each configuration in turn: what slows the machine slows all of them."""
    for number, chunk in enumerate(_chunks(queries)):
        for place, configuration in _rotated(request.configurations, by=number):
            yield Searches(f"answers:{place}:{number}", configuration, chunk)
    if not request.tune_hybrid:
        return
    control = request.configurations[0]
    for number, chunk in enumerate(_chunks([query for query in queries if query.text])):
        for share in shares(request):
            tried = replace(control, hybrid=share)
            yield Searches(f"hybrid:{share:g}:{number}", tried, chunk, share=share)


def shares(request: EvaluationRequest) -> tuple[float, ...]:
    """The shares to try, the one in use (no hybrid search: 0) among them."""
    return tuple(sorted({*SHARES, baseline(request)}))


def baseline(request: EvaluationRequest) -> float:
    """The share that the control uses."""
    return request.configurations[0].hybrid or 0.0


def extras(request: EvaluationRequest) -> Iterator[Extra]:
    """What is measured of the indexes themselves: recall of each, sizes of the control's."""
    control = request.configurations[0]
    first: dict[str, Configuration] = {}
    for each in request.configurations:
        first.setdefault(each.index or request.index, each)
    if request.recall:
        for name, configuration in first.items():
            yield Extra(f"recall:{name}", "recall", name, configuration)
    if request.sizes:
        yield Extra("sizes", "sizes", control.index or request.index, control)


def total(request: EvaluationRequest, queries: Sequence[JudgedQuery]) -> int:
    """Steps of all of it; a search is one."""
    return sum(len(part.queries) for part in searches(request, queries)) + sum(
        part.steps for part in extras(request)
    )


def _chunks(queries: Sequence[JudgedQuery]) -> Iterator[tuple[JudgedQuery, ...]]:
    for start in range(0, len(queries), CHUNK):
        yield tuple(queries[start : start + CHUNK])


def _rotated(
    configurations: Sequence[Configuration], *, by: int
) -> Iterator[tuple[int, Configuration]]:
    """Each in turn goes first: nobody always finds what another has just brought into memory."""
    for place in range(len(configurations)):
        turned = (place + by) % len(configurations)
        yield turned, configurations[turned]
