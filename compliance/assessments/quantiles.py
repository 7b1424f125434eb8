"""Quantiles by the nearest-rank method, from how often each value occurs."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Median, 95th percentile and maximum of `count` values; None where there are none.

    Nearest rank: each is a value that occurred, none is interpolated.
    """

    count: int
    p50: float | None
    p95: float | None
    largest: float | None


def quantile(histogram: Mapping[float, int], share: float) -> float | None:
    """Return the smallest value that at least `share` (0 to 1) of all values do not exceed."""
    total = sum(histogram.values())
    rank = max(1, ceil(share * total))
    seen = 0
    for value in sorted(histogram):
        seen += histogram[value]
        if seen >= rank:
            return value
    return None


def quantiles_of(histogram: Mapping[float, int]) -> Quantiles:
    """Return the quantiles that reports print."""
    return Quantiles(
        count=sum(histogram.values()),
        p50=quantile(histogram, 0.50),
        p95=quantile(histogram, 0.95),
        largest=max(histogram, default=None),
    )
