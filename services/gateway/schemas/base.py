"""The two kinds of model, and the shapes that many answers share."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, Strict

Integer = Annotated[int, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Flag = Annotated[bool, Strict()]
JsonObject: TypeAlias = dict[str, JsonValue]

Item = TypeVar("Item")

NAMED: Final = "[named]"
DESCRIBED: Final = "[described]"
"""Which of two forms a value has; where it is wrong, its field's name does not show this."""


def form_of(value: object) -> str:
    """Tell a name from an object, so that what is wrong is said of the form that was meant."""
    return NAMED if isinstance(value, str) else DESCRIBED


class Body(BaseModel):
    """Something a caller sends: a field we do not know is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Answer(BaseModel):
    """Something we send.

    Where an answer holds many (hits, documents) it is made by `model_construct`: our own nouns were
    checked when they came in, and checking them again would cost each search a third of a
    millisecond. That answers keep their schema is tested over the whole API.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Page(Answer, Generic[Item]):
    """A part of a listing; `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


def example(*values: Any) -> ConfigDict:
    """Model configuration with examples for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": list(values)})
