"""A thin client of the HTTP API, whose failures read as sentences."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

import httpx
import typer

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[
    str,
    typer.Option("--url", envvar="MARGAY_URL", help="Address of the server.", show_default=True),
]
Key = Annotated[
    str | None, typer.Option("--key", envvar="MARGAY_API_KEY", help="API key, if it has keys.")
]
IndexName = Annotated[str, typer.Option("--index", "-i", help="Name of the index.")]

DEFAULT_INDEX = "products"


class ApiProblem(Exception):
    """The server refused, failed or was not there."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]]) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors

    def sentence(self) -> str:
        """The detail, with the fields it names."""
        fields = [
            f"{error['field']}: {error['problem']}"
            for error in self.errors
            if error["problem"] not in self.detail and error["field"] not in self.detail
        ]
        return "; ".join([self.detail, *fields])


class ApiClient:
    """JSON in, JSON out; every refusal is an ApiProblem."""

    def __init__(self, url: str, key: str | None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if not url.startswith(("http://", "https://")):
            raise typer.BadParameter(f"{url!r} must start with http://", param_hint="--url")
        self._url = url
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=httpx.Timeout(120, connect=5), trust_env=False
        )
        # A command makes one client and ends; the connection is closed when it is let go.
        weakref.finalize(self, self._http.close)

    def request(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and return the JSON object it answers."""
        response = self._answered(method, path, **arguments)
        return cast("dict[str, Any]", response.json()) if response.content else {}

    def _answered(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx.ConnectError as error:
            raise ApiProblem(
                0, f"no server answers at {self._url}; start one with: margay serve", []
            ) from error
        except httpx.HTTPError as error:
            raise ApiProblem(0, f"the server at {self._url} did not answer: {error}", []) from error
        except httpx.InvalidURL as error:
            raise typer.BadParameter(f"{self._url!r}: {error}", param_hint="--url") from error
        if response.is_success:
            return response
        raise _problem(response)

    def text(self, path: str) -> str:
        """Return what is at a path that answers with a page."""
        return self._answered("GET", path).text

    def get(self, path: str, **arguments: Any) -> dict[str, Any]:
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> dict[str, Any]:
        return self.request("POST", path, **arguments)

    def follow_job(
        self, job_id: str, *, seen: Callable[[Mapping[str, Any]], None], every_s: float = 0.2
    ) -> dict[str, Any]:
        """Ask for a job until it is finished, showing `seen` each answer; return the last."""
        while True:
            job = self.get(f"/v1/jobs/{job_id}")
            seen(job)
            if job["finished_at"] is not None:
                return job
            time.sleep(every_s)


def _problem(response: httpx.Response) -> ApiProblem:
    try:
        body = response.json()
    except ValueError:
        return ApiProblem(response.status_code, f"the server answered {response.status_code}", [])
    return ApiProblem(
        response.status_code,
        body.get("detail") or body.get("title", f"the server answered {response.status_code}"),
        body.get("errors", []),
    )
