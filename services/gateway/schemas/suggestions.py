"""What to try after a search that found nothing, over HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.gateway.schemas.base import Answer, JsonObject
from services.search.suggestions import Suggestions


class ConditionOut(Answer):
    """A condition of the filter, and how many documents match all the others."""

    without: JsonObject
    documents: int


class NearOut(Answer):
    id: str
    title: str
    score: float | None


class SuggestionsOut(Answer):
    """What would have been found with less asked for."""

    conditions: list[ConditionOut] = Field(description="The one that removes most first.")
    best_score: float | None = Field(
        description="What `min_score` would have to be to let a hit in; null where it is not why."
    )
    near: list[NearOut] = Field(description="The nearest without `filter` and `min_score`.")
    words: list[str] = Field(description="Of their titles, and not of the query.")
    target: Literal["any"] | None = Field(
        description="`any` where only other views than those asked for come near."
    )

    @classmethod
    def of(cls, found: Suggestions) -> SuggestionsOut:
        return cls(
            conditions=[
                ConditionOut(without=dict(each.without), documents=each.documents)
                for each in found.conditions
            ],
            best_score=found.best_score,
            near=[NearOut(id=each.id, title=each.title, score=each.score) for each in found.near],
            words=list(found.words),
            target="any" if found.elsewhere else None,
        )
