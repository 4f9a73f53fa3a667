"""Beat sends what is due in its periods, and never piles anything up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from services.core.queue import names
from services.worker.beat import keep_time
from tests.worker.conftest import ROOT, World


def test_each_task_goes_at_once_and_again_in_its_own_period() -> None:
    sent: Counter[str] = Counter()
    keep_time(
        {"often": 0.05, "seldom": 3600.0},
        lambda task: sent.update([task]),
        ended=lambda: sent["often"] >= 3,
    )
    assert sent["seldom"] == 1


@pytest.mark.stack
def test_while_nobody_works_one_message_of_each_task_waits(world: World) -> None:
    beat = world.command("beat")
    world.wait(lambda: world.alive("beat") == [beat.pid])
    world.wait(lambda: world.queue.waiting(names.MAINTENANCE) == 2)
    for task in (names.SWEEP, names.DUE):
        world.queue.began(task, {})  # as a worker would
    world.wait(lambda: world.queue.waiting(names.MAINTENANCE) == 4)
    waiting = [json.loads(each) for each in world.redis.lrange(names.MAINTENANCE, 0, -1)]
    assert Counter(each["headers"]["task"] for each in waiting) == {names.SWEEP: 2, names.DUE: 2}
    assert (world.folder / "beat.alive").exists()
    assert world.end(beat) == 0
    assert world.alive("beat") == []
    assert not (world.folder / "beat.alive").exists()


@pytest.mark.parametrize("command", [["beat"], ["worker", "ingest"], ["worker", "embedder"]])
def test_without_a_broker_the_command_says_what_to_do(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "MARGAY_STORES__BROKER_URL" in done.stderr
