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
    """When evidence of a provider failed to come, on one channel and platform.

    Silent: from the last decision that had the evidence to the first that had it again, or to the
    edge of the period (`has_begun` and `has_ended` say whether the period saw these). Unavailable:
    from the first to the last decision that found it so. `decisions` are those affected.
    """

    kind: OutageKind
    channel: str
    platform: str
    begins_at: datetime
    ends_at: datetime
    decisions: int
    has_begun: bool
    has_ended: bool


class Span(NamedTuple):
    """So many decisions, the first and the last of them."""

    first_at: datetime
    last_at: datetime
    decisions: int

    def __add__(self, other: object) -> "Span":
        """Return the decisions of both."""
        if not isinstance(other, Span):
            return NotImplemented
        first_at, last_at = min(self[0], other[0]), max(self[1], other[1])
        return Span(first_at, last_at, self.decisions + other.decisions)


class Moment(NamedTuple):
    """A quarter hour of a channel and platform: decisions with the evidence, and those that lack it.

    `unavailable` are those that found the provider so, of either.
    """

    held: Span | None = None
    lacking: Span | None = None
    unavailable: Span | None = None


def outages_in(channel: str, platform: str, moments: Sequence[Moment]) -> tuple[Outage, ...]:
    """Return the outages among the quarter hours of one channel and platform, in order of time.

    Silent: in one quarter hour or several one after the other, those without decisions left out, no
    decision had the evidence, although it is usual there (`USUAL_SHARE`), and `FEWEST` or more in a
    row lacked it. In the quarter hours at the ends those count that lacked it after the last, or
    before the first, that had it; where the two mix there, none of them. Unavailable: in each
    quarter hour `provider.unavailable` was found; one decision is enough.
    """
    found = [
        Outage(
            kind=OutageKind.UNAVAILABLE,
            channel=channel,
            platform=platform,
            begins_at=spans[0].first_at,
            ends_at=spans[-1].last_at,
            decisions=sum(span.decisions for span in spans),
            has_begun=begin > 0,
            has_ended=end < len(moments),
        )
        for begin, end in _runs(moments, lambda each: each.unavailable is not None)
        if (spans := [each.unavailable for each in moments[begin:end] if each.unavailable])
    ]
    if _is_usual(moments):
        silences = (
            _silence(channel, platform, moments, begin, end)
            for begin, end in _runs(moments, lambda each: each.held is None)
        )
        found += [outage for outage in silences if outage.decisions >= FEWEST]
    return tuple(sorted(found, key=lambda outage: (outage.begins_at, outage.kind)))


def _is_usual(moments: Sequence[Moment]) -> bool:
    """Return whether the evidence comes with most decisions, where any comes."""
    held = sum(each.held.decisions for each in moments if each.held)
    lacking = sum(each.lacking.decisions for each in moments if each.held and each.lacking)
    return held > 0 and held >= USUAL_SHARE * (held + lacking)


def _silence(
    channel: str, platform: str, moments: Sequence[Moment], begin: int, end: int
) -> Outage:
    """Return the outage of quarter hours `begin` to `end` in which no evidence came."""
    span = sum(
        (each.lacking for each in moments[begin + 1 : end] if each.lacking),
        start=_required(moments[begin].lacking),
    )
    begins_at, ends_at = span.first_at, span.last_at
    if begin > 0:
        before = moments[begin - 1]
        begins_at = _required(before.held).last_at
        if before.lacking and before.lacking.first_at > begins_at:
            span += before.lacking
    if end < len(moments):
        after = moments[end]
        ends_at = _required(after.held).first_at
        if after.lacking and after.lacking.last_at < ends_at:
            span += after.lacking
    return Outage(
        kind=OutageKind.SILENT,
        channel=channel,
        platform=platform,
        begins_at=begins_at,
        ends_at=ends_at,
        decisions=span.decisions,
        has_begun=begin > 0,
        has_ended=end < len(moments),
    )


def _required(span: Span | None) -> Span:
    """Return a span that is there: a quarter hour has decisions of one kind or the other.

    Raises:
        ValueError: if it is not, so that the quarter hour was none.
    """
    if span is None:
        raise ValueError("a quarter hour without decisions")
    return span


def _runs(
    moments: Sequence[Moment], is_affected: Callable[[Moment], bool]
) -> Iterator[tuple[int, int]]:
    """Yield where each longest run of quarter hours that are affected begins, and ends before."""
    begin = 0
    for place in range(len(moments) + 1):
        if place < len(moments) and is_affected(moments[place]):
            continue
        if place > begin:
            yield begin, place
        begin = place + 1
