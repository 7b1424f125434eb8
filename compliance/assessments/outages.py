"""When a provider's evidence failed to come: intervals, by a rule that a reader can check. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

USUAL_SHARE: Final = 0.5
"""Evidence is usual where at least this share of decisions has it, in quarter hours in which any comes."""
FEWEST: Final = 20
"""So many decisions in a row without usual evidence are an outage.

Each of them alone lacks it by chance at most every second time, so twenty do less than once in a
million times (2 ** -20), were they independent.
"""


class OutageKind(StrEnum):
    """How an outage showed."""

    SILENT = "silent"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """From the first to the last decision affected, how many these are, on which channel and platform.

    `has_begun` and `has_ended`: whether the period saw evidence before, and after.
    """

    kind: OutageKind
    channel: str
    platform: str
    begins_at: datetime
    ends_at: datetime
    decisions: int
    has_begun: bool
    has_ended: bool


class Moment(NamedTuple):
    """One quarter hour of a channel and platform in which there were decisions.

    `held` of them had the provider's evidence; of `unavailable` it was found that the provider was.
    """

    first_at: datetime
    last_at: datetime
    decisions: int
    held: int
    unavailable: int


def outages_in(channel: str, platform: str, moments: Sequence[Moment]) -> tuple[Outage, ...]:
    """Return the outages among the quarter hours of one channel and platform, in order of time.

    Silent: in quarter hours one after the other, those without decisions left out, none of `FEWEST`
    or more decisions had the evidence, although it is usual there (`USUAL_SHARE`). Unavailable: in
    each of them `provider.unavailable` was found; one decision is enough.
    """
    found = [
        *_runs(moments, OutageKind.UNAVAILABLE, lambda each: each.unavailable, channel, platform)
    ]
    if _is_usual(moments):
        silent = _runs(moments, OutageKind.SILENT, _silent, channel, platform)
        found += [outage for outage in silent if outage.decisions >= FEWEST]
    return tuple(sorted(found, key=lambda outage: (outage.begins_at, outage.kind)))


def _is_usual(moments: Sequence[Moment]) -> bool:
    """Return whether the evidence comes with most decisions, where any comes."""
    alive = [each for each in moments if each.held]
    held, decisions = sum(each.held for each in alive), sum(each.decisions for each in alive)
    return bool(alive) and held >= USUAL_SHARE * decisions


def _silent(moment: Moment) -> int:
    """Return how many decisions came without any evidence; none where some came."""
    return 0 if moment.held else moment.decisions


def _runs(
    moments: Sequence[Moment],
    kind: OutageKind,
    affected: Callable[[Moment], int],
    channel: str,
    platform: str,
) -> Iterator[Outage]:
    """Yield each longest run of quarter hours that are affected."""
    begin = 0
    for place in range(len(moments) + 1):
        if place < len(moments) and affected(moments[place]):
            continue
        run = moments[begin:place]
        if run:
            yield Outage(
                kind=kind,
                channel=channel,
                platform=platform,
                begins_at=run[0].first_at,
                ends_at=run[-1].last_at,
                decisions=sum(map(affected, run)),
                has_begun=begin > 0,
                has_ended=place < len(moments),
            )
        begin = place + 1
