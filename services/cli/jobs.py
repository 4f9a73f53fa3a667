"""`margay jobs`: what was accepted, how far it is, what failed and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from services.cli.client import DEFAULT_URL, ApiClient, Key, Url
from services.cli.output import console, print_json, progress_bar

app = typer.Typer(help="Ingestion jobs.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer unchanged.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.")]


@app.command("list")
def list_jobs(as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """List the newest jobs."""
    page = ApiClient(url, key).get("/v1/jobs")
    if as_json:
        print_json(page)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("job", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for column in ("index", "done", "failed", "created (UTC)"):
        table.add_column(column)
    for job in page["items"]:
        table.add_row(
            job["id"],
            job["state"],
            job["index"],
            f"{finished(job)}/{job['total']}",
            str(job["counts"]["failed"]),
            job["created_at"][:16].replace("T", " "),
        )
    console.print(table)


@app.command("show")
def show(job_id: JobId, as_json: AsJson = False, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Show a job, and its failed items with their reasons."""
    client = ApiClient(url, key)
    job = client.get(f"/v1/jobs/{job_id}")
    failed = client.get(f"/v1/jobs/{job_id}/items", params={"state": "failed"})
    if as_json:
        print_json({"job": job, "failed": failed})
        return
    console.print(f"{job['id']}  {job['state']}  {finished(job)}/{job['total']}")
    for item in failed["items"]:
        reason = item["error"]
        console.print(
            f"  {item['document_id']}: {reason['code']}: {reason['detail']}", markup=False
        )


@app.command("retry")
def retry(job_id: JobId, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Try a job's failed items again and follow it."""
    client = ApiClient(url, key)
    client.post(f"/v1/jobs/{job_id}/retry", params={"only": "failed"})
    follow(client, job_id)


@app.command("cancel")
def cancel(job_id: JobId, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Cancel what a job still has to do."""
    job = ApiClient(url, key).post(f"/v1/jobs/{job_id}/cancel")
    console.print(f"{job['id']}  {job['state']}")


@app.command("watch")
def watch(job_id: JobId, url: Url = DEFAULT_URL, key: Key = None) -> None:
    """Follow a job with a progress bar."""
    follow(ApiClient(url, key), job_id)


def finished(job: Mapping[str, Any]) -> int:
    """Items that have come to an end, whichever."""
    counts = job["counts"]
    return int(counts["succeeded"] + counts["failed"] + counts["cancelled"])


def follow(client: ApiClient, job_id: str, *, title: str = "Ingesting") -> dict[str, Any]:
    """Show a bar until the job is finished; say how it ended; exit 1 unless it succeeded."""
    with progress_bar() as bar:
        task = bar.add_task(title, total=None)
        job = client.follow_job(
            job_id,
            seen=lambda job: bar.update(task, completed=finished(job), total=job["total"] or None),
        )
    if job["state"] != "succeeded":
        why = f": {job['error']['detail']}" if job.get("error") else ""
        console.print(
            f"Job {job['id']} ended {job['state']}{why} "
            f"({job['counts']['failed']} of {job['total']} failed; "
            f"see: margay jobs show {job['id']})",
            markup=False,
        )
        raise typer.Exit(1)
    return job
