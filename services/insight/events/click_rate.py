"""Click rates of documents, corrected for where they stood: inverse propensity, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from services.insight.events.propensity import Exposure, Propensities
from services.insight.experiments.estimates import Interval, z_of


class Estimator(StrEnum):
    """How impressions at different ranks are put together; both are unbiased under the model.

    INVERSE weights each click by one over its propensity and divides by all impressions (Joachims,
    Swaminathan and Schnabel, "Unbiased Learning-to-Rank with Biased Feedback", WSDM 2017).
    EXAMINED divides clicks by the impressions that were looked at, the sum of propensities: the
    same with each rank's corrected rate weighted by how much it says, hence a narrower interval
    (Chapelle and Zhang, "A Dynamic Bayesian Network Click Model", WWW 2009, call it clicks over
    expected clicks).
    """

    INVERSE = "inverse"
    EXAMINED = "examined"


@dataclass(frozen=True, slots=True)
class ClickRate:
    """A document's chance of a click when it is looked at, 0..1.

    `clicks` over `examined` (impressions times their propensities, of EXAMINED; of INVERSE clicks
    over propensities, and impressions) is `ctr`, at most 1. `shown` counts plain impressions.
    """

    ctr: float
    interval: Interval
    clicks: float
    examined: float
    shown: float


def click_rates(
    exposures: Iterable[Exposure],
    propensities: Propensities,
    *,
    estimator: Estimator = Estimator.EXAMINED,
    confidence: float = 0.95,
) -> dict[str, ClickRate]:
    """The corrected click rate of every document that was shown, by its id.

    The interval is Wilson's, generalised to unequal propensities: every rate whose expected clicks
    are within z standard deviations of those seen. It holds for few clicks and for none. An
    estimate's own uncertainty widens it. Assumes the position-based model of `propensity`, clicks
    independent between impressions, and that exposures are counted as they were when the
    propensities were estimated (all that was answered, or only what was seen on the screen).
    """
    ranks = len(propensities.by_position)
    shown: dict[str, npt.NDArray[np.float64]] = {}
    clicks: dict[str, npt.NDArray[np.float64]] = {}
    for one in exposures:
        rank = min(one.position, ranks) - 1
        shown.setdefault(one.document, np.zeros(ranks))[rank] += one.shown
        clicks.setdefault(one.document, np.zeros(ranks))[rank] += one.clicks
    theta = np.asarray(propensities.by_position)
    weights = 1 / theta if estimator is Estimator.INVERSE else np.ones(ranks)
    covariance = propensities.covariance()
    z = z_of(confidence)
    return {
        document: _rate(shown[document], clicks[document], theta, weights, covariance, z=z)
        for document in shown
        if shown[document].sum() > 0
    }


def _rate(
    shown: npt.NDArray[np.float64],
    clicks: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    covariance: npt.NDArray[np.float64],
    *,
    z: float,
) -> ClickRate:
    seen = shown * theta
    found, expected = float(weights @ clicks), float(weights @ seen)
    # The variance of `found` at rate g: g * linear - g² * square, of Bernoulli clicks; what is not
    # known of the propensities adds g² * unsure.
    linear, square = float(weights**2 @ seen), float(weights**2 @ (seen * theta))
    gradient = weights * seen
    unsure = float(gradient @ covariance @ gradient)
    # (found - g * expected)² = z² * variance is a quadratic in g.
    a = expected**2 + z * z * (square - unsure)
    b = 2 * found * expected + z * z * linear
    root = float(np.sqrt(max(0.0, b * b - 4 * a * found * found)))
    high = (b + root) / (2 * a) if a > 0 else 1.0
    return ClickRate(
        ctr=min(1.0, found / expected),
        interval=Interval(min(1.0, 2 * found * found / (b + root)), min(1.0, high)),
        clicks=found,
        examined=expected,
        shown=float(shown.sum()),
    )


def shrunk(rates: Mapping[str, ClickRate]) -> dict[str, float]:
    """Each document's rate drawn to the mean of all, the more the less is known of it; 0..1.

    Empirical Bayes with a gamma prior of clicks given examined impressions (Robbins 1956; moments
    as in DuMouchel, "Bayesian Data Mining in Large Frequency Tables", The American Statistician
    53(3), 1999): a document that was never looked at gets the mean, not 0. Without documents that
    differ by more than chance all get the mean.
    """
    if not rates:
        return {}
    clicks = np.array([rate.clicks for rate in rates.values()])
    examined = np.array([rate.examined for rate in rates.values()])
    mean = float(clicks.sum() / examined.sum())
    # The variance between documents: what their clicks vary by, less what chance would do.
    between = float((((clicks - examined * mean) ** 2) - examined * mean).sum())
    between /= float((examined**2).sum())
    if between <= 0:
        return dict.fromkeys(rates, min(1.0, mean))
    strength = mean / between
    posterior = (clicks + strength * mean) / (examined + strength)
    return {name: min(1.0, float(rate)) for name, rate in zip(rates, posterior, strict=True)}
