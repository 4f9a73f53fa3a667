"""Celery as it comes, giving back what it is given: the floor under every question to a worker."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from celery import Celery

TASK: Final = "bench.echo"
QUEUE: Final = "bench.echo"
THREADS: Final = 8


def make(url: str) -> Celery:
    """The application, all of its choices Celery's own but where it lives."""
    app = Celery("echo", broker=url, backend=url, set_as_current=False)
    app.conf.update(task_default_queue=QUEUE, result_expires=60)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def echo(value: Any) -> Any:
        return value

    return app


@contextmanager
def running(url: str) -> Iterator[Celery]:
    """A worker process with threads, and an application that asks it."""
    command = [sys.executable, "-m", "benchmarks.celery_echo", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    app = make(url)
    try:
        app.send_task(TASK, ["ready"]).get(timeout=60)
        yield app
    finally:
        process.kill()
        process.wait(timeout=10)
        app.close()


def ask(app: Celery, value: Any) -> Any:
    """One question, as Celery's manual shows it."""
    return app.send_task(TASK, [value]).get(timeout=60)


def per_second(app: Celery, *, clients: int, seconds: float) -> float:
    """Questions answered a second with so many threads asking."""
    end = time.perf_counter() + seconds

    def work() -> int:
        count = 0
        while time.perf_counter() < end:
            ask(app, "red mug")
            count += 1
        return count

    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = sum(each.result() for each in [pool.submit(work) for _ in range(clients)])
    return done / (time.perf_counter() - begun)


if __name__ == "__main__":
    make(sys.argv[1]).Worker(pool="threads", concurrency=THREADS, loglevel="ERROR").start()
