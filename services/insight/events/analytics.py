"""What came of searches: click rates and conversion by whatever tells them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.core.errors import InputError
from services.core.ports import Ports, UnitOfWork
from services.core.types.analytics import Answers, By, Deeds, Period
from services.core.types.indexes import AttributeType
from services.insight.events.click_rate import ClickRate, click_rates
from services.insight.events.learning import (
    UNCORRECTED,
    exposures,
    of_its_life,
    propensities_of,
)
from services.insight.events.propensity import Propensities

Group: TypeAlias = tuple[str | None, str | None]
"""Key and variant."""


@dataclass(frozen=True, slots=True)
class Clicks:
    """What came of the searches of a group, or of the documents at a position or of a category.

    `ctr` is clicks per document seen, `corrected` the same per document looked at (see
    `click_rate`), both with 95 % intervals; None where no impression was told, since nobody knows
    what was seen then beside what was clicked. `click_rate` and `conversion` are the shares of
    searches that led to a click, to a purchase; of groups of documents there are no `searches`,
    and `conversion` is the share of those seen, None as the rates are.
    """

    key: str | None
    variant: str | None
    searches: int | None
    seen: int
    clicks: int
    add_to_carts: int
    purchases: int
    ctr: ClickRate | None
    corrected: ClickRate | None
    click_rate: float | None
    conversion: float | None


def clicks(
    ports: Ports, by: By, period: Period, *, index: str | None, attribute: str = "category"
) -> list[Clicks]:
    """What came of the searches of a period, group by group.

    Only BY INDEX goes without an index: positions of different indexes are looked at differently.
    Raises NotFound for the index, InputError for an attribute that is no declared string.
    """
    if index is None and by is not By.INDEX:
        raise InputError.at("index", f"is needed by {by}")
    with ports.database.read() as work:
        if index is not None:
            stored = work.indexes.get(index)
            declared = stored.settings.attributes
            period = of_its_life(period, stored)
            if by is By.CATEGORY and declared.get(attribute) is not AttributeType.STRING:
                raise InputError.at("attribute", f"index {index!r} declares no such string")
        deeds = work.analytics.deeds(by, period, index=index, attribute=attribute)
        answers = [] if by.of_documents else work.analytics.answers(by, period, index=index)
        grouped: dict[Group, list[Deeds]] = defaultdict(list)
        for each in deeds:
            grouped[each.key, each.variant].append(each)
        groups = [(each.key, each.variant) for each in answers] or list(grouped)
        found = {(each.key, each.variant): each for each in answers}
        return [
            _clicks(group, grouped[group], found.get(group), _propensities(work, by, group, index))
            for group in groups
        ]


def _propensities(work: UnitOfWork, by: By, group: Group, index: str | None) -> Propensities:
    name = group[0] if by is By.INDEX else index
    return propensities_of(None if name is None else work.learning.propensities(name))


def _clicks(
    group: Group, deeds: Sequence[Deeds], answers: Answers | None, propensities: Propensities
) -> Clicks:
    seen = sum(each.seen for each in deeds)
    told = any(each.told for each in deeds)
    purchases = sum(each.purchases for each in deeds)
    bought, of = purchases, seen if told else 0
    if answers is not None:
        bought, of = answers.purchased, answers.searches
    return Clicks(
        key=group[0],
        variant=group[1],
        searches=None if answers is None else answers.searches,
        seen=seen,
        clicks=sum(each.clicks for each in deeds),
        add_to_carts=sum(each.add_to_carts for each in deeds),
        purchases=purchases,
        ctr=_rate(deeds, UNCORRECTED) if told else None,
        corrected=_rate(deeds, propensities) if told else None,
        click_rate=None if answers is None else answers.clicked / answers.searches,
        conversion=bought / of if of else None,
    )


def _rate(deeds: Sequence[Deeds], propensities: Propensities) -> ClickRate | None:
    """Of all of them together: they have one key."""
    return next(iter(click_rates(exposures(deeds), propensities).values()), None)
