"""The search log: what is kept of a search, and that nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core import ids
from services.core.db.database import SqlDatabase
from services.core.errors import InsufficientStorage
from services.core.ports import Ports
from services.core.settings import Events
from services.core.types.events import LoggedSearch
from services.gateway.search_log import SearchLog
from services.gateway.visitor import Visitor
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest
from services.wiring import Runtime

MakeLog = Callable[..., SearchLog]


@pytest.fixture
def database(tmp_path: Path, runtime: Runtime) -> Iterator[SqlDatabase]:
    """A log of the test's own."""
    opened = SqlDatabase.open(f"sqlite:///{tmp_path}/log.sqlite3", queue=runtime.queue)
    yield opened
    opened.close()


@pytest.fixture
def make_log(runtime: Runtime, database: SqlDatabase) -> Iterator[MakeLog]:
    logs = []

    def make(**events: Any) -> SearchLog:
        settings = runtime.settings.model_copy(update={"events": Events(**events)})
        ports: Ports = replace(runtime.ports, database=database, settings=settings)
        logs.append(SearchLog(ports))
        return logs[-1]

    yield make
    for log in logs:
        log.close()


@pytest.fixture
def found(runtime: Runtime, client: TestClient, shop: str) -> SearchResponse:
    request = SearchRequest(shop, (Part(text="a red mug"),), limit=3)
    return pipeline.search(request, ports=runtime.ports)


def note(log: SearchLog, found: SearchResponse, *parts: Part, **more: Any) -> None:
    values = {"index": "shop", "visitor": Visitor(), **more}
    log.note(found, parts=parts or (Part(text="a red mug"),), **values)


def logged(database: SqlDatabase, found: SearchResponse) -> LoggedSearch | None:
    with database.read() as work:
        return work.searches.get([found.query_id]).get(found.query_id)


def written(log: SearchLog, database: SqlDatabase, found: SearchResponse) -> LoggedSearch:
    log.flush()
    search = logged(database, found)
    assert search is not None
    return search


def figures(log: SearchLog) -> dict[str, float]:
    return {sample.name: sample.value for family in log.families() for sample in family.samples}


def test_a_page_is_logged_with_what_it_showed(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    note(
        log, found, client_id="browser-1", configuration="dense", experiment="e", variant="x",
        teams=["x", "control", "x"],
    )  # fmt: skip
    search = written(log, database, found)
    assert search.shown == tuple(hit.id for hit in found.hits)
    assert (search.index, search.kind, search.text, search.first_rank) == (
        "shop", "text", "a red mug", 1,
    )  # fmt: skip
    assert search.client == ids.client_key(database.instance_secret(), "browser-1")
    assert (search.configuration, search.experiment, search.variant) == ("dense", "e", "x")
    assert search.teams == ("x", "control", "x")
    assert search.top_score == pytest.approx(found.hits[0].score)
    assert search.took_ms == found.timings_ms["total"]


def test_what_waits_is_written_at_the_end(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    note(log, found)
    log.close()
    assert logged(database, found) is not None


def test_nothing_is_noted_of_who_wants_to_be_left_alone(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    note(log, found, visitor=Visitor(private=True, bot=True), client_id="browser-1")
    search = written(log, database, found)
    assert (search.client, search.bot) == (None, True)


def test_what_looks_like_a_persons_is_left_out_of_the_words(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    note(log, found, Part(text="  order of  jo@example.com "), Part(text="+44 20 7946 0958 mug"))
    assert written(log, database, found).text == "order of … … mug"


@pytest.mark.parametrize(
    ("parts", "kind", "text"),
    [
        ((Part(document_id="red-mug"),), "document", None),
        ((Part(text="mug"), Part(document_id="red-mug")), "composed", "mug"),
        ((Part(text="mug"), Part(document_id="red-mug", weight=-1.0)), "text", "mug"),
        ((Part(text="mug"), Part(text="red", weight=-1.0)), "text", "mug"),
    ],
)
def test_the_kind_is_what_was_searched_with(
    make_log: MakeLog,
    database: SqlDatabase,
    found: SearchResponse,
    parts: tuple[Part, ...],
    kind: str,
    text: str | None,
) -> None:
    log = make_log()
    note(log, found, *parts)
    search = written(log, database, found)
    assert (search.kind, search.text) == (kind, text)


def test_words_and_whole_searches_can_be_left_out(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    wordless = make_log(log_text=False)
    note(wordless, found)
    assert written(wordless, database, found).text is None
    silent = make_log(log_searches=False)
    other = replace(found, query_id="qry_other")
    note(silent, other)
    silent.flush()
    assert logged(database, other) is None


def test_what_does_not_fit_the_buffer_is_counted_and_not_waited_for(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log(buffer=2)
    with database.work():  # whoever writes now lets the log's own thread wait
        for number in range(5):
            note(log, replace(found, query_id=f"qry_{number}"))
        waiting = figures(log)["margay_searches_to_log"]
    log.close()
    after = figures(log)
    assert waiting <= 2
    assert after["margay_searches_to_log"] == 0
    assert after["margay_searches_logged_total"] + after["margay_searches_unlogged_total"] == 5
    assert after["margay_searches_unlogged_total"] >= 1


def test_what_a_full_disk_does_not_take_is_written_when_there_is_room_again(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    pages = "PRAGMA max_page_count = {}"
    with database.work() as work:
        full = work.searches._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.searches._connection.exec_driver_sql(pages.format(full))
    for number in range(400):
        note(log, replace(found, query_id=f"qry_{number}"))
    with pytest.raises(InsufficientStorage):
        log.flush()
    assert figures(log)["margay_searches_to_log"] == 400
    with database.work() as work:
        work.searches._connection.exec_driver_sql(pages.format(1_000_000))
    log.close()
    assert figures(log)["margay_searches_logged_total"] == 400


def test_a_batch_that_can_never_be_written_holds_no_other_up(
    make_log: MakeLog, database: SqlDatabase, found: SearchResponse
) -> None:
    log = make_log()
    note(log, replace(found, query_id="qry_\ud800"))
    with pytest.raises(Exception, match="cannot store"):
        log.flush()
    note(log, found)
    assert written(log, database, found).query_id == found.query_id
    assert figures(log)["margay_searches_unlogged_total"] == 1
