"""That no key is asked for is remembered for a second, and forgotten at once when one is made."""

from __future__ import annotations

from services.gateway.open_door import REMEMBERED_S, OpenDoor


def test_it_is_open_for_a_moment_after_it_was_opened() -> None:
    now = [100.0]
    door = OpenDoor(clock=lambda: now[0])
    assert not door.is_open()
    door.open()
    assert door.is_open()
    now[0] += REMEMBERED_S
    assert not door.is_open()


def test_a_new_key_shuts_it_at_once() -> None:
    door = OpenDoor()
    door.open()
    door.shut()
    assert not door.is_open()
