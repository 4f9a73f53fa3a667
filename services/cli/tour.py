"""Five searches that show what the product does, with their top hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.cli.client import ApiClient
from services.cli.output import console, hits_table
from services.cli.search import post_search


@dataclass(frozen=True, slots=True)
class Stop:
    """One search of the tour."""

    title: str
    request: dict[str, Any] = field(default_factory=dict)
    image: str | None = None


STOPS = (
    Stop("By words: a striped navy mug", {"text": "a striped navy mug"}),
    Stop("By picture: leopard-fur.jpg", image="leopard-fur.jpg"),
    Stop(
        "By both: “a phone case with this” + leopard-fur.jpg",
        {"text": "a phone case with this"},
        image="leopard-fur.jpg",
    ),
    Stop(
        "Filtered: a floral dress under 60, in stock",
        {"text": "a floral dress", "filter": {"price": {"lt": 60}, "in_stock": True}},
    ),
)


def tour(client: ApiClient, *, index: str, queries: Path) -> None:
    """Run the stops and print their first three hits; the last one is more-like-this."""
    first: str | None = None
    for stop in STOPS:
        files = {} if stop.image is None else {"image": queries / stop.image}
        response = post_search(client, index, {**stop.request, "limit": 3}, files=files)
        _show(stop.title, response)
        if first is None and response["hits"]:
            first = response["hits"][0]["id"]
    if first is not None:
        response = client.post(f"/v1/indexes/{index}/documents/{first}/similar", json={"limit": 3})
        _show(f"More like this: {first}", response)


def _show(title: str, response: dict[str, Any]) -> None:
    console.print()
    console.print(
        hits_table(
            response, title=f"[bold]{title}[/]  [dim]{response['timings_ms']['total']:.0f} ms[/]"
        )
    )
