"""What an embedder does for those who wait: embed, score, describe; each answer is a value."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Protocol

from celery import Celery

from services.core.embedding import arrays, contents, descriptions, names, refusals
from services.core.embedding.reading import Broken, fields_of, list_of, number_of, text_of, whole_of
from services.core.errors import EmbedderDown, InputError, MargayError, RerankerDown, Unavailable
from services.core.ports import Scorer
from services.core.queue.exchange import EMBEDDERS, SCORERS, Exchange
from services.core.types.documents import Json
from services.core.types.vectors import Content, EmbedderInfo, Matrix, Purpose
from services.worker.task import Options, task

logger: Final = logging.getLogger(__name__)

OPTIONS: Final = Options(ids=None, answers=True, acks_late=False)
"""Somebody waits, but not for long: a question whose worker died is not answered by another."""


class Runtime(Protocol):
    """The embedder in this process (`services.embedder.runtime`)."""

    def names(self) -> tuple[str, ...]: ...

    def info(self, embedder: str) -> EmbedderInfo: ...

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
        deadline_s: float | None = None,
    ) -> Matrix: ...


def register(
    app: Celery,
    *,
    embedder: Callable[[], Runtime],
    scorer: Callable[[], Scorer],
    exchange: Callable[[], Exchange],
) -> None:
    """Make the tasks of `core.embedding.names` of what the process has opened by then."""

    @task(app, names.EMBED, OPTIONS)
    def query_embed(payload: Json) -> Json:
        return embed(embedder(), exchange(), payload)

    @task(app, names.SCORE, OPTIONS)
    def query_score(payload: Json) -> Json:
        return score(scorer(), exchange(), payload)

    @task(app, names.DESCRIBE, OPTIONS)
    def query_describe(payload: Json) -> Json:
        return describe(embedder(), scorer(), exchange(), payload)


def publish_infos(runtime: Runtime, exchange: Exchange) -> None:
    """Describe the default embedder, loading it, and forget what former workers said of others.

    To be called before the first heartbeat: who finds a worker alive also finds its default
    model. The others are described when somebody asks. Raises EmbedderDown.
    """
    loaded = {name: descriptions.write(runtime.info(name)) for name in runtime.names()[:1]}
    exchange.wipe(EMBEDDERS)
    exchange.wipe(SCORERS)
    for name, description in loaded.items():
        exchange.write(EMBEDDERS, name, description)


def embed(runtime: Runtime, exchange: Exchange, payload: Json) -> Json:
    """Embed the contents of several callers; each has its own rows, or its own error."""

    def work() -> Json:
        given = fields_of(
            payload, "question", {"embedder", "purpose", "dimensions", "deadline", "calls"}
        )
        dimensions = given["dimensions"]
        asked = _Work(
            runtime,
            embedder=text_of(given["embedder"], "embedder"),
            purpose=_purpose(given["purpose"]),
            dimensions=None if dimensions is None else whole_of(dimensions, "dimensions"),
            left_s=_left_s(given["deadline"], exchange),
        )
        calls = [
            [contents.read(each, "content", take=exchange.take_blob) for each in list_of(c, "call")]
            for c in list_of(given["calls"], "calls")
        ]
        answers = asked.answers(calls)
        info = runtime.info(asked.embedder)
        exchange.write(EMBEDDERS, info.name, descriptions.write(info))
        return {"fingerprint": info.fingerprint, "answers": answers}

    return _answered(work, down=EmbedderDown)


def score(scorer: Scorer, exchange: Exchange, payload: Json) -> Json:
    """Score candidates; the answer has the scores, or the error."""

    def work() -> Json:
        given = fields_of(payload, "question", {"model", "deadline", "query", "candidates"})
        model = text_of(given["model"], "model")
        left_s = _left_s(given["deadline"], exchange)
        query = contents.read(given["query"], "query", take=exchange.take_blob)
        candidates = [
            contents.read(each, "candidate", take=exchange.take_blob)
            for each in list_of(given["candidates"], "candidates")
        ]
        scores = scorer.score(model, query, candidates, timeout_s=left_s)
        exchange.write(SCORERS, model, descriptions.write(scorer.info(model)))
        return {"scores": arrays.write_scores(scores)}

    return _answered(work, down=RerankerDown)


def describe(runtime: Runtime, scorer: Scorer, exchange: Exchange, payload: Json) -> Json:
    """Load a model if need be, say what it can do, and write it where everybody finds it."""

    def work() -> Json:
        given = fields_of(payload, "question", {"kind", "name"})
        kind, name = text_of(given["kind"], "kind"), text_of(given["name"], "name")
        if kind not in names.KINDS:
            raise Broken("kind is none of ours")
        of_embedder = kind == names.EMBEDDER
        info = runtime.info(name) if of_embedder else scorer.info(name)
        description = descriptions.write(info)
        exchange.write(EMBEDDERS if of_embedder else SCORERS, name, description)
        return {"description": description}

    return _answered(work, down=EmbedderDown)


def _answered(work: Callable[[], Json], *, down: type[Unavailable]) -> Json:
    """What the work gives, or its error as a value."""
    try:
        return work()
    except MargayError as error:
        return _refusal(error)
    except Broken as error:
        return _refusal(down(f"the question is of another version: {error}"))
    except Exception:
        logger.exception("query.failed")
        return _refusal(down("the embedder failed; its log says why"))


def _left_s(deadline: Json, exchange: Exchange) -> float:
    """Seconds until nobody waits any more. Raises EmbedderDown if nobody does."""
    left_s = number_of(deadline, "deadline") - exchange.now()
    if left_s <= 0:
        raise EmbedderDown("the question came too late")
    return left_s


class _Work:
    """One question: several callers' contents for one embedder, until nobody waits any more."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        embedder: str,
        purpose: Purpose,
        dimensions: int | None,
        left_s: float,
    ) -> None:
        self.embedder = embedder
        self._runtime = runtime
        self._purpose = purpose
        self._dimensions = dimensions
        self._until = monotonic() + left_s

    def answers(self, calls: Sequence[Sequence[Content]]) -> list[Json]:
        """Each call's answer. A question that fails is halved until the culprit is alone."""
        try:
            rows = self._embed([content for call in calls for content in call])
        except (InputError, EmbedderDown) as error:
            if len(calls) < 2 or monotonic() >= self._until:
                return [_refusal(error) for _ in calls]
            middle = len(calls) // 2
            return self.answers(calls[:middle]) + self.answers(calls[middle:])
        answers: list[Json] = []
        begin = 0
        for call in calls:
            answers.append(arrays.write_vectors(rows[begin : begin + len(call)]))
            begin += len(call)
        return answers

    def _embed(self, whole: Sequence[Content]) -> Matrix:
        left_s = self._until - monotonic()
        return self._runtime.embed(
            self.embedder, whole, self._purpose, dimensions=self._dimensions, deadline_s=left_s
        )


def _purpose(value: Json) -> Purpose:
    try:
        return Purpose(text_of(value, "purpose"))
    except ValueError as error:
        raise Broken("purpose is none of ours") from error


def _refusal(error: MargayError) -> Json:
    return {"error": refusals.write(error)}
