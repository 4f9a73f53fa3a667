"""Evaluations over HTTP: what is to be measured, how far it is, what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.core import ids
from services.core.types.evaluations import Evaluation, EvaluationState
from services.gateway.schemas.base import Answer, Body, Flag, Integer, JsonObject, Number, example
from services.gateway.schemas.configurations import ConfigurationOut
from services.insight.evaluation.accepting import DEFAULT, MOST_CONFIGURATIONS

Name = Annotated[str, Field(pattern=f"^{ids.SAVED_NAME.pattern}$")]


class EvaluationIn(Body):
    """Which query set is asked, and by which configurations: the first is the control."""

    model_config = Body.model_config | example(
        {"query_set": "spring", "configurations": ["default", "words"]}
    )

    query_set: Name
    configurations: Annotated[list[Name], Field(min_length=1, max_length=MOST_CONFIGURATIONS)] = (
        Field(
            default=[DEFAULT],
            description="Saved ones; `default` makes no choice: a search as it is.",
        )
    )
    depth: Annotated[Integer, Field(ge=10, le=1000)] = Field(
        default=50, description="Documents asked for each query."
    )
    tune_hybrid: Flag = Field(
        default=False, description="Try shares of the words' ranking, and suggest one."
    )
    recall: Flag = Field(
        default=False, description="Hold searches with several `ef` of HNSW against exact ones."
    )
    sizes: Flag = Field(default=False, description="Measure the embedder's shorter vectors.")
    price_per_hour: Annotated[Number, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="Of the machine, in any currency: makes costs of latencies."
    )


class FailureOut(Answer):
    """Why it failed; `code` is one of those in docs/errors.md."""

    code: str = Field(examples=["not_found"])
    detail: str


_EXAMPLE: dict[str, Any] = {
    "id": "eval_019aa5d0c1e20123456789abcdef",
    "state": "running",
    "query_set": "spring",
    "index": "products",
    "configurations": [],
    "depth": 50,
    "tune_hybrid": False,
    "recall": False,
    "sizes": False,
    "price_per_hour": None,
    "done": 120,
    "total": 240,
    "error": None,
    "created_at": "2026-11-21T12:00:00Z",
    "started_at": "2026-11-21T12:00:01Z",
    "finished_at": None,
}


class EvaluationOut(Answer):
    """An evaluation; `configurations` are copies as they were when it was asked for."""

    model_config = Answer.model_config | example(_EXAMPLE)

    id: str
    state: EvaluationState
    query_set: str
    index: str
    configurations: list[ConfigurationOut]
    depth: int
    tune_hybrid: bool
    recall: bool
    sizes: bool
    price_per_hour: float | None
    done: int = Field(description="Steps that are measured; most are searches.")
    total: int
    error: FailureOut | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, evaluation: Evaluation) -> EvaluationOut:
        return cls(**_fields(evaluation))


class ReportedEvaluationOut(EvaluationOut):
    """An evaluation with what came out of it."""

    model_config = Answer.model_config | example({**_EXAMPLE, "report": None})

    report: JsonObject | None = Field(description="Null until it has succeeded.")

    @classmethod
    def of_reported(cls, evaluation: Evaluation, report: Any) -> ReportedEvaluationOut:
        """With its report as it is stored."""
        return cls(**_fields(evaluation), report=report)


def _fields(evaluation: Evaluation) -> dict[str, Any]:
    request, error = evaluation.request, evaluation.error
    return {
        "id": evaluation.id,
        "state": evaluation.state,
        "query_set": request.query_set,
        "index": request.index,
        "configurations": [ConfigurationOut.of(each) for each in request.configurations],
        "depth": request.depth,
        "tune_hybrid": request.tune_hybrid,
        "recall": request.recall,
        "sizes": request.sizes,
        "price_per_hour": request.price_per_hour,
        "done": evaluation.done,
        "total": evaluation.total,
        "error": None if error is None else FailureOut(code=error.code, detail=error.detail),
        "created_at": evaluation.created_at,
        "started_at": evaluation.started_at,
        "finished_at": evaluation.finished_at,
    }
