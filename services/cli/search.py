"""`margay search`: one query from a terminal, by words, picture, sound, video or several."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.markup import escape

from services.cli.client import DEFAULT_INDEX, DEFAULT_URL, ApiClient, IndexName, Key, Url
from services.cli.output import console, hits_table, print_json


def search(
    text: Annotated[str | None, typer.Argument(help="Words to search for.")] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", help="Picture to search with.", exists=True, dir_okay=False),
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option("--audio", help="Sound to search with.", exists=True, dir_okay=False),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option("--video", help="Video to search with.", exists=True, dir_okay=False),
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", help="Id of a document to start from.")
    ] = None,
    filter: Annotated[
        str | None, typer.Option("--filter", help='JSON, e.g. \'{"price": {"lt": 30}}\'.')
    ] = None,
    target: Annotated[
        str, typer.Option(help="Views to search: any, text, image, combined, audio, video.")
    ] = "any",
    rerank: Annotated[
        list[str] | None,
        typer.Option(
            "--rerank",
            help="A stage that reorders the hits, again for more: signals, cross_encoder, vlm, "
            'or with settings: \'{"stage": "vlm", "top": 4}\'; none: not even the index\'s own.',
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(help="A declared number to sort the best hits by: price, or price:desc."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1)] = 10,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add what each part contributed.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the API's answer unchanged.")
    ] = False,
    index: IndexName = DEFAULT_INDEX,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Search an index and print the hits."""
    media = {"image": image, "audio": audio, "video": video}
    files = {kind: file for kind, file in media.items() if file is not None}
    if text is None and like is None and not files:
        raise typer.BadParameter(
            "give words, --image, --audio or --video FILE, or --like ID, or several of them"
        )
    request: dict[str, Any] = {
        "target": target,
        "limit": limit,
        "explain": explain,
        "suggest": True,
    }
    if text is not None:
        request["text"] = text
    if like is not None:
        request["document_id"] = like
    if filter is not None:
        request["filter"] = _json_object(filter, option="--filter")
    if rerank:
        request["rerank"] = _stages(rerank)
    if sort is not None:
        request["sort"] = _sort(sort)
    response = post_search(ApiClient(url, key), index, request, files=files)
    if as_json:
        print_json(response)
        return
    console.print(hits_table(response) if response["hits"] else "No match.")
    for hint in _hints(response["suggestions"]):
        console.print(f"[dim]{escape(hint)}[/]", soft_wrap=True)
    if response["sorted"] is not None:
        console.print(f"[dim]{_among(response['sorted'])}[/]")
    for report in response["rerank"]:
        detail = f": {report['detail']}" if report["detail"] else ""
        console.print(
            f"[dim]{report['stage']}: {report['status']}, {report['took_ms']:.0f} ms[/]"
            + escape(detail)
        )
    console.print(f"[dim]{response['timings_ms']['total']:.0f} ms, query {response['query_id']}[/]")


def post_search(
    client: ApiClient,
    index: str,
    request: dict[str, Any],
    *,
    files: Mapping[str, Path] = MappingProxyType({}),
) -> dict[str, Any]:
    """Send a search as JSON, or as multipart when media go with it (files by kind)."""
    path = f"/v1/indexes/{index}/search"
    if not files:
        return client.post(path, json=request)
    parts: dict[str, Any] = {"request": (None, json.dumps(request), "application/json")}
    for kind, file in files.items():
        parts[kind] = (file.name, file.read_bytes(), "application/octet-stream")
    return client.post(path, files=parts)


def _hints(suggestions: dict[str, Any] | None) -> list[str]:
    """What to try after a search that found nothing, a line each."""
    if suggestions is None:
        return []
    hints = [
        f"without {json.dumps(each['without'], ensure_ascii=False)}: {each['documents']} documents"
        for each in suggestions["conditions"]
    ]
    if suggestions["words"]:
        hints.append(f"words of what is nearest: {', '.join(suggestions['words'])}")
    return hints


def _among(made: dict[str, Any]) -> str:
    of = "all" if made["complete"] else "the best"
    return f"{of} {made['considered']} hits sorted by {escape(made['by'])}, {made['order']}"


def _stages(given: list[str]) -> list[dict[str, Any]]:
    """Stages by name or as JSON; `none` alone is an empty cascade."""
    if given == ["none"]:
        return []
    return [
        _json_object(each, option="--rerank") if each.startswith("{") else {"stage": each}
        for each in given
    ]


def _sort(given: str) -> dict[str, str]:
    by, _, order = given.partition(":")
    if order not in ("", "asc", "desc"):
        raise typer.BadParameter("it must be NAME, NAME:asc or NAME:desc", param_hint="--sort")
    return {"by": by, "order": order or "asc"}


def _json_object(text: str, *, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"this is not JSON: {error}", param_hint=option) from error
    if not isinstance(value, dict):
        raise typer.BadParameter("it must be a JSON object", param_hint=option)
    return value
