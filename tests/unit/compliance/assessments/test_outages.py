"""The rule of outages: begin, end, decisions affected, and what is none."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.assessments.outages import FEWEST, Moment, Outage, OutageKind, Span, outages_in

START = datetime(2026, 10, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LAST = timedelta(minutes=14)


def outages(*quarters: tuple[int, ...]) -> tuple[Outage, ...]:
    """Return the outages among quarter hours of (held, lacking, unavailable)."""
    return outages_in("mobile-app", "android", moments(quarters))


def moments(quarters: Sequence[tuple[int, ...]]) -> list[Moment]:
    """Return quarter hours in which those with and those without evidence mix."""
    found = []
    for place, counts in enumerate(quarters):
        first_at = START + place * QUARTER
        spans = [Span(first_at, first_at + LAST, count) if count else None for count in counts]
        found.append(Moment(*spans))
    return found


def test_a_silence_is_from_the_last_decision_with_evidence_to_the_first_again() -> None:
    (outage,) = outages((29, 1), (0, 15), (0, 10), (30, 0))

    assert (outage.kind, outage.decisions) == (OutageKind.SILENT, 25)
    assert outage.begins_at == START + LAST
    assert outage.ends_at == START + 3 * QUARTER
    assert (outage.has_begun, outage.has_ended) == (True, True)


def test_decisions_at_its_ends_count_where_they_are_clearly_its_own() -> None:
    def at(minutes: int) -> datetime:
        return START + timedelta(minutes=minutes)

    timeline = [
        Moment(held=Span(at(0), at(9), 10), lacking=Span(at(10), at(14), 5)),
        Moment(lacking=Span(at(15), at(29), 15)),
        Moment(held=Span(at(32), at(44), 13), lacking=Span(at(30), at(31), 2)),
    ]

    (outage,) = outages_in("mobile-app", "android", timeline)

    assert (outage.begins_at, outage.ends_at, outage.decisions) == (at(9), at(32), 22)


def test_too_few_decisions_say_nothing() -> None:
    assert outages((30, 0), (0, FEWEST - 1), (30, 0)) == ()
    assert len(outages((30, 0), (0, FEWEST), (30, 0))) == 1


def test_evidence_that_never_was_usual_is_not_missed() -> None:
    assert outages((14, 16), (0, 500), (14, 16)) == ()
    assert outages((0, 500)) == ()
    assert len(outages((15, 15), (0, 500), (15, 15))) == 1


def test_a_silence_longer_than_the_rest_of_the_period_is_still_seen() -> None:
    (outage,) = outages((30, 0), *[(0, 30)] * 50)

    assert (outage.decisions, outage.has_begun, outage.has_ended) == (1500, True, False)


def test_what_was_silent_from_the_beginning_is_marked() -> None:
    (outage,) = outages((0, 30), (30, 0))

    assert (outage.has_begun, outage.has_ended, outage.begins_at) == (False, True, START)


def test_one_decision_with_an_unavailable_provider_is_enough() -> None:
    (outage,) = outages((30, 0), (30, 0, 1), (30, 0))

    assert (outage.kind, outage.decisions) == (OutageKind.UNAVAILABLE, 1)


def test_both_kinds_are_told_apart() -> None:
    found = outages((30, 0), (0, 30, 30), (30, 0))

    assert {outage.kind for outage in found} == set(OutageKind)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=12))
def test_silences_never_overlap_and_hold_no_evidence(quarters: list[tuple[int, int]]) -> None:
    timeline = moments(quarters)

    found = outages_in("mobile-app", "android", timeline)

    assert all(before.ends_at < after.begins_at for before, after in pairwise(found))
    for outage in found:
        inside = [
            each
            for each in timeline
            if each.lacking and outage.begins_at < each.lacking.first_at < outage.ends_at
        ]
        silent = [each for each in inside if each.held is None]
        assert sum(each.lacking.decisions for each in silent if each.lacking) <= outage.decisions
        assert not any(
            each.held and outage.begins_at < each.held.first_at < outage.ends_at for each in inside
        )
        assert outage.decisions >= FEWEST
