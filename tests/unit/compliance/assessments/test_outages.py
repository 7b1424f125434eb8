"""The rule of outages: begin, end, decisions affected, and what is none."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.assessments.outages import FEWEST, Moment, Outage, OutageKind, outages_in

START = datetime(2026, 10, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def outages(*quarters: tuple[int, int] | tuple[int, int, int]) -> tuple[Outage, ...]:
    """Return the outages among quarter hours of (decisions, held, unavailable)."""
    return outages_in("mobile-app", "android", moments(quarters))


def moments(quarters: Sequence[tuple[int, ...]]) -> list[Moment]:
    return [
        Moment(
            first_at=START + place * QUARTER,
            last_at=START + place * QUARTER + timedelta(minutes=14),
            decisions=decisions,
            held=held,
            unavailable=unavailable[0] if unavailable else 0,
        )
        for place, (decisions, held, *unavailable) in enumerate(quarters)
    ]


def test_a_silence_is_from_the_first_decision_without_to_the_last() -> None:
    (outage,) = outages((30, 29), (15, 0), (10, 0), (30, 30))

    assert (outage.kind, outage.decisions) == (OutageKind.SILENT, 25)
    assert outage.begins_at == START + QUARTER
    assert outage.ends_at == START + 2 * QUARTER + timedelta(minutes=14)
    assert (outage.has_begun, outage.has_ended) == (True, True)


def test_too_few_decisions_say_nothing() -> None:
    assert outages((30, 30), (FEWEST - 1, 0), (30, 30)) == ()
    assert len(outages((30, 30), (FEWEST, 0), (30, 30))) == 1


def test_evidence_that_never_was_usual_is_not_missed() -> None:
    assert outages((30, 14), (500, 0), (30, 14)) == ()
    assert outages((500, 0)) == ()
    assert len(outages((30, 15), (500, 0), (30, 15))) == 1


def test_a_silence_longer_than_the_rest_of_the_period_is_still_seen() -> None:
    (outage,) = outages((30, 30), *[(30, 0)] * 50)

    assert (outage.decisions, outage.has_begun, outage.has_ended) == (1500, True, False)


def test_what_was_silent_from_the_beginning_is_marked() -> None:
    (outage,) = outages((30, 0), (30, 30))

    assert (outage.has_begun, outage.has_ended) == (False, True)


def test_one_decision_with_an_unavailable_provider_is_enough() -> None:
    (outage,) = outages((30, 30), (30, 30, 1), (30, 30))

    assert (outage.kind, outage.decisions) == (OutageKind.UNAVAILABLE, 1)


def test_both_kinds_are_told_apart() -> None:
    found = outages((30, 30), (30, 0, 30), (30, 30))

    assert [outage.kind for outage in found] == [OutageKind.SILENT, OutageKind.UNAVAILABLE]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), max_size=12))
def test_silences_never_overlap_and_hold_no_evidence(quarters: list[tuple[int, int]]) -> None:
    timeline = moments([(decisions, min(held, decisions)) for decisions, held in quarters])

    found = outages_in("mobile-app", "android", timeline)

    assert all(before.ends_at < after.begins_at for before, after in pairwise(found))
    for outage in found:
        inside = [m for m in timeline if outage.begins_at <= m.first_at <= outage.ends_at]
        assert sum(m.held for m in inside) == 0
        assert sum(m.decisions for m in inside) == outage.decisions >= FEWEST
