"""RFC 9457 problem details, the shape of every failure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FieldProblemOut(BaseModel):
    """One thing wrong with one field, named the way the caller wrote it."""

    field: str = Field(examples=["filter.price.lt"])
    problem: str = Field(examples=["must be a number"])


class Problem(BaseModel):
    """What went wrong; programs read `code`, people read `detail`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Relative address of the explanation.")
    title: str
    status: int
    detail: str
    code: str = Field(examples=["invalid_input"])
    errors: list[FieldProblemOut] = []
    request_id: str | None = Field(default=None, description="Also in the X-Request-Id header.")
