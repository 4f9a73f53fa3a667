"""How a search's text was understood, over HTTP."""

from __future__ import annotations

from pydantic import Field, JsonValue

from services.gateway.schemas.base import Answer, example
from services.search.understanding.asked import Understood


class RecognisedOut(Answer):
    """Words of the text: `value` is the value they name, or the bounds of a number."""

    words: str
    attribute: str
    value: JsonValue


class UnderstoodOut(Answer):
    """What the rules made of the text."""

    model_config = Answer.model_config | example(
        {
            "text": "OLED",
            "filter": {"size_inch": {"eq": 55}, "price": {"lt": 1500}},
            "matched": [
                {"words": "55 inch", "attribute": "size_inch", "value": {"eq": 55}},
                {"words": "under $1500", "attribute": "price", "value": {"lt": 1500}},
            ],
            "applied": True,
        }
    )

    text: str = Field(description="What was left to search for.")
    filter: dict[str, JsonValue] | None = Field(description="Beside the request's own.")
    matched: list[RecognisedOut]
    applied: bool = Field(
        description=(
            "False: nothing was recognised, or nothing would have been found, and the search ran "
            "with the text as it is and without this filter."
        )
    )

    @classmethod
    def of(cls, understood: Understood) -> UnderstoodOut:
        reading = understood.reading
        return cls.model_construct(
            text=reading.text,
            filter=None if reading.filter is None else dict(reading.filter),
            matched=[
                RecognisedOut.model_construct(
                    words=each.words, attribute=each.attribute, value=each.value
                )
                for each in reading.matched
            ],
            applied=understood.applied,
        )
