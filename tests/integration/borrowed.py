"""Tests of other modules, run once more with the fixtures of the module that borrows them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def borrow(into: dict[str, Any], *modules: str) -> None:
    """Put every test of these modules into a module's `globals()`; no two may share a name."""
    for name in modules:
        found = vars(import_module(name))
        tests = {key: test for key, test in found.items() if key.startswith("test_")}
        assert tests, name
        assert tests.keys().isdisjoint(into), name
        into.update(tests)
