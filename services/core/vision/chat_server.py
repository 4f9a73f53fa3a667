"""A VisionModel behind an OpenAI-compatible server (vLLM, `transformers serve`, others)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any, Final

import httpx

from services.core.breaker import CircuitBreaker
from services.core.errors import VisionDown, VisionTimeout

MAX_ANSWER_BYTES: Final = 256 * 1024
CONNECT_S: Final = 2.0
LOOK_EVERY_S: Final = 15.0
_LEFT_ALONE: Final = "the vision model failed several times in a row; it is left alone"
_SCHEMA_REFUSED: Final = frozenset({400, 404, 415, 422, 501})
_KEY_REFUSED: Final = frozenset({401, 403})
_OURS_ENDS: Final = 500
"""From here on a status says that the server itself is not well."""


class ChatServer:
    """Asks for structured output until the server refuses it once, then for free text.

    At most `concurrency` questions are under way; another one is turned away at once, because a
    searcher would not wait for its turn. Safe to use from several threads.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str = "",
        concurrency: int = 4,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """`url` is the API's base, such as `http://vllm:8000/v1`."""
        # Answers are read as they come: a proxy that compresses would make them unreadable.
        headers = {"Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._model = model
        self._client = httpx.Client(base_url=url, headers=headers, trust_env=False)
        self._seats = BoundedSemaphore(concurrency)
        self._breaker = breaker or CircuitBreaker()
        self._lock = Lock()
        self._structured = True
        self._looking = Lock()
        self._look_at = 0.0
        self._seen: str | None = None

    @property
    def name(self) -> str:
        return self._model

    def problem(self) -> str | None:
        """See VisionModel.problem; the server is asked every `LOOK_EVERY_S` at most."""
        if self._breaker.resting():
            return _LEFT_ALONE
        with self._looking:
            if time.monotonic() >= self._look_at:
                self._seen = self._look()
                self._look_at = time.monotonic() + LOOK_EVERY_S
            return self._seen

    def ask(
        self,
        picture: bytes,
        *,
        instructions: str,
        data: str,
        schema: Mapping[str, Any] | None,
        max_tokens: int,
        timeout_s: float,
    ) -> str:
        """See VisionModel.ask."""
        until = time.monotonic() + timeout_s
        body = _body(self._model, picture, instructions, data, max_tokens)
        with self._seat(), self._counted():
            wanted = schema if self._structured else None
            status, raw = self._post(_with_schema(body, wanted), until)
            if wanted is not None and status in _SCHEMA_REFUSED:
                status, raw = self._post(body, until)
                if status == httpx.codes.OK:
                    with self._lock:
                        self._structured = False
            return _text(status, raw)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._seats.acquire(blocking=False):
            raise VisionDown("the vision model answers as many questions as it may")
        try:
            yield
        finally:
            self._seats.release()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if not self._breaker.allows():
            raise VisionDown(_LEFT_ALONE)
        try:
            yield
        except (VisionDown, VisionTimeout):
            self._breaker.failed()
            raise
        self._breaker.succeeded()

    def _look(self) -> str | None:
        try:
            with self._client.stream("GET", "models", timeout=CONNECT_S) as answer:
                status = answer.status_code
        except httpx.HTTPError as error:
            return f"the vision model cannot be reached: {error}"
        if status in _KEY_REFUSED:
            return "the vision model's server refuses our key"
        return f"the vision model's server answers {status}" if status >= _OURS_ENDS else None

    def _post(self, body: Mapping[str, Any], until: float) -> tuple[int, bytes]:
        """Status and body, within the time: a server that trickles is cut off as well."""
        try:
            with self._client.stream(
                "POST", "chat/completions", json=body, timeout=_timeout(until)
            ) as answer:
                raw = bytearray()
                for chunk in answer.iter_raw():
                    raw += chunk
                    if len(raw) > MAX_ANSWER_BYTES:
                        raise VisionDown("the vision model's answer does not end")
                    _left(until)
                return answer.status_code, bytes(raw)
        except httpx.TimeoutException as error:
            raise VisionTimeout("the vision model did not answer in time") from error
        except httpx.HTTPError as error:
            raise VisionDown(f"the vision model cannot be reached: {error}") from error


def _body(
    model: str, picture: bytes, instructions: str, data: str, max_tokens: int
) -> dict[str, Any]:
    address = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": instructions},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": address}},
                    {"type": "text", "text": data},
                ],
            },
        ],
        "max_tokens": max_tokens,
        "temperature": 0,
    }


def _with_schema(body: Mapping[str, Any], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return dict(body)
    wanted = {"name": "answer", "strict": True, "schema": schema}
    return {**body, "response_format": {"type": "json_schema", "json_schema": wanted}}


def _text(status: int, raw: bytes) -> str:
    """The message of a completion. Raises VisionDown for anything that is none."""
    if status != httpx.codes.OK:
        raise VisionDown(f"the vision model answered {status}")
    try:
        content = json.loads(raw.decode("utf-8", "replace"))["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise VisionDown("the vision model's server answered something else") from error
    if not isinstance(content, str):
        raise VisionDown("the vision model answered without words")
    return content


def _timeout(until: float) -> httpx.Timeout:
    left_s = _left(until)
    return httpx.Timeout(left_s, connect=min(CONNECT_S, left_s))


def _left(until: float) -> float:
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise VisionTimeout("the vision model did not answer in time")
    return left_s
