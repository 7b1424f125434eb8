"""The life of a design: one person submits, another approves or refuses, and it counts from a moment."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.designs.models import DesignActivation, DesignVersion
from compliance.designs.selectors import (
    design_version_in_force,
    design_version_of_number,
    designs_to_come,
    designs_waiting,
)
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    draft_design_version,
    refuse_design_version,
    submit_design_version,
    take_over_design_version,
    withdraw_design_activation,
    withdraw_design_version,
)
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError, StaleApprovalError
from compliance.tenants.models import ApiKey, Psp, Role, User
from tests.support.documents import designs
from tests.support.factories import (
    NOW,
    make_api_key,
    make_person,
    make_psp,
    put_design_in_force,
    submit_design,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def psp() -> Psp:
    return make_psp()


@pytest.fixture
def approver(psp: Psp) -> User:
    return make_person(psp, Role.APPROVER, name="Adam Approver")


@pytest.fixture
def officer(psp: Psp) -> User:
    return make_person(psp)


@pytest.fixture
def version(psp: Psp) -> DesignVersion:
    return submit_design(psp)


def drafted(psp: Psp) -> DesignVersion:
    make_api_key(psp)
    key = ApiKey.objects.filter(psp=psp).latest("pk")
    return draft_design_version(psp=psp, source=designs(), key=key, now=NOW)


def approve(version: DesignVersion, approver: User, **changes: Any) -> DesignVersion:
    arguments: dict[str, Any] = {
        "psp": version.psp,
        "ref": version.ref,
        "digest": version.digest,
        "now": NOW,
    }
    return approve_design_version(approver=approver, **arguments | changes)


def refuse(version: DesignVersion, approver: User, reason: str = "The app is older.") -> None:
    refuse_design_version(
        psp=version.psp, ref=version.ref, reason=reason, approver=approver, now=NOW
    )


def withdraw(version: DesignVersion, person: User) -> None:
    withdraw_design_version(psp=version.psp, ref=version.ref, person=person, now=NOW)


def activate(version: DesignVersion, person: User, **changes: Any) -> DesignActivation:
    arguments: dict[str, Any] = {
        "psp": version.psp,
        "ref": version.ref,
        "active_from": NOW,
        "now": NOW,
    }
    return activate_design_version(person=person, **arguments | changes)


def state(version: DesignVersion, *, days: float = 0) -> str:
    return design_version_of_number(version.psp, version.number, now=NOW + days * DAY).state.value


def test_it_is_submitted_approved_activated_and_replaced(
    psp: Psp, version: DesignVersion, approver: User
) -> None:
    assert state(version) == "submitted"
    approve(version, approver)
    assert (state(version), design_version_in_force(psp, at=NOW)) == ("approved", None)
    activate(version, approver)
    assert (state(version), design_version_in_force(psp, at=NOW)) == ("active", version)
    put_design_in_force(psp, designs(), now=NOW + DAY)
    assert state(version, days=1) == "replaced"


def test_nobody_approves_or_refuses_their_own(psp: Psp) -> None:
    author = make_person(psp, Role.APPROVER)
    own = submit_design_version(psp=psp, source=designs(), person=author, now=NOW)
    draft = drafted(psp)
    take_over_design_version(psp=psp, ref=draft.ref, person=author, now=NOW)

    for version in (own, draft):
        with pytest.raises(SelfApprovalError):
            approve(version, author)
        with pytest.raises(SelfApprovalError):
            refuse(version, author)
        assert state(version) == "submitted"


@pytest.mark.parametrize("column", ["author", "submitted_by"])
def test_the_database_refuses_self_approval_whatever_path_it_takes(psp: Psp, column: str) -> None:
    own = submit_design(psp)
    if column == "submitted_by":
        own = drafted(psp)
        take_over_design_version(psp=psp, ref=own.ref, person=make_person(psp), now=NOW)
        own.refresh_from_db()
    row = DesignVersion.objects.filter(pk=own.pk)
    who = {"author": own.author, "submitted_by": own.submitted_by}[column]

    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(approver=who, approved_at=NOW, approved_digest=own.digest)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(refused_by=who, refused_at=NOW, refusal="No.")


def test_the_database_wants_a_submission_a_pinned_digest_and_one_end(
    psp: Psp, version: DesignVersion, approver: User
) -> None:
    draft = DesignVersion.objects.filter(pk=drafted(psp).pk)
    row = DesignVersion.objects.filter(pk=version.pk)
    approval: dict[str, Any] = {"approver": approver, "approved_at": NOW}

    for rows, change in (
        (draft, approval | {"approved_digest": version.digest}),
        (row, approval | {"approved_digest": "sha256:" + "0" * 64}),
        (row, {"approver": approver, "approved_digest": version.digest}),
        (row, {"refused_by": approver, "refused_at": NOW}),
        (row, {"refused_by": approver, "refused_at": NOW, "refusal": "No."} | approval),
        (row, {"author": None}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_the_database_lets_only_what_is_approved_come_into_force(
    psp: Psp, version: DesignVersion, approver: User
) -> None:
    row: dict[str, Any] = {"version": version, "active_from": NOW, "created_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        DesignActivation.objects.create(psp=psp, ref="act_1", activated_by=approver, **row)
    approve(version, approver)
    other = make_psp("Other PSP")
    for wrong in ({"psp": other, "activated_by": approver}, {"psp": psp}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DesignActivation.objects.create(ref="act_1", **wrong, **row)
    assert design_version_in_force(psp, at=NOW) is None


def test_what_happened_cannot_be_rewritten(version: DesignVersion, approver: User) -> None:
    approve(version, approver)
    activation = activate(version, approver)
    rows = DesignVersion.objects.filter(pk=version.pk)
    activations = DesignActivation.objects.filter(pk=activation.pk)

    for changed, change in (
        (rows, {"document": "{}"}),
        (rows, {"author": approver}),
        (rows, {"submitted_at": NOW + DAY}),
        (rows, {"approved_at": NOW + DAY}),
        (activations, {"active_from": NOW + DAY}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            changed.update(**change)
    for row in (version, activation):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()


def test_an_approval_is_of_the_text_that_was_looked_at(
    version: DesignVersion, approver: User
) -> None:
    with pytest.raises(StaleApprovalError):
        approve(version, approver, digest="sha256:" + "0" * 64)
    assert approve(version, approver).approved_digest == version.digest


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.APPROVER])
def test_only_an_approver_approves_and_refuses(version: DesignVersion, role: Role) -> None:
    person = make_person(version.psp, role)
    with pytest.raises(RoleTooSmallError):
        approve(version, person)
    with pytest.raises(RoleTooSmallError):
        refuse(version, person)


def test_who_submits_takes_over_and_activates(psp: Psp, approver: User) -> None:
    version, draft = submit_design(psp), drafted(psp)
    approve(version, approver)
    for role in (Role.ENGINEER, Role.REGULATOR, Role.ADMINISTRATOR):
        with pytest.raises(RoleTooSmallError):
            activate(version, make_person(psp, role))
    for role in (Role.REGULATOR, Role.INTERNAL_AUDITOR, Role.ADMINISTRATOR):
        person = make_person(psp, role)
        with pytest.raises(RoleTooSmallError):
            submit_design_version(psp=psp, source=designs(), person=person, now=NOW)
        with pytest.raises(RoleTooSmallError):
            take_over_design_version(psp=psp, ref=draft.ref, person=person, now=NOW)
    engineer = make_person(psp, Role.ENGINEER)
    assert submit_design_version(psp=psp, source=designs(), person=engineer, now=NOW).number == 3


def test_a_draft_of_a_key_is_nobodys_until_a_person_takes_it_over(
    psp: Psp, officer: User, approver: User
) -> None:
    draft = drafted(psp)
    assert (state(draft), draft.written_by) == ("draft", f"API key {draft.author_key}")
    with pytest.raises(ConflictError, match="not submitted"):
        approve(draft, approver)
    take_over_design_version(psp=psp, ref=draft.ref, person=officer, now=NOW)
    with pytest.raises(ConflictError, match="submitted already"):
        take_over_design_version(psp=psp, ref=draft.ref, person=officer, now=NOW)
    approve(draft, approver)
    assert state(draft) == "approved"


def test_a_refusal_says_why_and_is_the_end(version: DesignVersion, approver: User) -> None:
    for reason in ("", "  ", "x" * 1001):
        with pytest.raises(ConflictError):
            refuse(version, approver, reason)
    refuse(version, approver)

    assert state(version) == "refused"
    with pytest.raises(ConflictError):
        approve(version, approver)
    with pytest.raises(ConflictError):
        refuse(version, approver)
    with pytest.raises(ConflictError):
        withdraw(version, make_person(version.psp))
    with pytest.raises(StaleApprovalError):
        activate(version, approver)


def test_who_takes_a_version_back(psp: Psp, officer: User, approver: User) -> None:
    theirs, approved, draft = submit_design(psp), submit_design(psp), drafted(psp)
    approve(approved, approver)
    engineer = make_person(psp, Role.ENGINEER)
    with pytest.raises(RoleTooSmallError):
        withdraw(theirs, engineer)
    withdraw(theirs, officer)
    withdraw(approved, officer)
    withdraw(draft, engineer)

    assert [state(each) for each in (theirs, approved, draft)] == ["withdrawn"] * 3
    with pytest.raises(ConflictError):
        withdraw(theirs, officer)
    with pytest.raises(ConflictError, match="is withdrawn"):
        activate(approved, approver)


def test_a_schedule_can_be_moved_and_taken_back(
    psp: Psp, version: DesignVersion, officer: User, approver: User
) -> None:
    approve(version, approver)
    with pytest.raises(ConflictError, match="not scheduled"):
        withdraw_design_activation(psp=psp, ref=version.ref, person=officer, now=NOW)
    activate(version, officer, active_from=NOW + DAY)
    activate(version, officer, active_from=NOW + 2 * DAY)
    assert (state(version), state(version, days=1), state(version, days=2)) == (
        "scheduled",
        "scheduled",
        "active",
    )
    with pytest.raises(ConflictError, match="scheduled or was in force"):
        withdraw(version, officer)
    withdraw_design_activation(psp=psp, ref=version.ref, person=officer, now=NOW)
    assert state(version, days=2) == "approved"


def test_an_approved_text_comes_back_without_another_approval(
    psp: Psp, officer: User, approver: User
) -> None:
    first = put_design_in_force(psp)
    put_design_in_force(psp, designs(), now=NOW + DAY)
    activate(first, officer, active_from=NOW, now=NOW + 2 * DAY)

    assert state(first, days=2) == "active"
    with pytest.raises(ConflictError, match="came into force"):
        activate(first, approver, now=NOW + 2 * DAY)


def test_what_waits_and_what_may_come(psp: Psp, approver: User) -> None:
    put_design_in_force(psp)
    waiting, approved, refused = (submit_design(psp) for _ in range(3))
    drafted(psp)
    approve(approved, approver)
    refuse(refused, approver)
    own = submit_design_version(psp=psp, source=designs(), person=approver, now=NOW)

    assert designs_waiting(psp, besides=approver) == [waiting]
    assert [each.version for each in designs_to_come(psp, now=NOW)] == [waiting, approved, own]


def test_another_psps_version_does_not_exist(version: DesignVersion) -> None:
    other = make_psp("Other PSP")
    person = make_person(other, Role.APPROVER)
    for step in (
        lambda: approve(version, person, psp=other),
        lambda: activate(version, person, psp=other),
        lambda: withdraw_design_version(psp=other, ref=version.ref, person=person, now=NOW),
        lambda: take_over_design_version(psp=other, ref=version.ref, person=person, now=NOW),
        lambda: design_version_of_number(other, version.number, now=NOW),
    ):
        with pytest.raises(NotFoundError):
            step()
    with pytest.raises(RoleTooSmallError):
        approve(version, person)
