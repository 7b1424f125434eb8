"""The chart of breaches by week."""
# SPDX-License-Identifier: Apache-2.0

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compliance.assessments.breaches import BREACH_CODES
from compliance.assessments.model import Step
from compliance.web.trend import HEIGHT, KINDS, WIDTH, kind_of, trend_chart

counts = st.dictionaries(st.sampled_from(BREACH_CODES), st.integers(0, 10**7), max_size=6)


def step(breaches: dict[str, int], week: int = 0) -> Step:
    return Step(
        start=date(2026, 9, 7) + timedelta(weeks=week),
        label=f"W{week:02d}",
        total=0,
        effects={},
        environments={},
        undetermined=0,
        breaches=breaches,
    )


@given(weeks=st.lists(counts, max_size=13))
def test_no_breach_is_lost_and_nothing_leaves_the_picture(weeks: list[dict[str, int]]) -> None:
    chart = trend_chart([step(breaches, week) for week, breaches in enumerate(weeks)])

    assert chart.total == sum(sum(breaches.values()) for breaches in weeks)
    assert [column.total for column in chart.columns] == [sum(b.values()) for b in weeks]
    for column in chart.columns:
        for box in column.boxes:
            assert 0 <= box.x <= box.x + box.width <= WIDTH
            assert 0 <= box.y <= box.y + box.height <= HEIGHT


@given(weeks=st.lists(counts, min_size=1, max_size=13))
def test_the_scale_reaches_the_highest_column_in_few_round_steps(
    weeks: list[dict[str, int]],
) -> None:
    chart = trend_chart([step(breaches, week) for week, breaches in enumerate(weeks)])

    values = [tick.value for tick in chart.ticks]
    assert values[-1] >= max(column.total for column in chart.columns)
    assert 2 <= len(values) <= 6
    assert str(values[1]).rstrip("0") in {"1", "2", "5"}


def test_columns_of_equal_count_are_equally_high() -> None:
    chart = trend_chart([step({"device.rooted": 4}), step({"app.hooking": 4}, 1)])

    heights = {box.height for column in chart.columns for box in column.boxes}
    assert len(heights) == 1


def test_every_kind_of_breach_has_its_own_group() -> None:
    kinds = {code: kind_of(code) for code in BREACH_CODES}

    assert kinds["device.rooted"] == 0
    assert kinds["app.hooking"] == 1
    assert kinds["screen.overlay"] == kinds["device.remote_controlled"] == 2
    assert kinds["attestation.replayed"] == 3
    assert set(kinds.values()) == set(range(len(KINDS)))


def test_a_quiet_quarter_still_has_a_scale() -> None:
    assert [tick.value for tick in trend_chart([step({})]).ticks] == [0, 1]
