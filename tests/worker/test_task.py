"""The decorator: explicit names, typed options, arguments that are checked."""

from __future__ import annotations

import pytest
from celery import Celery
from hypothesis import example, given
from hypothesis import strategies as st

from services.core.queue.celery_app import SOFT_LIMIT_S, VISIBLE_AGAIN_S, make_app
from services.core.settings import Settings, Stores
from services.worker.task import LONGEST_ID, Options, task

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def _app() -> Celery:
    return make_app(Settings(stores=Stores(broker_url="redis://localhost/0")))


def test_what_is_decided_for_a_task_is_what_celery_does() -> None:
    app = _app()
    task(app, "a.task", Options(ids=("job_id",), hard_limit_s=9, soft_limit_s=8))(print)
    made = app.tasks["a.task"]
    assert made.acks_late
    assert made.reject_on_worker_lost
    assert made.ignore_result
    assert (made.soft_time_limit, made.time_limit) == (8, 9)
    assert made.serializer == "json"


def test_one_that_somebody_waits_for_keeps_its_value() -> None:
    app = _app()
    task(app, "a.task", Options(ids=None, answers=True, acks_late=False))(print)
    assert not app.tasks["a.task"].ignore_result
    assert not app.tasks["a.task"].acks_late


def test_a_name_is_taken_once() -> None:
    app = _app()
    task(app, "a.task", Options(ids=()))(print)
    with pytest.raises(ValueError, match=r"a\.task"):
        task(app, "a.task", Options(ids=()))


@pytest.mark.parametrize(
    ("soft_s", "hard_s"), [(10, 10), (0, 10), (10, 5), (SOFT_LIMIT_S, VISIBLE_AGAIN_S)]
)
def test_limits_that_a_message_would_not_outlive_are_refused(soft_s: float, hard_s: float) -> None:
    with pytest.raises(ValueError, match="ends before"):
        Options(ids=(), soft_limit_s=soft_s, hard_limit_s=hard_s)


class Taken:
    """A task that remembers what reached its body."""

    def __init__(self, options: Options) -> None:
        self.reached: list[dict[str, object]] = []
        self.run = task(_app(), "a.task", options)(self._body)

    def _body(self, **given: object) -> None:
        self.reached.append(given)


OF_IDS = Taken(Options(ids=("job_id", "index")))
OF_JSON = Taken(Options(ids=None))


@given(
    positional=st.lists(JSON, max_size=1),
    named=st.dictionaries(st.sampled_from(["job_id", "index", "payload"]), JSON, max_size=3),
)
@example(positional=[], named={"job_id": "x" * LONGEST_ID, "index": "y"})
@example(positional=[], named={"job_id": "x" * (LONGEST_ID + 1), "index": "y"})
def test_only_short_strings_by_their_names_reach_a_body(
    positional: list[object], named: dict[str, object]
) -> None:
    OF_IDS.reached.clear()
    OF_IDS.run(*positional, **named)
    fine = not positional and named.keys() == {"job_id", "index"}
    fine = fine and all(
        isinstance(value, str) and 0 < len(value) <= LONGEST_ID for value in named.values()
    )
    assert OF_IDS.reached == ([named] if fine else [])


@given(value=JSON)
def test_a_payload_is_any_json_and_alone(value: object) -> None:
    OF_JSON.reached.clear()
    OF_JSON.run(payload=value)
    OF_JSON.run(value)
    OF_JSON.run(payload=value, more=value)
    assert OF_JSON.reached == [{"payload": value}]
