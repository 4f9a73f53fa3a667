"""Answers a search as the caller, the configuration it names or its experiment says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.core import ids
from services.core.errors import InputError, NotFound
from services.core.ports import Ports, SearchWatcher
from services.core.types.configurations import Configuration
from services.core.types.experiments import Experiment, Variant
from services.gateway import pinned, trial
from services.gateway.ask import Ask
from services.gateway.pinned import Pin
from services.gateway.running import Known
from services.gateway.state import Gateway
from services.gateway.trial import Basis, Trial
from services.gateway.visitor import Visitor
from services.insight.evaluation.accepting import DEFAULT
from services.insight.experiments.assignment import Assigned, assigned
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest, check


@dataclass(frozen=True, slots=True)
class Served:
    """An answered page, and by what it was made.

    `experiment` is None where it says nothing of one; `variant`, too, where pages are interleaved.
    `parts` is what was searched with. See Tried for the others.
    """

    found: SearchResponse
    parts: Sequence[Part]
    configuration: str | None
    experiment: str | None = None
    variant: str | None = None
    teams: tuple[str, ...] | None = None
    failure: str | None = None


def answer(ask: Ask, visitor: Visitor, *, gateway: Gateway) -> Served:
    """Raises InputError for a configuration that is not saved, and what the flow raises."""
    ports = gateway.runtime.ports
    search = partial(_search, gateway=gateway, watcher=gateway.runtime.watcher)
    pin = pinned.pin_of(ask.asked.cursor)
    known = gateway.running.known()
    mine = _assigned(ask, visitor, known, ports=ports)
    if ask.asked.configuration is not None or (pin is None and not mine):
        named = _named(ask.asked.configuration, ports)
        request = ask.request(named, ports=ports)
        return Served(search(request), request.parts, None if named is None else named.name)
    plain = ask.request(None, ports=ports)
    check(plain, limits=ports.settings.search)
    unwatched = partial(_search, gateway=gateway, watcher=None)
    basis = Basis(ask, plain, known.configurations, ports, search, unwatched)
    if pin is not None:
        return _continued(basis, pin, mine)
    for each in mine:
        of_it = Trial(basis, each.experiment, start=plain.offset)
        if trial.tells(of_it):
            return _served(of_it, each, each.variant)
    return Served(search(plain), plain.parts, None)


def _assigned(ask: Ask, visitor: Visitor, known: Known, *, ports: Ports) -> list[Assigned]:
    """The experiments that a search may be of, those that were started first before others.

    A search that names its configuration is of none, nor is one of a bot or of somebody who wants
    to be left alone. A page that goes on with a list that began without experiment is not, either;
    with one that did, only of its own.
    """
    asked = ask.asked
    running = known.experiments.get(ask.index, ())
    if not running or asked.client_id is None or visitor.bot or visitor.private:
        return []
    if asked.configuration is not None:
        return []
    pin = pinned.pin_of(asked.cursor)
    if pin is None and asked.cursor is not None:
        return []
    client = ids.client_key(ports.database.instance_secret(), asked.client_id)
    mine = assigned(running, client)
    return [each for each in mine if pin is None or each.experiment.name == pin.experiment]


def _continued(basis: Basis, pin: Pin, mine: Sequence[Assigned]) -> Served:
    """A page behind one that an experiment made, by the same variant, whether or not it runs."""
    start = basis.start_of(pin)
    if mine:
        experiment: Experiment | None = mine[0].experiment
    else:
        basis, experiment = _as_stored(basis, pin)
    if experiment is None:
        found = basis.answer(replace(basis.plain, cursor=None, offset=start))
        if found.next_cursor is not None:
            found = replace(found, next_cursor=basis.cursor(pin, start + basis.plain.limit))
        return Served(found, basis.plain.parts, None)
    variant = next((each for each in experiment.variants if each.name == pin.how), None)
    of_it = Trial(basis, experiment, start=start, both=pin.how == pinned.INTERLEAVED)
    return _served(of_it, mine[0] if mine else None, variant)


def _as_stored(basis: Basis, pin: Pin) -> tuple[Basis, Experiment | None]:
    """An experiment that does not run any more, or not for this client; None if it is gone."""
    try:
        with basis.ports.database.read() as work:
            experiment = work.experiments.get(pin.experiment)
            saved = {each.name: each for each in work.configurations.all()}
    except NotFound:
        return basis, None
    return replace(basis, configurations=saved), experiment


def _served(of_it: Trial, mine: Assigned | None, variant: Variant | None) -> Served:
    """By which variant; `mine` None: it counts for no experiment."""
    tried = trial.by_both(of_it) if of_it.interleaves else trial.by_variant(of_it, variant)
    served = Served(tried.found, of_it.basis.plain.parts, tried.configuration)
    if mine is None:
        return served
    return replace(
        served,
        experiment=mine.experiment.name,
        variant=None if mine.variant is None else mine.variant.name,
        teams=tried.teams,
        failure=tried.failure,
    )


def _named(name: str | None, ports: Ports) -> Configuration | None:
    """The configuration as it is at this moment: who has just saved one searches by it."""
    if name is None or name == DEFAULT:
        return None
    try:
        with ports.database.read() as work:
            return work.configurations.get(name)
    except NotFound as error:
        raise InputError.at("configuration", "is not the name of a saved one") from error


def _search(
    request: SearchRequest, *, gateway: Gateway, watcher: SearchWatcher | None
) -> SearchResponse:
    runtime = gateway.runtime
    return pipeline.search(
        request,
        ports=runtime.ports,
        rerankers=runtime.rerankers,
        vocabularies=runtime.vocabularies,
        watcher=watcher,
    )
