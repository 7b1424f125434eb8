"""What conditions mean, in both engines: the tables that the language's documentation stands on."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from policies.model import Environment
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.deciding import NOW, counts, facts, finding

ROOTED = "device.rooted"
PRESENT, ABSENT, NOT_EVALUATED = FindingState
A, B, C, D = Assurance


@pytest.mark.parametrize(
    ("findings", "present", "absent", "not_evaluated"),
    [
        ([], False, False, True),
        ([finding("app.hooking")], False, False, True),
        ([finding(ROOTED)], True, False, False),
        ([finding(ROOTED, ABSENT)], False, True, False),
        ([finding(ROOTED, NOT_EVALUATED)], False, False, True),
        ([finding(ROOTED, ABSENT), finding(ROOTED, PRESENT)], True, False, False),
        ([finding(ROOTED, NOT_EVALUATED), finding(ROOTED, ABSENT)], False, True, False),
        ([finding(ROOTED, ABSENT, A), finding(ROOTED, PRESENT, D)], True, False, False),
    ],
)
def test_a_code_is_present_else_absent_else_not_evaluated(
    findings: list[Finding], *, present: bool, absent: bool, not_evaluated: bool
) -> None:
    given = facts(*findings)
    states = [
        counts({"finding": ROOTED, "state": state}, given)
        for state in ("present", "absent", "not_evaluated")
    ]

    assert states == [present, absent, not_evaluated]
    assert counts({"not": {"finding": ROOTED}}, given) is not present


@pytest.mark.parametrize(
    ("assurance", "said", "expected"),
    [
        ("C", [C], True),
        ("C", [B], False),
        ("C", [D], False),
        ("C", [B, C], True),
        ("at_least C", [A], True),
        ("at_least C", [C], True),
        ("at_least C", [D], False),
        ("at_least C", [D, B], True),
        ("at_least A", [B], False),
        ("at_least D", [D], True),
    ],
)
@pytest.mark.parametrize("state", [PRESENT, ABSENT])
def test_assurance_is_exact_or_at_least(
    state: FindingState, assurance: str, said: list[Assurance], *, expected: bool
) -> None:
    given = facts(*[finding(ROOTED, state, each) for each in said])

    assert counts({"finding": ROOTED, "state": state, "assurance": assurance}, given) is expected


def test_assurance_is_asked_of_the_evidence_that_has_the_state() -> None:
    given = facts(finding(ROOTED, PRESENT, D), finding(ROOTED, ABSENT, A))

    assert not counts({"finding": ROOTED, "assurance": "A"}, given)
    assert not counts({"finding": ROOTED, "state": "absent", "assurance": "A"}, given)


@pytest.mark.parametrize(
    ("age_s", "above", "at_least", "below", "at_most"),
    [
        (59, False, False, True, True),
        (60, False, True, False, True),
        (60.9, False, True, False, True),
        (61, True, True, False, False),
        (None, True, True, True, True),
        (-61, True, True, True, True),
        (-60, False, False, True, True),
    ],
)
def test_age_is_compared_in_whole_seconds_and_counts_when_unknown(
    age_s: float | None, *, above: bool, at_least: bool, below: bool, at_most: bool
) -> None:
    given = facts(finding(ROOTED, ABSENT, age_s=age_s))
    found = [
        counts({"finding": ROOTED, "state": "absent", "age": {operator: "60s"}}, given)
        for operator in ("above", "at_least", "below", "at_most")
    ]

    assert found == [above, at_least, below, at_most]


def test_an_unknown_age_counts_under_not_as_well() -> None:
    old = {"finding": ROOTED, "state": "absent", "age": {"above": "60s"}}

    assert counts({"not": old}, facts(finding(ROOTED, ABSENT, age_s=None)))
    assert counts({"not": old}, facts(finding(ROOTED, ABSENT, age_s=5)))
    assert not counts({"not": old}, facts(finding(ROOTED, ABSENT, age_s=90)))
    assert counts({"not": old}, facts())


def test_age_and_assurance_are_asked_of_one_and_the_same_evidence() -> None:
    old_and_good = {"finding": ROOTED, "assurance": "A", "age": {"above": "60s"}}

    assert not counts(
        old_and_good, facts(finding(ROOTED, PRESENT, A, 5), finding(ROOTED, PRESENT, D, 90))
    )
    assert counts(
        old_and_good, facts(finding(ROOTED, PRESENT, A, 90), finding(ROOTED, PRESENT, A, 5))
    )
    assert counts(
        old_and_good, facts(finding(ROOTED, PRESENT, A, None), finding(ROOTED, PRESENT, A, 5))
    )


def test_a_finding_has_no_age_where_nothing_was_said() -> None:
    assert not counts({"finding": ROOTED, "age": {"below": "60s"}}, facts())


def test_a_family_is_any_of_its_codes() -> None:
    given = facts(finding("device.rooted"), finding("device.emulator", ABSENT))

    assert counts({"finding": "device.*"}, given)
    assert counts({"finding": "device.*", "state": "absent"}, given)
    assert counts({"finding": "device.*", "state": "not_evaluated"}, given)
    assert not counts({"finding": "app.*"}, given)
    assert not counts({"not": {"finding": "device.*"}}, given)
    assert counts({"not": {"finding": "app.*"}}, given)


@pytest.mark.parametrize(
    ("status", "reliable", "in_doubt", "compromised"),
    [
        ("reliable", True, False, False),
        ("in_doubt", False, True, False),
        ("compromised", False, False, True),
        ("at_least reliable", True, True, True),
        ("at_least in_doubt", False, True, True),
        ("at_least compromised", False, False, True),
    ],
)
def test_an_element_has_a_status_or_a_worse_one(
    status: str, *, reliable: bool, in_doubt: bool, compromised: bool
) -> None:
    when = {"element": "possession", "status": status}
    cases = [facts(), facts(finding("device.os_outdated")), facts(finding("device.rooted"))]

    assert [counts(when, given) for given in cases] == [reliable, in_doubt, compromised]


def test_an_element_that_is_not_in_use_has_no_status() -> None:
    given = facts(elements=(Element.KNOWLEDGE,))

    assert not counts({"element": "possession", "status": "at_least reliable"}, given)
    assert counts({"not": {"element": "possession", "status": "reliable"}}, given)


@pytest.mark.parametrize(
    ("elements", "reliable"),
    [((), 0), ((Element.KNOWLEDGE,), 1), (tuple(Element), 3)],
)
def test_reliable_elements_are_counted(elements: tuple[Element, ...], reliable: int) -> None:
    for count in range(4):
        when = {"reliable_elements": {"equals": count}}
        assert counts(when, facts(elements=elements)) is (count == reliable)


def test_a_compromised_element_is_not_counted() -> None:
    assert counts({"reliable_elements": {"below": 2}}, facts(finding("attestation.invalid")))
    assert not counts({"reliable_elements": {"below": 2}}, facts())


@pytest.mark.parametrize(
    ("said", "named", "expected", "under_not"),
    [
        ("tee", ["tee"], True, False),
        ("tee", ["none"], False, True),
        ("unknown", ["tee"], True, True),
        ("unknown", ["none", "unknown"], True, False),
        ("tee", ["unknown"], False, True),
    ],
)
def test_an_environment_that_nobody_described_counts(
    said: str, named: list[str], *, expected: bool, under_not: bool
) -> None:
    given = facts(environment=Environment(class_=said))
    when = {"environment": {"class": named}}

    assert counts(when, given) is expected
    assert counts({"not": when}, given) is under_not


def test_every_field_of_an_environment_must_match() -> None:
    when = {"environment": {"class": "tee", "delivery": "bundled"}}

    assert counts(when, facts(environment=Environment(class_="tee", delivery="bundled")))
    assert not counts(when, facts(environment=Environment(class_="tee", delivery="just_in_time")))
    assert counts(when, facts(environment=Environment(class_="tee")))
    assert not counts(when, facts(environment=Environment(class_="none")))


@pytest.mark.parametrize(
    ("when", "value", "expected"),
    [
        ({"attribute": "amount_eur", "above": "50"}, Decimal("50.01"), True),
        ({"attribute": "amount_eur", "above": "50"}, Decimal("50.00"), False),
        ({"attribute": "amount_eur", "at_least": "50"}, Decimal("50.00"), True),
        ({"attribute": "amount_eur", "below": "0.3"}, Decimal("0.29"), True),
        ({"attribute": "amount_eur", "at_most": "0.3"}, Decimal("0.30"), True),
        ({"attribute": "amount_eur", "equals": "0.3"}, Decimal("0.30"), True),
        ({"attribute": "age_days", "in": [1, 2]}, 2, True),
        ({"attribute": "age_days", "in": [1, 2]}, 3, False),
        ({"attribute": "payee_known", "is": False}, False, True),
        ({"attribute": "payee_known", "is": False}, True, False),
        ({"attribute": "purpose", "is": "access"}, "access", True),
        ({"attribute": "segment", "in": ["a", "b"]}, "c", False),
        ({"attribute": "app_version", "below": "7.10"}, (7, 9), True),
        ({"attribute": "app_version", "below": "7.9"}, (7, 10), False),
        ({"attribute": "app_version", "equals": "7.3.0"}, (7, 3), True),
        ({"attribute": "device_model", "equals": "Pixel 8a"}, "Pixel 8a", True),
        ({"attribute": "os_version", "at_least": "14"}, (13, 9), False),
        ({"attribute": "channel", "is": "web"}, "mobile-app", False),
        ({"attribute": "platform", "is": "ios"}, "ios", True),
        ({"attribute": "method", "in": ["app-pin"]}, "app-pin", True),
        ({"attribute": "flags", "contains": "vpn"}, frozenset({"vpn", "new"}), True),
        ({"attribute": "flags", "contains": "vpn"}, frozenset({"new"}), False),
        ({"attribute": "flags", "contains": "vpn"}, frozenset(), False),
        ({"attribute": "enrolled_at", "age": {"below": "1m"}}, NOW - timedelta(seconds=59), True),
        ({"attribute": "enrolled_at", "age": {"below": "1m"}}, NOW - timedelta(seconds=60), False),
        ({"attribute": "enrolled_at", "age": {"at_most": "1m"}}, NOW + timedelta(minutes=1), True),
        ({"attribute": "enrolled_at", "age": {"above": "1m"}}, NOW + timedelta(minutes=1), False),
    ],
)
def test_attributes_are_compared_in_their_type_and_count_when_missing(
    when: dict[str, Any], value: Any, *, expected: bool
) -> None:
    given = facts(attributes={when["attribute"]: value})

    assert counts(when, given) is expected
    assert counts({"not": when}, given) is not expected
    assert counts(when, facts())
    assert counts({"not": when}, facts())


def test_the_age_of_a_time_in_the_future_is_unknown() -> None:
    given = facts(attributes={"enrolled_at": NOW + timedelta(seconds=61)})
    when = {"attribute": "enrolled_at", "age": {"above": "1m"}}

    assert counts(when, given)
    assert counts({"not": when}, given)


UNKNOWN = {"attribute": "payee_known", "is": True}
TRUE = {"finding": ROOTED, "state": "not_evaluated"}
FALSE = {"finding": ROOTED}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"all": [TRUE, UNKNOWN]}, True),
        ({"all": [FALSE, UNKNOWN]}, False),
        ({"any": [TRUE, UNKNOWN]}, True),
        ({"any": [FALSE, UNKNOWN]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"not": {"all": [TRUE, UNKNOWN]}}, True),
        ({"not": {"all": [FALSE, UNKNOWN]}}, True),
        ({"not": {"any": [TRUE, UNKNOWN]}}, False),
        ({"not": {"any": [FALSE, UNKNOWN]}}, True),
        ({"all": [UNKNOWN, {"not": UNKNOWN}]}, True),
        ({"not": {"not": UNKNOWN}}, True),
    ],
)
def test_kleenes_logic_is_read_on_the_strict_side(when: dict[str, Any], *, expected: bool) -> None:
    assert counts(when, facts()) is expected
