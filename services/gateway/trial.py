"""A search by an experiment: answered by a variant, or failing that by control."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from services.core.errors import InputError, MargayError
from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.core.types.experiments import Experiment, ExperimentKind, Variant
from services.gateway import pinned
from services.gateway.ask import Ask
from services.gateway.pinned import Pin
from services.search import cursor as cursors
from services.search import interleaved, media
from services.search.hits import SearchResponse
from services.search.interleaved import Drawn, Ranking
from services.search.parts import Medium
from services.search.request import SearchRequest

logger: Final = logging.getLogger(__name__)

Answer = Callable[[SearchRequest], SearchResponse]


@dataclass(frozen=True, slots=True)
class Basis:
    """A search that may be tried in several ways; `plain` is what it is without experiment.

    `unwatched` answers as `answer` does, without the watch being told: a page is one search to it,
    whatever else was asked to make the page.
    """

    ask: Ask
    plain: SearchRequest
    configurations: Mapping[str, Configuration]
    ports: Ports
    answer: Answer
    unwatched: Answer

    @property
    def client(self) -> str:
        """As the caller sent it."""
        return self.ask.asked.client_id or ""

    def request(self, configuration: str | None) -> SearchRequest:
        """What to search for by a configuration.

        Raises InputError for one that is gone, and what `Ask.request` raises.
        """
        if configuration is None:
            return self.plain
        if configuration not in self.configurations:
            raise InputError.at("configuration", f"there is no {configuration!r} any more")
        return self.ask.request(self.configurations[configuration], ports=self.ports)

    def cursor(self, pin: Pin, offset: int) -> str:
        """What the page that starts at `offset` is asked for by."""
        return pinned.encode(pin, offset, self.plain, client=self.client, ports=self.ports)

    def start_of(self, pin: Pin) -> int:
        """Where the page starts that the caller's cursor stands for. Raises InputError."""
        cursor = self.plain.cursor or ""
        return pinned.start(pin, cursor, self.plain, client=self.client, ports=self.ports)


@dataclass(frozen=True, slots=True)
class Trial:
    """A page of a search by an experiment: the one that starts at hit `start`.

    `both` False: an interleaving whose list began by one variant alone goes on so.
    """

    basis: Basis
    experiment: Experiment
    start: int
    both: bool = True

    @property
    def interleaves(self) -> bool:
        return self.both and self.experiment.kind is ExperimentKind.INTERLEAVING

    def request(self, configuration: str | None) -> SearchRequest:
        """The page's. Raises what `Basis.request` raises."""
        return replace(self.basis.request(configuration), cursor=None, offset=self.start)

    def following(self, how: str) -> str:
        """The cursor of the next page, to be made in the same way."""
        pin = Pin(self.experiment.name, how)
        return self.basis.cursor(pin, self.start + self.basis.plain.limit)


@dataclass(frozen=True, slots=True)
class Tried:
    """An answered page. `configuration` is what it was made by; `teams`, where it was interleaved,
    the variant that each hit counts for ("": nobody). `failure` is the code of the error that kept
    a variant from answering.
    """

    found: SearchResponse
    configuration: str | None
    teams: tuple[str, ...] | None = None
    failure: str | None = None


def tells(trial: Trial) -> bool:
    """Whether variants differ for this search: else it would say nothing of them.

    Where all have one configuration they are meant to be the same. Variants that cannot answer
    differ from those that can.
    """
    names = {each.configuration for each in trial.experiment.variants}
    if trial.experiment.kind is ExperimentKind.INTERLEAVING and not interleaved.can_be(
        trial.basis.plain
    ):
        return False
    if len(names) == 1:
        return True
    requests = [_tried_request(trial, name) for name in names]
    return any(each is None or each != requests[0] for each in requests)


def by_variant(trial: Trial, variant: Variant | None) -> Tried:
    """The page by a variant; by control, and then without experiment, if it cannot answer.

    None: without experiment from the beginning. Raises what such a search raises.
    """
    failures: dict[str | None, MargayError] = {}
    for name, how in _attempts(trial.experiment, variant):
        try:
            found = trial.basis.answer(trial.request(name))
        except MargayError as error:
            failures[name] = _told(trial, name, error)
            continue
        following = None if found.next_cursor is None else trial.following(how)
        failure = next((each.code for each in failures.values()), None)
        return Tried(replace(found, next_cursor=following), name, failure=failure)
    raise failures[None]


