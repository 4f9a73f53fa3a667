"""`margay ingest`: send a local file or folder to a server, pictures and all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client import (
    DEFAULT_INDEX,
    DEFAULT_URL,
    ApiClient,
    ApiProblem,
    IndexName,
    Key,
    Url,
)
from services.cli.jobs import finished
from services.cli.output import console, progress_bar
from services.core.errors import InputError
from services.core.types.indexes import AttributeType
from services.ingest.attached import FIELDS
from services.ingest.loading import inside
from services.ingest.outcome import ItemFailed
from services.ingest.sources import mapping, spec
from services.ingest.sources import open as sources
from services.ingest.sources.row import Row, SourceBroken

BATCH = 50
TOO_LARGE = 413
_DOCUMENT = re.compile(r"documents\[(\d+)\]")
KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}


@dataclass(slots=True)
class Tally:
    """What became of the rows."""

    sent: int = 0  # accepted documents
    jobs: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def ingest(
    source: Annotated[
        Path, typer.Argument(help="A .jsonl, .csv or .parquet file, or a folder.", exists=True)
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN, e.g. title=name or attributes.price=price."),
    ] = None,
    index: IndexName = DEFAULT_INDEX,
    url: Url = DEFAULT_URL,
    key: Key = None,
) -> None:
    """Send documents and their pictures to an index, and follow them until they are searchable."""
    client = ApiClient(url, key)
    settings = client.get(f"/v1/indexes/{index}")["settings"]
    declared = {name: AttributeType(kind) for name, kind in settings["attributes"].items()}
    read = read_spec(source, columns or [])
    tally = Tally()
    with progress_bar() as bar:
        task = bar.add_task(f"Sending {source.name}", total=None)
        for batch in _batches(sources.rows(read, None), tally):
            raw = [
                (_place(row, read), mapping.raw_document(row.fields, read, attributes=declared))
                for row in batch
            ]
            _send_good(client, index, raw, folder=read.folder, tally=tally)
            bar.update(task, completed=tally.sent)
        bar.update(task, description="Indexing", completed=0, total=tally.sent)
        failed = _follow(client, tally, lambda done: bar.update(task, completed=done))
    _say(tally, failed, index)


def read_spec(source: Path, columns: list[str]) -> spec.ImportSpec:
    """Check what is to be read, by the same rules as an import on the server."""
    kind = "folder" if source.is_dir() else KINDS.get(source.suffix.lower())
    if kind is None:
        raise InputError.at("source", f"must be a folder or end in {', '.join(KINDS)}")
    raw: dict[str, Any] = {"type": kind, "path": str(source.resolve())}
    if columns:
        raw["mapping"] = dict(_pair(column) for column in columns)
    return spec.parse(raw, roots=[source.resolve().parent])


def _pair(column: str) -> tuple[str, str]:
    target, equals, name = column.partition("=")
    if not equals:
        raise typer.BadParameter(
            f"{column!r} must be FIELD=COLUMN, e.g. title=name", param_hint="--map"
        )
    return target, name


def _place(row: Row, read: spec.ImportSpec) -> str:
    """How a person finds a row again: by its number, in a folder by its file."""
    file = row.cursor.partition(":")[2] if read.type is spec.SourceType.FOLDER else ""
    return file or f"row {row.number}"


def _batches(rows: Iterator[Row], tally: Tally) -> Iterator[list[Row]]:
    try:
        while batch := list(islice(rows, BATCH)):
            tally.unreadable += [f"row {row.number}: {row.problem}" for row in batch if row.problem]
            if readable := [row for row in batch if row.problem is None]:
                yield readable
    except SourceBroken as broken:
        raise InputError(str(broken)) from broken


def _send_good(
    client: ApiClient,
    index: str,
    raw: list[tuple[str, dict[str, Any]]],
    *,
    folder: Path,
    tally: Tally,
) -> None:
    """Send a batch; a row that is refused is noted and left out, the others are sent again."""
    while raw:
        try:
            tally.jobs.append(_send(client, index, [made for _, made in raw], folder))
        except ApiProblem as problem:
            bad = {at for error in problem.errors if (at := _position(error)) is not None}
            if problem.status == TOO_LARGE and not bad:
                _send_smaller(client, index, raw, problem, folder=folder, tally=tally)
                return
            if not bad or (len(bad) == len(raw) and not tally.jobs):
                raise  # nothing of it fits: the columns are wrong, not a row
            tally.unreadable += [f"{raw[at][0]}: {_why(problem, at)}" for at in sorted(bad)]
            raw = [one for at, one in enumerate(raw) if at not in bad]
        else:
            tally.sent += len(raw)
            return


def _send_smaller(
    client: ApiClient,
    index: str,
    raw: list[tuple[str, dict[str, Any]]],
    problem: ApiProblem,
    *,
    folder: Path,
    tally: Tally,
) -> None:
    """Send the halves of a batch that is too large for one request (videos soon are)."""
    if len(raw) == 1:
        tally.unreadable.append(f"{raw[0][0]}: {problem.detail}")
        return
    middle = len(raw) // 2
    for half in (raw[:middle], raw[middle:]):
        _send_good(client, index, half, folder=folder, tally=tally)


def _position(error: Mapping[str, str]) -> int | None:
    found = _DOCUMENT.match(error["field"])
    return int(found[1]) if found else None


def _why(problem: ApiProblem, at: int) -> str:
    return "; ".join(
        f"{error['field'].removeprefix(f'documents[{at}].')}: {error['problem']}"
        for error in problem.errors
        if _position(error) == at
    )


def _send(client: ApiClient, index: str, documents: list[dict[str, Any]], folder: Path) -> str:
    """Post one batch; media named by path travel as parts of the request."""
    parts: dict[str, bytes] = {}
    copies = list(documents)
    for at, document in enumerate(documents):
        for name in FIELDS.values():
            media = document.get(name)
            if isinstance(media, list):
                field = f"documents[{at}].{name}"
                attached = [_attached(one, folder, parts, field=field) for one in media]
                copies[at] = copies[at] | {name: attached}
    body = json.dumps(copies).encode()
    path = f"/v1/indexes/{index}/documents"
    if not parts:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        return str(answer["id"])
    files: list[tuple[str, tuple[str | None, bytes, str]]] = [
        ("documents", (None, body, "application/json"))
    ]
    files += [("files", (name, data, "application/octet-stream")) for name, data in parts.items()]
    return str(client.post(path, files=files)["id"])


def _attached(medium: Any, folder: Path, parts: dict[str, bytes], *, field: str) -> Any:
    if not isinstance(medium, str) or not medium.startswith("path:"):
        return medium
    name = medium.removeprefix("path:")
    try:
        parts[name] = inside(folder, name).read_bytes()
    except ItemFailed as failed:
        detail = failed.error.detail
        raise ApiProblem(0, detail, [{"field": field, "problem": detail}]) from failed
    return f"file:{name}"


def _follow(client: ApiClient, tally: Tally, seen: Callable[[int], None]) -> list[dict[str, Any]]:
    done_before = 0
    failed = []
    for job_id in tally.jobs:
        job = client.follow_job(job_id, seen=_after(done_before, seen))
        done_before += finished(job)
        if job["counts"]["failed"]:
            failed.append(job)
    return failed


def _after(before: int, seen: Callable[[int], None]) -> Callable[[Mapping[str, Any]], None]:
    return lambda job: seen(before + finished(job))


def _say(tally: Tally, failed: list[dict[str, Any]], index: str) -> None:
    for line in tally.unreadable:
        console.print(line, markup=False)
    for job in failed:
        console.print(f"{job['counts']['failed']} failed; see: margay jobs show {job['id']}")
    lost = sum(job["counts"]["failed"] for job in failed)
    console.print(
        f"{tally.sent - lost} of {tally.sent + len(tally.unreadable)} documents are in {index}"
    )
    if failed or tally.unreadable:
        raise typer.Exit(1)
