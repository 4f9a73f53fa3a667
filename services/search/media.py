"""The bytes of the pictures that are searched with; none of them is kept."""

from __future__ import annotations

from services.core.ports import Ports
from services.search.request import SearchRequest


def resolve(request: SearchRequest, *, ports: Ports) -> dict[int, bytes]:
    """Encoded, checked pictures by part position."""
