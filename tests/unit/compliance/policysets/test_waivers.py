"""Waivers: asked by one person, approved by another, for a scope and a time, and never rewritten."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.ledger.models import StagedEntry
from compliance.policysets.errors import InvalidWaiverError
from compliance.policysets.models import Waiver, WaiverState
from compliance.policysets.waiver_selectors import (
    waiver_by_ref,
    waivers_by_ref,
    waivers_expiring,
    waivers_from,
    waivers_in_force,
    waivers_of,
    waivers_waiting,
)
from compliance.policysets.waivers import (
    WaiverTerms,
    approve_waiver,
    request_waiver,
    revoke_waiver,
    take_over_waiver,
)
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError
from compliance.tenants.models import ApiKey, Psp, Role, User
from compliance.tenants.services import create_api_key
from tests.support.documents import policy, rule
from tests.support.factories import NOW, make_person, make_psp, put_policy_in_force

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp, policy(rule()))
    return psp


def terms(**changes: Any) -> WaiverTerms:
    known: dict[str, Any] = {
        "rule_id": "a-rule",
        "reason": "The vendor's update reports every phone as rooted.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "starts_at": NOW,
        "expires_at": NOW + 30 * DAY,
        "app_version": "7.3.1",
    }
    return WaiverTerms(**known | changes)


def ask(psp: Psp, person: User | ApiKey | None = None, **changes: Any) -> Waiver:
    by = person or make_person(psp, name="Paul Petitioner")
    return request_waiver(psp=psp, terms=terms(**changes), by=by, now=NOW)


def approve(waiver: Waiver, approver: User | None = None) -> Waiver:
    approver = approver or make_person(waiver.psp, Role.APPROVER)
    return approve_waiver(psp=waiver.psp, ref=waiver.ref, approver=approver, now=NOW)


def key_of(psp: Psp) -> ApiKey:
    row, _key = create_api_key(psp=psp, name="pipeline", scopes=["policies:write"], now=NOW)
    return row


def entries(psp: Psp) -> list[dict[str, Any]]:
    rows = StagedEntry.objects.filter(psp=psp, kind__startswith="waiver_").order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def test_a_waiver_applies_from_its_approval_until_it_expires(psp: Psp) -> None:
    waiver = ask(psp)
    assert waiver.state_at(NOW) is WaiverState.REQUESTED
    assert waivers_in_force(psp, NOW) == []
    before = current_revision()

    approve(waiver)

    waiver = waiver_by_ref(psp, waiver.ref)
    assert waiver.state_at(NOW) is WaiverState.IN_FORCE
    assert waiver.state_at(NOW + 30 * DAY) is WaiverState.EXPIRED
    assert waivers_in_force(psp, NOW) == [waiver]
    assert waivers_in_force(psp, NOW + 30 * DAY) == []
    assert waivers_from(psp, at=NOW - DAY) == [waiver]
    assert current_revision() == before + 1


def test_a_waiver_can_begin_later(psp: Psp) -> None:
    waiver = approve(ask(psp, starts_at=NOW + DAY))

    assert waiver.state_at(NOW) is WaiverState.APPROVED
    assert waivers_in_force(psp, NOW) == []
    assert waivers_in_force(psp, NOW + DAY) == [waiver]
    assert waivers_from(psp, at=NOW) == [waiver]


def test_every_step_is_a_ledger_entry_without_names_and_reasons(psp: Psp) -> None:
    waiver = approve(ask(psp))
    revoke_waiver(psp=psp, ref=waiver.ref, by=key_of(psp), now=NOW + DAY)

    found = entries(psp)
    assert [each["type"] for each in found] == [
        *("waiver_requested", "waiver_approved", "waiver_revoked"),
    ]
    assert {each["ref"] for each in found} == {waiver.ref}
    assert found[0]["rule"] == "a-rule"
    assert found[1]["expires_at"] == (NOW + 30 * DAY).isoformat()
    assert "vendor" not in json.dumps(found)
    assert "Paul" not in json.dumps(found)


def test_nobody_approves_what_they_asked_for(psp: Psp) -> None:
    person = make_person(psp, Role.APPROVER)

    with pytest.raises(SelfApprovalError):
        approve(ask(psp, person), person)


def test_the_database_refuses_it_too_whatever_path_it_takes(psp: Psp) -> None:
    waiver = ask(psp)

    for approver in (waiver.requested_by, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiver.objects.filter(pk=waiver.pk).update(approved_by=approver, approved_at=NOW)


def test_what_a_key_asked_for_is_approved_only_once_a_person_answers_for_it(psp: Psp) -> None:
    waiver = ask(psp, key_of(psp))
    person = make_person(psp, Role.APPROVER)
    with pytest.raises(ConflictError, match="take it over"):
        approve(waiver)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(approved_by=person, approved_at=NOW)

    take_over_waiver(psp=psp, ref=waiver.ref, person=person, now=NOW)

    with pytest.raises(ConflictError, match="answers for this"):
        take_over_waiver(psp=psp, ref=waiver.ref, person=make_person(psp), now=NOW)
    with pytest.raises(SelfApprovalError):
        approve(waiver, person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(requested_by=make_person(psp))
    assert approve(waiver).asked_by == person.name


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"app_version": ""}, ""),
        ({"app_version": "7.3.1-beta"}, "/app_version"),
        ({"channel": "x" * 65}, "/channel"),
        ({"device_model": "a\0b"}, "/device_model"),
        ({"reason": " "}, "/reason"),
        ({"compensating_control": ""}, "/compensating_control"),
        ({"rule_id": "no-such-rule"}, "/rule_id"),
        ({"starts_at": NOW - DAY}, "/starts_at"),
        ({"expires_at": NOW}, "/expires_at"),
        ({"expires_at": NOW + 180 * DAY + timedelta(microseconds=1)}, "/expires_at"),
    ],
)
def test_terms_that_make_no_sense_are_refused_at_their_place(
    psp: Psp, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidWaiverError) as caught:
        ask(psp, **changes)

    assert [each.pointer for each in caught.value.problems] == [pointer]
    assert not Waiver.objects.exists()


def test_a_waiver_lasts_180_days_at_most_in_the_database_too(psp: Psp) -> None:
    longest = ask(psp, expires_at=NOW + 180 * DAY)
    ask(psp, starts_at=NOW + timedelta(microseconds=1), expires_at=NOW + DAY)
    known = {field.attname: getattr(longest, field.attname) for field in Waiver._meta.fields}
    known |= {"id": None, "ref": "wai_longer"}

    for wrong in (
        {"expires_at": NOW + 180 * DAY + timedelta(microseconds=1)},
        {"expires_at": NOW},
        {"app_version": ""},
        {"reason": ""},
        {"requested_by_id": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiver.objects.create(**known | wrong)


def test_the_database_lets_nothing_of_a_waiver_be_rewritten(psp: Psp) -> None:
    waiver = approve(ask(psp))
    rows = Waiver.objects.filter(pk=waiver.pk)
    other = make_person(psp, Role.APPROVER)
    revoke_waiver(psp=psp, ref=waiver.ref, by=other, now=NOW + DAY)
    changes: list[dict[str, Any]] = [
        {"rule_id": "another"},
        {"app_version": "", "channel": "web"},
        {"expires_at": NOW + 40 * DAY},
        {"reason": "Another"},
        {"approved_by": other, "approved_at": NOW + DAY},
        {"revoked_at": None},
    ]

    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.get().delete()


def test_a_revoked_waiver_applies_no_more(psp: Psp) -> None:
    waiver = approve(ask(psp))
    before = current_revision()

    revoke_waiver(psp=psp, ref=waiver.ref, by=make_person(psp), now=NOW + DAY)

    waiver = waiver_by_ref(psp, waiver.ref)
    assert waiver.state_at(NOW + DAY) is WaiverState.REVOKED
    assert waiver.state_at(NOW) is WaiverState.IN_FORCE
    assert waivers_in_force(psp, NOW + DAY) == []
    assert waivers_from(psp, at=NOW + DAY) == []
    assert current_revision() == before + 1
    with pytest.raises(ConflictError, match="revoked already"):
        revoke_waiver(psp=psp, ref=waiver.ref, by=make_person(psp), now=NOW + DAY)


def test_a_request_that_is_revoked_or_expired_is_not_approved(psp: Psp) -> None:
    revoked, expired = ask(psp), ask(psp)
    revoke_waiver(psp=psp, ref=revoked.ref, by=make_person(psp), now=NOW)
    approver = make_person(psp, Role.APPROVER)

    with pytest.raises(ConflictError, match="is revoked"):
        approve(revoked)
    late = NOW + 30 * DAY
    with pytest.raises(ConflictError, match="expired"):
        approve_waiver(psp=psp, ref=expired.ref, approver=approver, now=late)
    with pytest.raises(ConflictError, match="expired"):
        revoke_waiver(psp=psp, ref=expired.ref, by=approver, now=late)
    approve(expired)
    with pytest.raises(ConflictError, match="approved already"):
        approve(expired)


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_who_only_looks_has_no_say(psp: Psp, role: Role) -> None:
    person = make_person(psp, role)
    waiver = ask(psp)

    with pytest.raises(RoleTooSmallError):
        ask(psp, person)
    with pytest.raises(RoleTooSmallError):
        approve(waiver, person)
    with pytest.raises(RoleTooSmallError):
        revoke_waiver(psp=psp, ref=waiver.ref, by=person, now=NOW)
    with pytest.raises(RoleTooSmallError):
        approve(waiver, make_person(psp, Role.OFFICER))


def test_an_engineer_revokes_only_what_they_asked_for(psp: Psp) -> None:
    engineer = make_person(psp, Role.ENGINEER)
    own, other = ask(psp, engineer), ask(psp)

    with pytest.raises(RoleTooSmallError):
        revoke_waiver(psp=psp, ref=other.ref, by=engineer, now=NOW)
    assert revoke_waiver(psp=psp, ref=own.ref, by=engineer, now=NOW).revoked_by == engineer


def test_waivers_of_another_psp_are_not_found(psp: Psp) -> None:
    other = make_psp("Other PSP")
    waiver = approve(ask(psp))
    person = make_person(other, Role.APPROVER)

    with pytest.raises(NotFoundError):
        waiver_by_ref(other, waiver.ref)
    with pytest.raises(NotFoundError):
        approve_waiver(psp=other, ref=waiver.ref, approver=person, now=NOW)
    with pytest.raises(NotFoundError):
        take_over_waiver(psp=other, ref=waiver.ref, person=person, now=NOW)
    with pytest.raises(NotFoundError):
        revoke_waiver(psp=other, ref=waiver.ref, by=person, now=NOW)
    assert waivers_of(other) == waivers_in_force(other, NOW) == waivers_from(other, at=NOW) == []
    assert waivers_by_ref(other, [waiver.ref]) == {}


def test_what_waits_and_what_expires_soon_is_listed(psp: Psp) -> None:
    waiting = ask(psp)
    soon = approve(ask(psp, expires_at=NOW + 10 * DAY))
    approve(ask(psp, expires_at=NOW + 90 * DAY))

    assert waivers_waiting(psp, now=NOW) == [waiting]
    assert waivers_waiting(psp, now=NOW + 30 * DAY) == []
    assert waivers_expiring(psp, now=NOW, within=14 * DAY) == [soon]
    assert len(waivers_of(psp)) == 3
    assert str(soon) == f"a-rule ({soon.ref})"
