"""What stands in the way: nothing is approved unseen, nothing activated that is neither proved nor waived."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from compliance.policysets.errors import ActivationBlockedError, NotAnalysedError
from compliance.policysets.models import Analysis, PolicySetVersion
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    submit_version,
)
from compliance.policysets.standing import standing_of
from compliance.tenants.models import Psp, Role
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import waive_property

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def submitted(psp: Psp) -> PolicySetVersion:
    author = make_person(psp)
    version = create_version(psp=psp, source=policy(rule()), author=author, now=NOW)
    return submit_version(psp=psp, ref=version.ref, person=author, now=NOW)


def approve(version: PolicySetVersion, *, now: datetime = NOW) -> PolicySetVersion:
    approver = make_person(version.psp, Role.APPROVER)
    return approve_version(
        psp=version.psp, ref=version.ref, digest=version.digest, approver=approver, now=now
    )


def activate(
    version: PolicySetVersion, active_from: datetime = NOW, *, now: datetime = NOW
) -> PolicySetVersion:
    person = make_person(version.psp)
    return activate_version(
        psp=version.psp, ref=version.ref, person=person, active_from=active_from, now=now
    )


def approved(psp: Psp, *, blocking: Sequence[str] = (), failed_cases: int = 0) -> PolicySetVersion:
    version = submitted(psp)
    mark_analysed(version, now=NOW, blocking=blocking, failed_cases=failed_cases)
    return approve(version)


def test_nobody_approves_what_is_not_analysed() -> None:
    version = submitted(make_psp())

    with pytest.raises(NotAnalysedError, match="being analysed"):
        approve(version)
    Analysis.objects.filter(version=version).update(state="failed", failure="no memory")
    with pytest.raises(NotAnalysedError, match="failed: no memory"):
        approve(version)


def test_an_analysis_under_another_design_or_beside_another_version_shows_nothing() -> None:
    psp = make_psp()
    version = submitted(psp)
    mark_analysed(version, now=NOW)

    put_design_in_force(psp)
    with pytest.raises(NotAnalysedError, match="design"):
        approve(version)
    mark_analysed(version, now=NOW)
    put_policy_in_force(psp)
    assert not standing_of(version, now=NOW).is_current
    with pytest.raises(NotAnalysedError):
        approve(version)
    mark_analysed(version, now=NOW)

    assert approve(version).approver is not None


def test_what_is_proved_is_activated() -> None:
    version = approved(make_psp())

    assert standing_of(version, now=NOW).is_clear
    assert activate(version).active_from == NOW


def test_another_design_wants_another_analysis_before_activation() -> None:
    psp = make_psp()
    version = approved(psp)
    put_design_in_force(psp)

    with pytest.raises(NotAnalysedError):
        activate(version)
    mark_analysed(version, now=NOW, blocking=["P4"])
    with pytest.raises(ActivationBlockedError, match="P4"):
        activate(version)


def test_a_property_that_is_not_proved_blocks_until_two_people_waive_it() -> None:
    psp = make_psp()
    version = approved(psp, blocking=["P2", "P5"])

    with pytest.raises(ActivationBlockedError, match=r"P2.*P5"):
        activate(version)
    first = waive_property(version, "P2", now=NOW)
    with pytest.raises(ActivationBlockedError) as caught:
        activate(version)
    assert "P2" not in str(caught.value)
    second = waive_property(version, "P5", now=NOW)

    standing = standing_of(version, now=NOW)
    assert standing.is_clear
    assert {*standing.waivers} == {first, second}
    assert activate(version).active_from == NOW


def test_a_waiver_that_is_over_then_lets_nothing_pass() -> None:
    psp = make_psp()
    version = approved(psp, blocking=["P2"])
    waive_property(version, "P2", now=NOW, expires_at=NOW + DAY)

    with pytest.raises(ActivationBlockedError):
        activate(version, NOW + DAY)

    assert activate(version, NOW + DAY - timedelta(seconds=1)).approver is not None


def test_a_waiver_of_another_version_lets_nothing_pass() -> None:
    psp = make_psp()
    other, version = approved(psp, blocking=["P2"]), approved(psp, blocking=["P2"])
    waive_property(other, "P2", now=NOW)

    with pytest.raises(ActivationBlockedError):
        activate(version)


def test_a_test_case_that_fails_blocks_and_cannot_be_waived() -> None:
    version = approved(make_psp(), failed_cases=2)

    with pytest.raises(ActivationBlockedError, match="test cases failed: 2"):
        activate(version)


def test_a_version_that_was_in_force_comes_back_without_waiting_for_a_worker() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    put_policy_in_force(psp)
    put_design_in_force(psp)
    later = NOW + DAY

    assert activate(first, later, now=later).active_from == later


def test_a_version_that_was_in_force_does_not_come_back_if_it_is_found_wanting_since() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    put_policy_in_force(psp)
    put_design_in_force(psp)
    mark_analysed(first, now=NOW, blocking=["P4"])

    with pytest.raises(ActivationBlockedError, match="P4"):
        activate(first, NOW + DAY, now=NOW + DAY)
