"""Waivers of properties: asked by one person, approved by another, for a time, and never rewritten."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.ledger.models import StagedEntry
from compliance.policysets.errors import InvalidWaiverError
from compliance.policysets.models import PolicySetVersion, PropertyWaiver, WaiverState
from compliance.policysets.property_waiver_selectors import (
    property_waiver_by_ref,
    property_waivers_at,
    property_waivers_between,
    property_waivers_of,
    property_waivers_waiting,
)
from compliance.policysets.property_waivers import (
    PropertyWaiverTerms,
    approve_property_waiver,
    request_property_waiver,
    revoke_property_waiver,
)
from compliance.policysets.services import create_version, submit_version
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError
from compliance.tenants.models import Psp, Role, User
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import NOW, make_person, make_psp

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def version() -> PolicySetVersion:
    psp = make_psp()
    author = make_person(psp, Role.APPROVER, name="Anna Author")
    version = create_version(psp=psp, source=policy(rule()), author=author, now=NOW)
    submit_version(psp=psp, ref=version.ref, person=author, now=NOW)
    mark_analysed(version, now=NOW, blocking=["P2", "P8"])
    return version


def terms(version: PolicySetVersion, **changes: Any) -> PropertyWaiverTerms:
    known: dict[str, Any] = {
        "version_ref": version.ref,
        "property_id": "P2",
        "reason": "The vendor delivers the finding next month.",
        "compensating_control": "Every payment is called back.",
        "starts_at": NOW,
        "expires_at": NOW + 30 * DAY,
    }
    return PropertyWaiverTerms(**known | changes)


def ask(version: PolicySetVersion, person: User | None = None, **changes: Any) -> PropertyWaiver:
    by = person or make_person(version.psp, name="Paul Petitioner")
    return request_property_waiver(psp=version.psp, terms=terms(version, **changes), by=by, now=NOW)


def approve(waiver: PropertyWaiver, approver: User | None = None) -> PropertyWaiver:
    approver = approver or make_person(waiver.psp, Role.APPROVER)
    return approve_property_waiver(psp=waiver.psp, ref=waiver.ref, approver=approver, now=NOW)


def entries(psp: Psp) -> list[dict[str, Any]]:
    rows = StagedEntry.objects.filter(psp=psp, kind__startswith="property_waiver_").order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def test_it_holds_from_its_approval_until_it_expires(version: PolicySetVersion) -> None:
    waiver = ask(version)
    assert waiver.state_at(NOW) is WaiverState.REQUESTED
    assert property_waivers_at(version, at=NOW) == []
    assert property_waivers_waiting(version.psp, now=NOW) == [waiver]

    approve(waiver)

    waiver = property_waiver_by_ref(version.psp, waiver.ref)
    assert waiver.state_at(NOW) is WaiverState.IN_FORCE
    assert property_waivers_at(version, at=NOW) == [waiver]
    assert property_waivers_at(version, at=NOW + 30 * DAY) == []
    assert property_waivers_waiting(version.psp, now=NOW) == []
    assert property_waivers_of(version.psp) == [waiver]
    assert property_waivers_between(version.psp, start=NOW - DAY, end=NOW + DAY) == [waiver]
    assert property_waivers_between(version.psp, start=NOW - DAY, end=NOW) == []


def test_who_asked_wrote_or_submitted_does_not_approve(version: PolicySetVersion) -> None:
    person = make_person(version.psp, Role.APPROVER)
    waiver = ask(version, person)
    assert version.author is not None

    for not_another in (person, version.author):
        with pytest.raises(SelfApprovalError):
            approve(waiver, not_another)
    with pytest.raises(IntegrityError), transaction.atomic():
        PropertyWaiver.objects.filter(pk=waiver.pk).update(approved_by=person, approved_at=NOW)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ENGINEER, Role.REGULATOR])
def test_only_an_approver_approves(version: PolicySetVersion, role: Role) -> None:
    with pytest.raises(RoleTooSmallError):
        approve(ask(version), make_person(version.psp, role))


def test_who_only_looks_asks_for_nothing(version: PolicySetVersion) -> None:
    with pytest.raises(RoleTooSmallError):
        ask(version, make_person(version.psp, Role.REGULATOR))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"property_id": "P3"}, "/property_id"),
        ({"property_id": "P9"}, "/property_id"),
        ({"reason": " "}, "/reason"),
        ({"reason": "r" * 1001}, "/reason"),
        ({"compensating_control": ""}, "/compensating_control"),
        ({"compensating_control": "a\0"}, "/compensating_control"),
        ({"starts_at": NOW - DAY}, "/starts_at"),
        ({"expires_at": NOW}, "/expires_at"),
        ({"expires_at": NOW + 181 * DAY}, "/expires_at"),
    ],
)
def test_terms_that_make_no_sense_are_refused_at_their_place(
    version: PolicySetVersion, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidWaiverError) as caught:
        ask(version, **changes)

    assert [problem.pointer for problem in caught.value.problems] == [pointer]
    assert not PropertyWaiver.objects.exists()


def test_a_revoked_waiver_holds_no_more(version: PolicySetVersion) -> None:
    waiver = approve(ask(version))
    officer = make_person(version.psp)

    revoke_property_waiver(psp=version.psp, ref=waiver.ref, by=officer, now=NOW + DAY)

    assert property_waivers_at(version, at=NOW + DAY) == []
    assert len(property_waivers_at(version, at=NOW)) == 1
    with pytest.raises(ConflictError):
        revoke_property_waiver(psp=version.psp, ref=waiver.ref, by=officer, now=NOW + DAY)


def test_it_is_approved_once_and_not_after_it_ended(version: PolicySetVersion) -> None:
    waiver = approve(ask(version))
    with pytest.raises(ConflictError):
        approve(waiver)
    short = ask(version, property_id="P8", expires_at=NOW + DAY)
    approver = make_person(version.psp, Role.APPROVER)

    with pytest.raises(ConflictError, match="expired"):
        approve_property_waiver(psp=version.psp, ref=short.ref, approver=approver, now=NOW + DAY)


def test_another_psp_finds_nothing(version: PolicySetVersion) -> None:
    waiver = ask(version)
    other = make_psp("Other PSP")
    stranger = make_person(other, Role.APPROVER)

    with pytest.raises(NotFoundError):
        property_waiver_by_ref(other, waiver.ref)
    with pytest.raises(NotFoundError):
        approve_property_waiver(psp=other, ref=waiver.ref, approver=stranger, now=NOW)
    with pytest.raises(NotFoundError):
        revoke_property_waiver(psp=other, ref=waiver.ref, by=stranger, now=NOW)
    with pytest.raises(NotFoundError):
        request_property_waiver(psp=other, terms=terms(version), by=stranger, now=NOW)
    assert property_waivers_of(other) == []


def test_every_step_is_a_ledger_entry_without_names_and_reasons(version: PolicySetVersion) -> None:
    waiver = approve(ask(version))
    revoke_property_waiver(psp=version.psp, ref=waiver.ref, by=make_person(version.psp), now=NOW)

    bodies = entries(version.psp)

    assert [body["type"] for body in bodies] == [
        "property_waiver_requested",
        "property_waiver_approved",
        "property_waiver_revoked",
    ]
    assert {(body["property"], body["digest"]) for body in bodies} == {("P2", version.digest)}
    text = json.dumps(bodies)
    assert "Petitioner" not in text
    assert "vendor" not in text


@pytest.mark.parametrize(
    "changes",
    [{"reason": "other"}, {"property_id": "P8"}, {"expires_at": NOW + 60 * DAY}],
)
def test_the_database_lets_nothing_be_rewritten(
    version: PolicySetVersion, changes: dict[str, Any]
) -> None:
    waiver = approve(ask(version))
    rows = PropertyWaiver.objects.filter(pk=waiver.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(approved_at=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
