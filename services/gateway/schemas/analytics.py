"""What came of searches, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from services.core.types.analytics import By, LearnedSignal, StoredPropensities, Wanted
from services.gateway.schemas.base import Answer, Body, Number, example
from services.insight.events.analytics import Clicks
from services.insight.events.click_rate import ClickRate
from services.insight.events.judgments import JudgedText
from services.insight.events.propensity import POSITIONS

Share = Annotated[float, Field(ge=0, le=1)]


class RateOut(Answer):
    """A rate with its 95 % interval."""

    rate: Share
    low: Share
    high: Share

    @classmethod
    def of(cls, rate: ClickRate | None) -> RateOut | None:
        if rate is None:
            return None
        return cls(rate=rate.ctr, low=rate.interval.low, high=rate.interval.high)


class ClicksOut(Answer):
    """What came of a group of searches, or of the documents at a position or of a category."""

    key: str | None = Field(description="What they have in common; null: nothing of that.")
    variant: str | None = Field(description="Of an A/B test.")
    searches: int | None = Field(description="Answered pages; null for groups of documents.")
    impressions: int = Field(
        description="Documents seen, each once per answer: told of, or acted on."
    )
    clicks: int
    add_to_carts: int
    purchases: int
    ctr: RateOut | None = Field(description="Clicks per impression; null where none was told.")
    corrected_ctr: RateOut | None = Field(
        description="The same per impression that was looked at, by the index's propensities."
    )
    click_rate: Share | None = Field(description="Share of the searches with a click.")
    conversion: Share | None = Field(
        description="Share of the searches with a purchase; of groups of documents, of those seen "
        "(null where no impression was told)."
    )

    @classmethod
    def of(cls, clicks: Clicks) -> ClicksOut:
        return cls(
            key=clicks.key,
            variant=clicks.variant,
            searches=clicks.searches,
            impressions=clicks.seen,
            clicks=clicks.clicks,
            add_to_carts=clicks.add_to_carts,
            purchases=clicks.purchases,
            ctr=RateOut.of(clicks.ctr),
            corrected_ctr=RateOut.of(clicks.corrected),
            click_rate=clicks.click_rate,
            conversion=clicks.conversion,
        )


class ClickTableOut(Answer):
    """What came of the searches of a period."""

    model_config = Answer.model_config | example(
        {
            "index": "products",
            "by": "kind",
            "since": "2026-10-22T12:00:00Z",
            "until": "2026-11-21T12:00:00Z",
            "items": [
                {
                    "key": "text",
                    "variant": None,
                    "searches": 1250,
                    "impressions": 9800,
                    "clicks": 1176,
                    "add_to_carts": 140,
                    "purchases": 61,
                    "ctr": {"rate": 0.12, "low": 0.114, "high": 0.127},
                    "corrected_ctr": {"rate": 0.21, "low": 0.199, "high": 0.222},
                    "click_rate": 0.55,
                    "conversion": 0.045,
                }
            ],
        }
    )

    index: str | None
    by: By
    since: datetime
    until: datetime
    items: list[ClicksOut]


class WantedOut(Answer):
    """A text that was searched for, case aside."""

    text: str
    searches: int = Field(description="Answered pages.")
    none_found: int = Field(description="How many of them found nothing at all.")
    click_rate: Share = Field(description="Share of them with a click.")
    clicks: int

    @classmethod
    def of(cls, wanted: Wanted) -> WantedOut:
        return cls(
            text=wanted.text,
            searches=wanted.searches,
            none_found=wanted.none_found,
            click_rate=wanted.clicked / wanted.searches,
            clicks=wanted.clicks,
        )


class WantedTableOut(Answer):
    """The texts searched for most."""

    since: datetime
    until: datetime
    items: list[WantedOut]


class LearnedOut(Answer):
    """A document's click rate when it is looked at, drawn to the mean where little is known."""

    id: str
    ctr: Share
    impressions: float = Field(description="Those that were looked at, by their positions.")
    clicks: float

    @classmethod
    def of(cls, signal: LearnedSignal) -> LearnedOut:
        return cls(
            id=signal.document,
            ctr=signal.ctr,
            impressions=signal.impressions,
            clicks=signal.clicks,
        )


class LearnedTableOut(Answer):
    """What the stage `signals` weighs as `ctr`, the highest first."""

    at: datetime | None = Field(description="When it was learned; null: nothing is known.")
    items: list[LearnedOut]


class JudgedTextOut(Answer):
    """A text and what people wanted for it: 3 bought or much clicked, 0 seen and left."""

    id: str
    text: str
    grades: dict[str, int]

    @classmethod
    def of(cls, judged: JudgedText) -> JudgedTextOut:
        return cls(id=judged.id, text=judged.text, grades=judged.grades)


class JudgmentsOut(Answer):
    """Judgments out of clicks."""

    since: datetime
    until: datetime
    queries: list[JudgedTextOut]


class PropensitiesIn(Body):
    """The chance that each position is looked at, from 1 on, that of the first being 1."""

    model_config = Body.model_config | example({"by_position": [1, 0.72, 0.55, 0.44]})

    by_position: Annotated[list[Number], Field(min_length=1, max_length=POSITIONS)]


class PropensitiesOut(Answer):
    """The chance that each position is looked at; lower ones have the last's."""

    model_config = Answer.model_config | example(
        {"source": "set", "by_position": [1, 0.72, 0.55, 0.44], "at": "2026-11-21T12:00:00Z"}
    )

    source: Literal["set", "estimated", "none"] = Field(
        description="Set by hand, estimated of clicks, or none: every position counts alike."
    )
    by_position: list[float]
    at: datetime | None = Field(description="When; null: nothing was learned yet.")

    @classmethod
    def of(cls, stored: StoredPropensities | None) -> PropensitiesOut:
        if stored is None:
            return cls(source="none", by_position=[1.0], at=None)
        return cls.model_validate(
            {"source": stored.source, "by_position": list(stored.by_position), "at": stored.at}
        )
