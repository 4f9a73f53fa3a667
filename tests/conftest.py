"""The order of the test files: slow ones first, all others mixed, so that several run well at once.

In the order of the folders all browsers would start together, and some process would be left alone
with a slow file at the end.
"""

from __future__ import annotations

import hashlib

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[bool, str]:
        name = item.path.relative_to(config.rootpath).as_posix()
        return item.path not in slow, hashlib.sha256(name.encode()).hexdigest()

    items.sort(key=place)
