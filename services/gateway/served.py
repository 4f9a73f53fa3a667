"""Answers a search as the caller, or the configuration that it names, says."""

from __future__ import annotations

from services.core.errors import InputError, NotFound
from services.core.ports import Ports
from services.core.types.configurations import Configuration
from services.gateway.ask import Ask
from services.gateway.state import Gateway
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.request import SearchRequest


def answer(ask: Ask, *, ports: Ports, gateway: Gateway) -> SearchResponse:
    """Raises InputError for a configuration that is not saved, and what the flow raises."""
    request = ask.request(_named(ask.asked.configuration, ports), ports=ports)
    return _search(request, ports=ports, gateway=gateway)


def _named(name: str | None, ports: Ports) -> Configuration | None:
    """The configuration as it is at this moment: who has just saved one searches by it."""
    if name is None:
        return None
    try:
        with ports.database.read() as work:
            return work.configurations.get(name)
    except NotFound as error:
        raise InputError.at("configuration", "is not the name of a saved one") from error


def _search(request: SearchRequest, *, ports: Ports, gateway: Gateway) -> SearchResponse:
    runtime = gateway.runtime
    return pipeline.search(
        request, ports=ports, rerankers=runtime.rerankers, vocabularies=runtime.vocabularies
    )
