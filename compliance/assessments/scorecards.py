"""Scorecards: of each provider, how much of its evidence came, held, and said something. Pure."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from compliance.assessments.model import Part, ProviderFigure
from compliance.assessments.outages import Moment, Outage, Span, outages_in
from compliance.assessments.quantiles import quantiles_of
from compliance.assessments.scorecard import Place, Scorecard, ScoreStep
from compliance.assessments.slots import (
    CONFLICTING,
    INVALID,
    MISBOUND,
    NOT_EVALUATED,
    REPLAYED,
    REVOKED,
    STALE,
    UNAVAILABLE,
    UNEVALUATED,
    Held,
    Said,
    Slot,
)
from compliance.assessments.steps import is_weekly, label_of, starts_of, step_of
from compliance.evidence.providers.shape import Mode
from compliance.evidence.required import RequiredEvidence

FAILURES: Final = (INVALID, STALE, REPLAYED, MISBOUND, REVOKED)
"""Why evidence is refused, in the order in which it is shown."""
_INCONCLUSIVE: Final = (*FAILURES, UNEVALUATED, UNAVAILABLE)

Requirements = Sequence[tuple[datetime, RequiredEvidence]]
"""What a PSP required, from when on; oldest first."""


class _Kind(NamedTuple):
    """What matters of decisions, beside when they were: few kinds, of many decisions each."""

    channel: str
    platform: str
    held: frozenset[Held]
    said: frozenset[Said]
    wanted: tuple[frozenset[str], ...]

    @property
    def place(self) -> tuple[str, str]:
        """Where the decisions were."""
        return self.channel, self.platform

    @property
    def providers(self) -> frozenset[str]:
        """Whose evidence the requests held."""
        return frozenset(held.provider for held in self.held)

    @property
    def conflicts(self) -> bool:
        """Whether pieces of evidence contradicted each other."""
        return any(said.code == CONFLICTING for said in self.said)


_Sorted = Sequence[tuple[Slot, _Kind]]


def scorecards_from(
    slots: Sequence[Slot],
    *,
    providers: Iterable[ProviderFigure],
    requirements: Requirements,
    start: datetime,
    end: datetime,
) -> tuple[Scorecard, ...]:
    """Return a scorecard of each provider whose evidence came or was required, by name.

    `slots` are in order of time, `providers` say how old evidence was.
    """
    ages: dict[str, Counter[float]] = defaultdict(Counter)
    for figure in providers:
        ages[figure.provider].update(figure.ages)
    kinds = _sorted_into_kinds(slots, requirements)
    counts: Counter[_Kind] = Counter()
    for slot, kind in kinds:
        counts[kind] += slot.decisions
    names = {name for kind in counts for each in (kind.providers, *kind.wanted) for name in each}
    return tuple(
        _Count(name, counts, kinds).scorecard(ages[name], start, end) for name in sorted(names)
    )


def _sorted_into_kinds(slots: Sequence[Slot], requirements: Requirements) -> _Sorted:
    """Return each slot with its kind; what was required is looked up once for a moment and channel."""
    wanted: dict[tuple[datetime, str], tuple[frozenset[str], ...]] = {}
    found = []
    for slot in slots:
        key = (slot.starts_at, slot.channel)
        if key not in wanted:
            last = [each for since, each in requirements if since <= slot.starts_at][-1:]
            wanted[key] = last[0].wanted_on(slot.channel) if last else ()
        kind = _Kind(slot.channel, slot.platform, slot.held, slot.said, wanted[key])
        found.append((slot, kind))
    return found


_Is = Callable[[_Kind], bool]
_Counts = dict[_Kind, int]


class _Count:
    """One provider, the decisions of its places, and what is counted of them."""

    def __init__(self, provider: str, counts: Counter[_Kind], slots: _Sorted) -> None:
        self.provider = provider
        self.total = counts.total()
        places = {kind.place for kind in counts if self.has(kind) or self.is_required(kind)}
        self.counts: _Counts = {kind: n for kind, n in counts.items() if kind.place in places}
        self.slots = [(slot, kind) for slot, kind in slots if kind in self.counts]
        self.places = sorted(places)

    def has(self, kind: _Kind) -> bool:
        """Return whether the requests held evidence of the provider."""
        return self.provider in kind.providers

    def is_raw(self, kind: _Kind) -> bool:
        """Return whether some of it was raw."""
        return any(held.provider == self.provider and held.mode == Mode.RAW for held in kind.held)

    def is_verified(self, kind: _Kind) -> bool:
        """Return whether some of it was verified."""
        return any(held.provider == self.provider and held.verified for held in kind.held)

    def is_conclusive(self, kind: _Kind) -> bool:
        """Return whether it was there, and neither refused nor unevaluated."""
        return self.has(kind) and not any(self.says(kind, code) for code in _INCONCLUSIVE)

    def is_required(self, kind: _Kind) -> bool:
        """Return whether the provider was required, alone or as an alternative."""
        return any(self.provider in each for each in kind.wanted)

    def is_met(self, kind: _Kind) -> bool:
        """Return whether each requirement that names the provider was met by somebody."""
        return all(each & kind.providers for each in kind.wanted if self.provider in each)

    def is_with_others(self, kind: _Kind) -> bool:
        """Return whether the requests held its evidence and that of others."""
        return self.has(kind) and len(kind.providers) > 1

    def says(self, kind: _Kind, code: str) -> bool:
        """Return whether the evidence came to a code."""
        return Said(self.provider, code) in kind.said

    def part(self, key: str, where: _Is, of: _Is, counts: _Counts | None = None) -> Part:
        """Return how many decisions are `where`, of those that are `of`."""
        every = self.counts if counts is None else counts
        among = {kind: n for kind, n in every.items() if of(kind)}
        count = sum(n for kind, n in among.items() if where(kind))
        return Part(key=key, count=count, of=sum(among.values()))

    def scorecard(self, ages: Counter[float], start: datetime, end: datetime) -> Scorecard:
        """Return the figures."""
        held = self.part("held", self.has, _any)
        raw = self.part("raw", self.is_raw, self.has)
        return Scorecard(
            provider=self.provider,
            held=Part(key="held", count=held.count, of=self.total),
            required=self.part("required", self.has, self.is_required),
            required_met=self.part("required_met", self.is_met, self.is_required),
            verified=self.part("verified", self.is_verified, self.is_raw),
            unverifiable=raw.of - raw.count,
            conclusive=self.part("conclusive", self.is_conclusive, self.has),
            evaluated=self.part("evaluated", self._is_evaluated, self.has),
            problems=tuple(self._problem(code) for code in _INCONCLUSIVE),
            conflicting=self.part("conflicting", lambda kind: kind.conflicts, self.is_with_others),
            conflicts_with=self._conflicts_with(),
            age_s=quantiles_of(ages),
            places=tuple(self._place(*place) for place in self.places),
            outages=self._outages(),
            steps=self._steps(start, end),
        )

    def _is_evaluated(self, kind: _Kind) -> bool:
        """Return whether no finding of the provider was left open."""
        return not self.says(kind, NOT_EVALUATED) and not self.says(kind, UNEVALUATED)

    def _problem(self, code: str) -> Part:
        """Return how often the evidence came to a code."""
        return self.part(code, lambda kind: self.says(kind, code), self.has)

    def _conflicts_with(self) -> tuple[Part, ...]:
        """Return for each other provider the conflicts in which both took part, of what both are in."""
        both: Counter[str] = Counter()
        conflicts: Counter[str] = Counter()
        for kind, count in self.counts.items():
            for other in kind.providers - {self.provider} if self.has(kind) else ():
                both[other] += count
                conflicts[other] += count if kind.conflicts else 0
        return tuple(
            Part(key=other, count=conflicts[other], of=both[other])
            for other in sorted(both)
            if conflicts[other]
        )

    def _place(self, channel: str, platform: str) -> Place:
        """Return the figures of one channel and platform."""
        counts = {kind: n for kind, n in self.counts.items() if kind.place == (channel, platform)}
        return Place(
            channel=channel,
            platform=platform,
            held=self.part("held", self.has, _any, counts),
            verified=self.part("verified", self.is_verified, self.is_raw, counts),
            conclusive=self.part("conclusive", self.is_conclusive, self.has, counts),
        )

    def _outages(self) -> tuple[Outage, ...]:
        """Return the outages of all its places, in order of time."""
        places: dict[tuple[str, str], list[tuple[Slot, _Kind]]] = {each: [] for each in self.places}
        for slot, kind in self.slots:
            places[kind.place].append((slot, kind))
        found = [
            outage
            for (channel, platform), some in places.items()
            for outage in outages_in(channel, platform, self._moments(some))
        ]
        return tuple(sorted(found, key=lambda outage: outage.begins_at))

    def _moments(self, slots: _Sorted) -> list[Moment]:
        """Return the quarter hours of one place, in order of time as its slots are."""
        quarters: dict[datetime, Moment] = {}
        for slot, kind in slots:
            span = Span(slot.first_at, slot.last_at, slot.decisions)
            moment = quarters.get(slot.starts_at, Moment())
            if self.has(kind):
                moment = moment._replace(held=span + moment.held if moment.held else span)
            else:
                moment = moment._replace(lacking=span + moment.lacking if moment.lacking else span)
            if self.says(kind, UNAVAILABLE):
                found = moment.unavailable
                moment = moment._replace(unavailable=span + found if found else span)
            quarters[slot.starts_at] = moment
        return list(quarters.values())

    def _steps(self, start: datetime, end: datetime) -> tuple[ScoreStep, ...]:
        """Return every day or week of the period."""
        is_week = is_weekly(start, end)
        words = {kind: self._word(kind) for kind in self.counts}
        days: dict[date, Counter[str]] = defaultdict(Counter)
        for slot, kind in self.slots:
            days[slot.starts_at.date()][words[kind]] += slot.decisions
        steps: dict[date, Counter[str]] = defaultdict(Counter)
        for day, counts in days.items():
            steps[step_of(day, is_week=is_week)].update(counts)
        return tuple(
            ScoreStep(
                start=day,
                label=label_of(day, is_week=is_week),
                conclusive=steps[day]["conclusive"],
                inconclusive=steps[day]["inconclusive"],
                without=steps[day]["without"],
            )
            for day in starts_of(start, end, is_week=is_week)
        )

    def _word(self, kind: _Kind) -> str:
        """Return which part of a step decisions belong to."""
        if not self.has(kind):
            return "without"
        return "conclusive" if self.is_conclusive(kind) else "inconclusive"


def _any(_kind: _Kind) -> bool:
    """Leave none out."""
    return True
