"""Facts know the age of their evidence, and what the environment leaves unsaid."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest

from policies.model import Environment, age_s
from policies.vocabulary.findings import Assurance, Finding, FindingState

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)


def finding(observed_at: datetime | None) -> Finding:
    return Finding(
        code="device.rooted",
        state=FindingState.ABSENT,
        assurance=Assurance.A,
        provider="p",
        observed_at=observed_at,
    )


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, 0), (59.9, 59), (3600, 3600), (-1, 0), (-60, 0), (-60.5, None), (-86400, None)],
)
def test_age_is_whole_seconds_and_unknown_from_the_future(seconds: float, age: int | None) -> None:
    assert age_s(finding(NOW - timedelta(seconds=seconds)), NOW) == age


def test_evidence_without_a_time_has_no_known_age() -> None:
    assert age_s(finding(None), NOW) is None


def test_what_nobody_said_of_the_environment_is_unknown() -> None:
    environment = Environment(class_="tee")

    assert environment.value_of("class") == "tee"
    assert environment.value_of("delivery") == "unknown"
    assert environment.problems() == ()


def test_a_value_outside_the_vocabulary_is_a_problem() -> None:
    assert Environment(class_="vault", uniqueness="release").problems() == ("class",)
