"""Equal requests that come at the same moment get one job and one answer."""

from __future__ import annotations

from starlette.responses import Response

from services.core.types.access import Caller, Scope
from services.core.types.jobs import Job
from services.gateway.accepted import once
from services.ingest.accept import Within, accept
from services.wiring import Runtime

CALLER = Caller(key_id="key_race", scopes=frozenset({Scope.INGEST}))


def test_the_slower_of_two_equal_requests_gets_the_answer_of_the_faster(
    runtime: Runtime, scratch: str
) -> None:
    def plainly(within: Within | None) -> Job:
        return accept(runtime.ports, scratch, [{"id": "a", "title": "A"}], within=within)

    answers: list[Response] = []

    def overtaken(within: Within | None) -> Job:
        answers.append(once(runtime.ports, CALLER, scratch, "print", plainly))
        return plainly(within)

    slower = once(runtime.ports, CALLER, scratch, "print", overtaken)
    assert slower.status_code == 202
    assert slower.body == answers[0].body
    assert slower.headers["Idempotency-Replayed"] == "true"
    with runtime.ports.database.read() as work:
        assert len(work.jobs.page(index=scratch, states=(), before=None, limit=5)) == 1
