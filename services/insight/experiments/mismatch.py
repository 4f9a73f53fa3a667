"""Whether the variants got the clients they should have: if not, no figure of theirs means much.

A treatment that loses the clients it slows down looks better than it is. See Fabijan and others,
"Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019, also for the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.core.types.experiments import Analysis
from services.insight.libraries import distributions

LIMIT: Final = 0.001
"""A p below it is a mismatch: rare by chance, while true ones are far below."""

LEAST_EXPECTED: Final = 5
"""Clients that the smallest variant should have before anything is said."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`expected` clients of each variant beside those `seen`; `p_value` of "shared as planned"."""

    expected: tuple[float, ...]
    seen: tuple[int, ...]
    p_value: float
    mismatched: bool
    method: str


def check(
    clients: Sequence[int], *, shares: Sequence[float], analysis: Analysis = Analysis.FIXED
) -> Mismatch:
    """Compare the clients of each variant with the shares planned, in the same order.

    FIXED: the chi-squared test, right at one look. ALWAYS_VALID: the sequential multinomial test
    of Lindon and Malek ("Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022), right
    at every look. Raises SettingsError without scipy (FIXED only), ValueError where counts and
    shares do not match.
    """
    if len(clients) != len(shares) or len(clients) < 2:
        raise ValueError("as many counts as shares, and at least two")
    total, whole = sum(clients), sum(shares)
    expected = tuple(total * share / whole for share in shares)
    if min(expected) < LEAST_EXPECTED:
        return Mismatch(expected, tuple(clients), 1.0, False, "too few clients to tell")
    if analysis is Analysis.ALWAYS_VALID:
        p_value, method = _sequential(clients, expected), "sequential multinomial test"
    else:
        result = distributions().chisquare(list(clients), list(expected))
        p_value, method = float(result.pvalue), "chi-squared test"
    return Mismatch(expected, tuple(clients), p_value, p_value < LIMIT, method)


def _sequential(clients: Sequence[int], expected: Sequence[float]) -> float:
    # The marginal likelihood under a Dirichlet prior, over that of the shares planned. The prior
    # is centred on them, and so strong that imbalances of one or two per cent are found soonest.
    total = sum(clients)
    strength = 1000.0
    log_factor = math.lgamma(strength) - math.lgamma(strength + total)
    for seen, mean in zip(clients, expected, strict=True):
        prior = strength * mean / total
        log_factor += math.lgamma(prior + seen) - math.lgamma(prior) - seen * math.log(mean / total)
    return math.exp(-max(0.0, log_factor))
