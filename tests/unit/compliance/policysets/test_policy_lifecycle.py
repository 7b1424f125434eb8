"""The life of a version: draft, submitted, approved, scheduled, in force, retired, and back again."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.ledger.models import StagedEntry
from compliance.policysets.models import NO_DESIGN, Activation, PolicySetVersion
from compliance.policysets.selectors import (
    version_by_ref,
    version_in_force,
    version_of_number,
    versions_from,
    versions_in_force_between,
    versions_of,
)
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    draft_version,
    retire_version,
    submit_version,
    withdraw_activation,
    withdraw_submission,
)
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError, StaleApprovalError
from compliance.tenants.models import ApiKey, Psp, Role, User
from compliance.tenants.services import create_api_key
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOURCE = policy(rule())


def draft(psp: Psp, author: User | None = None) -> PolicySetVersion:
    return create_version(psp=psp, source=SOURCE, author=author or make_person(psp), now=NOW)


def submit(version: PolicySetVersion, person: User | None = None) -> PolicySetVersion:
    person = person or version.author
    assert person is not None
    version = submit_version(psp=version.psp, ref=version.ref, person=person, now=NOW)
    mark_analysed(version, now=NOW)
    return version


def approve(version: PolicySetVersion, approver: User | None = None) -> PolicySetVersion:
    return approve_version(
        psp=version.psp,
        ref=version.ref,
        digest=version.digest,
        approver=approver or make_person(version.psp, Role.APPROVER),
        now=NOW,
    )


def activate(version: PolicySetVersion, active_from: datetime = NOW, *, now: datetime = NOW) -> Any:
    person = make_person(version.psp)
    return activate_version(
        psp=version.psp, ref=version.ref, person=person, active_from=active_from, now=now
    )


def key_of(psp: Psp) -> ApiKey:
    row, _key = create_api_key(psp=psp, name="pipeline", scopes=["policies:write"], now=NOW)
    return row


def states(psp: Psp, *, now: datetime = NOW) -> list[tuple[int, str]]:
    return [(each.version.number, str(each.state)) for each in versions_of(psp, now=now)]


def last_entry(psp: Psp) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(bytes(StagedEntry.objects.filter(psp=psp).latest("pk").body))
    return body


def test_a_version_goes_through_its_life() -> None:
    psp = make_psp()
    seen = []
    version = draft(psp)
    seen += states(psp)
    submit(version)
    seen += states(psp)
    approve(version)
    seen += states(psp)
    activate(version, NOW + DAY)
    seen += states(psp) + states(psp, now=NOW + DAY)
    activate(approve(submit(draft(psp))), NOW + 2 * DAY)

    assert [state for _, state in seen] == [
        *("draft", "submitted", "approved", "scheduled", "active"),
    ]
    assert states(psp, now=NOW + 2 * DAY) == [(2, "active"), (1, "retired")]


def test_a_draft_is_not_approved() -> None:
    with pytest.raises(ConflictError, match="is not submitted"):
        approve(draft(make_psp()))


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.APPROVER, Role.REGULATOR])
def test_a_version_is_submitted_by_its_author_or_an_officer(role: Role) -> None:
    psp = make_psp()

    with pytest.raises(RoleTooSmallError):
        submit(draft(psp, make_person(psp, Role.ENGINEER)), make_person(psp, role))

    engineer = make_person(psp, Role.ENGINEER)
    assert submit(draft(psp, engineer)).submitted_by == engineer
    officer = make_person(psp, Role.OFFICER)
    assert submit(draft(psp, engineer), officer).submitted_by == officer


def test_a_submission_can_be_taken_back_and_made_again() -> None:
    psp = make_psp()
    version = submit(draft(psp))
    author = version.author
    assert author is not None

    withdraw_submission(psp=psp, ref=version.ref, person=author, now=NOW)

    assert states(psp) == [(1, "draft")]
    assert last_entry(psp)["type"] == "policy_withdrawn"
    with pytest.raises(ConflictError, match="is not submitted"):
        withdraw_submission(psp=psp, ref=version.ref, person=author, now=NOW)
    submit(version)
    with pytest.raises(ConflictError, match="submitted already"):
        submit(version)


def test_an_approved_version_is_not_taken_back() -> None:
    version = approve(submit(draft(make_psp())))
    author = version.author
    assert author is not None

    with pytest.raises(ConflictError, match="approved already"):
        withdraw_submission(psp=version.psp, ref=version.ref, person=author, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicySetVersion.objects.filter(pk=version.pk).update(submitted_at=NOW + DAY)


def test_what_a_key_wrote_somebody_submits_and_another_person_approves() -> None:
    psp = make_psp()
    key = key_of(psp)
    version = draft_version(psp=psp, source=SOURCE, key=key, now=NOW)
    assert version.written_by == f"API key pipeline ({key.ref})"
    assert last_entry(psp)["key"] == key.ref
    assert "person" not in last_entry(psp)
    person = make_person(psp, Role.APPROVER)

    submit(version, person)
    with pytest.raises(SelfApprovalError):
        approve(version, person)
    assert approve(version).submitted_by == person


def test_the_database_refuses_to_let_a_key_s_draft_be_approved_by_who_submitted_it() -> None:
    psp = make_psp()
    version = draft_version(psp=psp, source=SOURCE, key=key_of(psp), now=NOW)
    person = make_person(psp, Role.APPROVER)
    approval = {"approver": person, "approved_at": NOW, "approved_digest": version.digest}

    for submitter in (None, person):
        with (
            pytest.raises(IntegrityError, match="submitted_by_one_approved_by_another"),
            transaction.atomic(),
        ):
            PolicySetVersion.objects.filter(pk=version.pk).update(
                submitted_by=submitter, submitted_at=NOW, **approval
            )


def test_the_database_wants_a_version_to_be_written_by_a_person_or_a_key() -> None:
    psp = make_psp()
    own: dict[str, Any] = {"psp": psp, "ref": "pol_1", "number": 1, "name": "x", "created_at": NOW}

    for writers in ({}, {"author": make_person(psp), "author_key": key_of(psp)}):
        with (
            pytest.raises(IntegrityError, match="written_by_a_person_or_a_key"),
            transaction.atomic(),
        ):
            PolicySetVersion.objects.create(**own, **writers)


def test_an_approval_is_stale_under_another_design() -> None:
    psp = make_psp()
    none = approve(submit(draft(psp)))
    design = put_design_in_force(psp).digest
    one = approve(submit(draft(psp)))

    assert (one.approved_design_digest, none.approved_design_digest) == (design, NO_DESIGN)
    assert not one.is_stale_under(design)
    assert one.is_stale_under("sha256:other")
    assert none.is_stale_under(design)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicySetVersion.objects.filter(pk=one.pk).update(approved_design_digest="sha256:other")


def test_an_earlier_version_comes_back_at_once_without_another_approval() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    second = activate(approve(submit(draft(psp))), NOW + DAY)
    later = NOW + 2 * DAY
    before = current_revision()

    back = activate(first, later, now=later)

    assert (back, back.active_from) == (first, later)
    assert version_in_force(psp, at=later) == first
    assert version_in_force(psp, at=later).active_from == later
    assert version_in_force(psp, at=later - timedelta(seconds=1)) == second
    assert states(psp, now=later) == [(2, "retired"), (1, "active")]
    assert current_revision() == before + 1
    assert last_entry(psp)["active_from"] == later.isoformat()
    history = versions_in_force_between(psp, start=NOW, end=later + DAY)
    assert [(each.number, each.active_from) for each in history] == [
        (1, NOW),
        (2, NOW + DAY),
        (1, later),
    ]
    first.refresh_from_db()
    assert first.active_from == NOW


def test_an_earlier_version_can_come_back_at_a_time() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    activate(approve(submit(draft(psp))), NOW + DAY)
    now = NOW + 2 * DAY
    activate(first, now + DAY, now=now)

    assert states(psp, now=now) == [(2, "active"), (1, "scheduled")]
    assert [each.number for each in versions_from(psp, at=now)] == [2, 1]


def test_a_schedule_is_moved_or_taken_back_until_it_comes() -> None:
    psp = make_psp()
    version = approve(submit(draft(psp)))
    activate(version, NOW + DAY)
    activate(version, NOW + 2 * DAY)
    assert [each.active_from for each in versions_from(psp, at=NOW)] == [NOW + 2 * DAY]

    person = make_person(psp)
    withdraw_activation(psp=psp, ref=version.ref, person=person, now=NOW + DAY)

    assert states(psp, now=NOW + 3 * DAY) == [(1, "approved")]
    assert last_entry(psp)["type"] == "policy_unscheduled"
    with pytest.raises(ConflictError, match="is not scheduled"):
        withdraw_activation(psp=psp, ref=version.ref, person=person, now=NOW + DAY)


def test_a_retired_version_comes_back_no_more() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    put_policy_in_force(psp, now=NOW + DAY)
    person = make_person(psp)
    now = NOW + 2 * DAY

    retire_version(psp=psp, ref=first.ref, person=person, now=now)

    assert last_entry(psp)["type"] == "policy_retired"
    with pytest.raises(ConflictError, match="is retired"):
        activate(first, now, now=now)
    with pytest.raises(ConflictError, match="retired already"):
        retire_version(psp=psp, ref=first.ref, person=person, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicySetVersion.objects.filter(pk=first.pk).update(retired_at=None)


def test_a_retired_draft_is_neither_submitted_nor_approved() -> None:
    psp = make_psp()
    version = submit(draft(psp))
    retire_version(psp=psp, ref=version.ref, person=make_person(psp), now=NOW)

    assert states(psp) == [(1, "retired")]
    for step in (submit, approve):
        with pytest.raises(ConflictError, match="is retired"):
            step(version)


def test_a_scheduled_version_that_is_retired_never_comes() -> None:
    psp = make_psp()
    version = approve(submit(draft(psp)))
    activate(version, NOW + DAY)

    retire_version(psp=psp, ref=version.ref, person=make_person(psp), now=NOW)

    assert versions_from(psp, at=NOW) == []


def test_the_version_in_force_is_not_retired() -> None:
    version = put_policy_in_force(make_psp())

    with pytest.raises(ConflictError, match="put another one in force first"):
        retire_version(
            psp=version.psp, ref=version.ref, person=make_person(version.psp), now=NOW + DAY
        )


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR])
def test_only_officers_and_approvers_decide_what_is_in_force(role: Role) -> None:
    psp = make_psp()
    version = approve(submit(draft(psp)))
    person = make_person(psp, role)

    for step in (retire_version, withdraw_activation):
        with pytest.raises(RoleTooSmallError):
            step(psp=psp, ref=version.ref, person=person, now=NOW)


def activation_by_sql(version: PolicySetVersion, psp: Psp, **changes: Any) -> None:
    known: dict[str, Any] = {"active_from": NOW, "created_at": NOW, "ref": "act_1"} | changes
    with transaction.atomic():
        Activation.objects.create(psp=psp, version=version, activated_by=make_person(psp), **known)


def test_the_database_activates_only_what_is_approved_and_the_psp_s_own() -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    for version in (draft(psp), submit(draft(psp)), approve(submit(draft(other)))):
        with pytest.raises(IntegrityError, match="activation_only_of_what_is_approved"):
            activation_by_sql(version, psp)


def test_the_database_keeps_what_was_in_force() -> None:
    version = put_policy_in_force(make_psp())
    rows = Activation.objects.filter(version=version)
    changes: list[dict[str, Any]] = [
        {"active_from": NOW + DAY},
        {"activated_by": make_person(version.psp)},
        {"withdrawn_at": NOW + DAY},
    ]

    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.get().delete()
    with pytest.raises(IntegrityError, match="never_in_the_past"):
        activation_by_sql(version, version.psp, active_from=NOW - DAY)


def test_an_approval_is_asked_for_before_an_activation() -> None:
    with pytest.raises(StaleApprovalError, match="is not approved"):
        activate(submit(draft(make_psp())))


def test_a_version_is_found_by_its_number_and_reference_at_its_own_psp_only() -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    version = put_policy_in_force(psp)

    assert version_of_number(psp, 1, now=NOW).version == version
    assert version_by_ref(psp, version.ref, now=NOW).state == "active"
    with pytest.raises(NotFoundError):
        version_of_number(other, 1, now=NOW)
    with pytest.raises(NotFoundError):
        version_by_ref(other, version.ref, now=NOW)
    assert versions_of(other, now=NOW) == []
    person = make_person(other, Role.APPROVER)
    for step in (submit_version, withdraw_submission, retire_version, withdraw_activation):
        with pytest.raises(NotFoundError):
            step(psp=other, ref=version.ref, person=person, now=NOW)
