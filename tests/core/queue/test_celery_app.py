"""The choices that the stack rests on stand in the application that everybody shares."""

from __future__ import annotations

import subprocess
import sys

import pytest
from celery.exceptions import QueueNotFound

from services.core.errors import SettingsError
from services.core.queue import names
from services.core.queue.celery_app import HARD_LIMIT_S, SOFT_LIMIT_S, make_app
from services.core.settings import Settings, Stores

PASSWORD = "hunter2-but-longer"


def _settings(url: str) -> Settings:
    return Settings(stores=Stores(broker_url=url))


def test_a_message_outlives_the_longest_task() -> None:
    conf = make_app(_settings("redis://localhost/0")).conf
    visible_again = conf.broker_transport_options["visibility_timeout"]
    assert SOFT_LIMIT_S < HARD_LIMIT_S == conf.task_time_limit < visible_again


def test_only_json_goes_in_and_out() -> None:
    conf = make_app(_settings("redis://localhost/0")).conf
    assert conf.accept_content == conf.result_accept_content == ["json"]
    assert conf.task_serializer == conf.result_serializer == "json"


def test_every_task_has_its_queue_and_no_other_queue_exists() -> None:
    app = make_app(_settings("redis://localhost/0"))
    for task, queue in names.QUEUES.items():
        assert app.amqp.router.route({}, task)["queue"].name == queue
    with pytest.raises(QueueNotFound):
        app.amqp.router.route({"queue": "celery"}, "ingest.prepare")


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"])
def test_a_variable_that_would_overrule_the_settings_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"redis://:{PASSWORD}@elsewhere/0")
    with pytest.raises(SettingsError, match=name) as refused:
        make_app(_settings("redis://localhost/0"))
    assert PASSWORD not in refused.value.detail


@pytest.mark.parametrize(
    "url",
    [
        f"amqp://user:{PASSWORD}@localhost",
        f"redis:{PASSWORD}@localhost",
        f"redis://:{PASSWORD}@localhost:port/0",
        f"redis://:{PASSWORD}@",
        f"rediss://:{PASSWORD}@localhost",
        "localhost:6379",
    ],
)
def test_what_is_no_redis_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        make_app(_settings(url))
    assert "MARGAY_STORES__BROKER_URL" in refused.value.detail
    assert PASSWORD not in refused.value.detail


def test_what_celery_prints_of_itself_hides_the_password() -> None:
    app = make_app(_settings(f"redis://:{PASSWORD}@localhost/0"))
    shown = app.conf.humanize(with_defaults=False) + app.connection().as_uri()
    assert PASSWORD not in shown + app.backend.as_uri() + repr(app)


def test_the_embedded_mode_never_imports_celery() -> None:
    code = (
        "import sys, services.wiring, services.gateway.main, services.cli.main; "
        "sys.exit(any(name.partition('.')[0] in ('celery', 'kombu') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