def by_both(trial: Trial) -> Tried:
    """The page interleaved of both variants; by control alone if the other cannot answer.

    Raises what a search without experiment raises.
    """
    control, other = trial.experiment.variants
    fetched = _fetched(trial)
    # Both at once, so that who searches waits for the slower one only; none outlives the page.
    with ThreadPoolExecutor(1, thread_name_prefix="interleaved") as pool:
        searching = pool.submit(_beside, trial, other, fetched)
        try:
            # A further page asks for all hits from the first on: it is no further search.
            answer = trial.basis.unwatched if trial.start else trial.basis.answer
            base = _first(trial, trial.request(control.configuration), fetched, answer)
        except MargayError as error:
            if control.configuration is None:
                raise
            failure = _told(trial, control.configuration, error).code
            return replace(by_variant(trial, None), failure=failure)
        beside = searching.result()
    start, limit = trial.start, trial.basis.plain.limit
    if isinstance(beside, MargayError):
        drawn = interleaved.alone(base, start=start, limit=limit)
        found = _going_on(trial, drawn, control.name)
        return Tried(found, control.configuration, failure=beside.code)
    drawn = interleaved.page((base, beside), start=start, limit=limit, seed=_seed(trial))
    teams = tuple("" if each is None else (control, other)[each].name for each in drawn.teams)
    return Tried(_going_on(trial, drawn, pinned.INTERLEAVED), None, teams=teams)


def _beside(trial: Trial, variant: Variant, fetched: Mapping[int, bytes]) -> Ranking | MargayError:
    try:
        bare = replace(trial.request(variant.configuration), facets=(), suggest=False)
        return _first(trial, bare, fetched, trial.basis.unwatched)
    except MargayError as error:
        return _told(trial, variant.configuration, error)


def _attempts(experiment: Experiment, variant: Variant | None) -> Iterator[tuple[str | None, str]]:
    """Configurations in the order in which they are tried, and what a cursor calls them."""
    tried: set[str | None] = set()
    for each in () if variant is None else (variant, experiment.control):
        if each.configuration not in tried:
            yield each.configuration, each.name
        tried.add(each.configuration)
    if None not in tried:
        yield None, pinned.PLAIN


def _tried_request(trial: Trial, configuration: str | None) -> SearchRequest | None:
    try:
        return trial.request(configuration)
    except MargayError:
        return None


def _told(trial: Trial, configuration: str | None, error: MargayError) -> MargayError:
    logger.warning(
        "experiment.variant_failed: %s by %s: %s", trial.experiment.name, configuration, error
    )
    return error


def _first(
    trial: Trial, request: SearchRequest, fetched: Mapping[int, bytes], answer: Answer
) -> Ranking:
    parts = tuple(
        part if at not in fetched else replace(part, medium=_held(part.medium, fetched[at]))
        for at, part in enumerate(request.parts)
    )
    return interleaved.first(
        replace(request, parts=parts),
        trial.start + request.limit,
        answer=answer,
        limits=trial.basis.ports.settings.search,
    )


def _fetched(trial: Trial) -> dict[int, bytes]:
    """What lies at addresses, by position: it is fetched once, however many searches need it."""
    request, ports = trial.basis.plain, trial.basis.ports
    until = media.patience(ports)
    return {
        at: media.read(part.medium, field=request.field(at), ports=ports, until=until)
        for at, part in enumerate(request.parts)
        if part.medium is not None and part.medium.url is not None
    }


def _held(medium: Medium | None, data: bytes) -> Medium | None:
    return None if medium is None else Medium(medium.kind, data=data)


def _going_on(trial: Trial, drawn: Drawn, how: str) -> SearchResponse:
    beyond = trial.start + trial.basis.plain.limit > trial.basis.ports.settings.search.max_offset
    following = trial.following(how) if drawn.more and not beyond else None
    return replace(drawn.found, next_cursor=following)


def _seed(trial: Trial) -> bytes:
    """Equal for all pages of a client's query, so that they are cut from one list."""
    return cursors.fingerprint(
        trial.basis.plain,
        secret=trial.basis.ports.database.instance_secret(),
        also=f"{trial.experiment.name}\n{trial.basis.client}",
    )
