"""Celery as we use it: one application on one Redis, with every choice made on purpose.

Nothing of Celery's defaults that matters is left to them; `tests/core/queue/test_celery_app.py`
and `tests/worker` hold the choices on a real server. The embedded mode never imports this file.
"""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from celery import Celery
from kombu import Exchange, Queue

from services.core.errors import SettingsError
from services.core.queue import names
from services.core.settings import Settings

HARD_LIMIT_S: Final = 1800
"""A task of a prefork worker that takes so long is killed; slices make it last a minute."""
SOFT_LIMIT_S: Final = 1740
VISIBLE_AGAIN_S: Final = 3600
"""Redis hands a message that was not acknowledged to another; longer than any task may last."""
RESULT_S: Final = 60
"""How long an answer that nobody fetched is kept."""
CONNECT_S: Final = 1.0
ANSWER_S: Final = 5.0
"""A broker that accepts connections and says nothing is down; no reply takes so long."""
TRANSPORT: Final = "services.core.queue.redis_transport:Transport"
OVERRULING: Final = (
    "CELERY_BROKER_URL",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_RESULT_BACKEND",
)
"""Celery believes these before its configuration."""
QUEUES: Final = (
    names.EMBED_QUERY, names.EMBED_INDEX, names.INGEST, names.MAINTENANCE, names.INSIGHT,
)  # fmt: skip


def make_app(settings: Settings) -> Celery:
    """Make the application that senders and workers share; connects to nothing yet.

    Raises SettingsError (never showing the URL: it may hold a password) if the broker is no Redis,
    or if a variable of Celery's own would overrule the settings.
    """
    url = settings.stores.broker_url
    _check(url)
    # Not current: a process may have two (tests do), and nothing here looks for "the" one.
    app = Celery("margay", set_as_current=False, fixups=[])
    app.conf.update(broker_url=url, result_backend=url)
    app.conf.update(_messages())
    app.conf.update(_connections())
    app.conf.update(_results())
    app.conf.update(_workers())
    return app


def _check(url: str) -> None:
    if overruling := [name for name in OVERRULING if os.environ.get(name)]:
        raise SettingsError(f"unset {', '.join(overruling)}: MARGAY_STORES__BROKER_URL is used")
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "redis" and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            "MARGAY_STORES__BROKER_URL must be local:// or the address of a Redis "
            "(redis://[:password@]host[:port][/number])"
        )


def _messages() -> dict[str, object]:
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        # The nameless exchange needs no bindings in Redis, so none can be lost with its memory.
        "task_queues": [Queue(name, Exchange(""), routing_key=name) for name in QUEUES],
        "task_routes": {task: {"queue": queue} for task, queue in names.QUEUES.items()},
        "task_default_queue": names.MAINTENANCE,
        "task_default_exchange": "",
        "task_default_routing_key": names.MAINTENANCE,
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # What failed is in the ledger with its reason; the message has done its work.
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "task_time_limit": HARD_LIMIT_S,
        "task_soft_time_limit": SOFT_LIMIT_S,
        "task_send_sent_event": False,
        "timezone": "UTC",
        "enable_utc": True,
    }


def _connections() -> dict[str, object]:
    return {
        "broker_transport": TRANSPORT,
        "broker_transport_options": {
            "visibility_timeout": VISIBLE_AGAIN_S,
            # By default Redis is looked through every 10 s, and acted on each tenth time.
            "unacked_restore_interval": 30,
            "unacked_restore_throttle": 1,
            # The first queue of a worker is emptied first: queries before documents.
            "queue_order_strategy": "priority",
            "priority_steps": [0],
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": ANSWER_S,
            "socket_keepalive": True,
            "health_check_interval": 5,
            # A sender tries once; a worker (below) tries until the broker is back.
            "max_retries": 0,
            "interval_start": 0,
        },
        "broker_connection_timeout": CONNECT_S,
        "task_publish_retry": False,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_limit": 32,
        "broker_pool_acquire_timeout": ANSWER_S,
    }


def _results() -> dict[str, object]:
    return {
        "task_ignore_result": True,
        "result_serializer": "json",
        "result_accept_content": ["json"],
        "result_expires": RESULT_S,
        "result_persistent": False,
        "result_backend_always_retry": False,
        "redis_socket_connect_timeout": CONNECT_S,
        "redis_socket_timeout": ANSWER_S,
        "redis_socket_keepalive": True,
        "redis_retry_on_timeout": False,
        "result_backend_transport_options": {
            "health_check_interval": 5,
            "retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
        },
    }


def _workers() -> dict[str, object]:
    return {
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_log_color": False,
        "worker_disable_rate_limits": True,
        "worker_detect_quorum_queues": False,
        # What is in hand goes on: the ledger, not the message, says who works on it.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # After a lost connection it would take fewer messages, and in time none.
        "worker_enable_prefetch_count_reduction": False,
        # A result that a killed process had handed over is read long before.
        "worker_lost_wait": 2.0,
        # Opening the stores in a new process takes longer than the 4 s that are allowed it.
        "worker_proc_alive_timeout": 120.0,
    }
