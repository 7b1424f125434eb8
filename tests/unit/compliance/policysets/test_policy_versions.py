"""Versions of a policy set: stored, approved by a second person, in force from a moment."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.revisions import current_revision
from compliance.ledger.models import StagedEntry
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import (
    version_by_digest,
    version_in_force,
    versions_from,
    versions_in_force_between,
)
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    submit_version,
)
from compliance.tenants.errors import RoleTooSmallError, SelfApprovalError, StaleApprovalError
from compliance.tenants.models import Psp, Role, User
from policies.documents import PolicyDocumentError, digest_of, read_policy_set
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import NOW, make_person, make_psp, put_policy_in_force

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def create(psp: Psp, author: User | None = None, **changes: Any) -> PolicySetVersion:
    author = author or make_person(psp, name="Anna Author")
    version = create_version(psp=psp, source=policy(rule(), **changes), author=author, now=NOW)
    version = submit_version(psp=psp, ref=version.ref, person=author, now=NOW)
    mark_analysed(version, now=NOW)
    return version


def approve(version: PolicySetVersion, approver: User | None = None) -> PolicySetVersion:
    approver = approver or make_person(version.psp, Role.APPROVER)
    return approve_version(
        psp=version.psp, ref=version.ref, digest=version.digest, approver=approver, now=NOW
    )


def activate(
    version: PolicySetVersion, active_from: datetime = NOW, *, now: datetime = NOW
) -> PolicySetVersion:
    return activate_version(
        psp=version.psp,
        ref=version.ref,
        person=make_person(version.psp),
        active_from=active_from,
        now=now,
    )


def entries(psp: Psp) -> list[dict[str, Any]]:
    return [
        json.loads(bytes(entry.body))
        for entry in StagedEntry.objects.filter(psp=psp).order_by("pk")
    ]


def test_a_version_keeps_its_text_and_its_digest() -> None:
    psp = make_psp()
    source = b"\xef\xbb\xbf" + policy(rule(), name="Mobile app")
    author = make_person(psp)
    version = create_version(psp=psp, source=source, author=author, now=NOW)

    assert version.ref.startswith("pol_")
    assert (version.number, version.name) == (1, "Mobile app")
    assert version.source.encode() == policy(rule(), name="Mobile app")
    assert version.digest == digest_of(read_policy_set(source))
    assert compiled(version.document).policy_set == read_policy_set(source)
    assert (version.author, version.created_at) == (author, NOW)
    assert version.approver is None
    assert version.active_from is None


def test_versions_are_numbered_for_each_psp() -> None:
    one, other = make_psp(), make_psp("Other PSP")

    assert [create(one).number, create(one).number, create(other).number] == [1, 2, 1]


def test_an_invalid_document_is_not_stored() -> None:
    psp = make_psp()

    with pytest.raises(PolicyDocumentError):
        create_version(psp=psp, source=b"{}", author=make_person(psp), now=NOW)
    assert not PolicySetVersion.objects.exists()
    assert entries(psp) == []


def test_every_step_is_a_ledger_entry_without_names() -> None:
    psp = make_psp()
    version = activate(approve(create(psp)), NOW + DAY)

    found = entries(psp)
    assert [entry["type"] for entry in found] == [
        "policy_created",
        "policy_submitted",
        "policy_approved",
        "policy_activated",
    ]
    assert {entry["digest"] for entry in found} == {version.digest}
    assert {entry["ref"] for entry in found} == {version.ref}
    assert found[3]["active_from"] == (NOW + DAY).isoformat()
    assert "Anna" not in json.dumps(found)
    kinds = StagedEntry.objects.filter(psp=psp).order_by("pk").values_list("kind", "ref")
    assert list(kinds) == [(entry["type"], version.ref) for entry in found]


def test_nobody_approves_their_own() -> None:
    psp = make_psp()
    author = make_person(psp, Role.APPROVER)
    version = create(psp, author)

    with pytest.raises(SelfApprovalError):
        approve(version, author)


def test_the_database_refuses_a_self_approval_whatever_path_it_takes() -> None:
    version = create(make_psp())

    with pytest.raises(IntegrityError, match="nobody_approves_their_own"), transaction.atomic():
        PolicySetVersion.objects.filter(pk=version.pk).update(
            approver=version.author, approved_digest=version.digest, approved_at=NOW
        )


def test_the_database_refuses_an_approval_of_another_text() -> None:
    version = create(make_psp())
    approver = make_person(version.psp, Role.APPROVER)

    with pytest.raises(IntegrityError, match="approval_pins_the_digest"), transaction.atomic():
        PolicySetVersion.objects.filter(pk=version.pk).update(
            approver=approver, approved_digest="sha256:other", approved_at=NOW
        )


@pytest.mark.parametrize(
    "change",
    [
        {"document": "{}"},
        {"source": "{}"},
        {"digest": "sha256:other"},
        {"number": 7},
        {"name": "Another"},
        {"created_at": NOW + DAY},
    ],
)
def test_the_database_refuses_a_changed_text(change: dict[str, Any]) -> None:
    version = create(make_psp())

    with pytest.raises(IntegrityError), transaction.atomic():
        PolicySetVersion.objects.filter(pk=version.pk).update(**change)


def test_the_database_refuses_to_take_an_approval_back_or_over() -> None:
    version = approve(create(make_psp()))
    other = make_person(version.psp, Role.APPROVER)

    for change in ({"approver": other}, {"approver": None, "approved_digest": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicySetVersion.objects.filter(pk=version.pk).update(**change)


def test_the_database_refuses_to_delete_a_version() -> None:
    version = create(make_psp())

    with pytest.raises(IntegrityError), transaction.atomic():
        version.delete()


def test_the_database_refuses_to_activate_what_nobody_approved() -> None:
    version = create(make_psp())

    with pytest.raises(IntegrityError, match="active_only_when_approved"), transaction.atomic():
        PolicySetVersion.objects.filter(pk=version.pk).update(active_from=NOW)


def test_an_approval_names_the_text_that_was_looked_at() -> None:
    version = create(make_psp())

    with pytest.raises(StaleApprovalError, match=version.digest):
        approve_version(
            psp=version.psp,
            ref=version.ref,
            digest="sha256:what-i-looked-at",
            approver=make_person(version.psp, Role.APPROVER),
            now=NOW,
        )


def test_an_approval_is_given_once() -> None:
    version = create(make_psp())
    first = make_person(version.psp, Role.APPROVER)
    approve(version, first)

    with pytest.raises(ConflictError, match="approved already"):
        approve(version)
    version.refresh_from_db()
    assert version.approver == first


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
def test_only_an_approver_approves(role: Role) -> None:
    version = create(make_psp())

    with pytest.raises(RoleTooSmallError, match="approver"):
        approve(version, make_person(version.psp, role))


@pytest.mark.parametrize("role", [Role.INTERNAL_AUDITOR, Role.EXTERNAL_AUDITOR, Role.REGULATOR])
def test_who_only_looks_neither_writes_nor_activates(role: Role) -> None:
    psp = make_psp()
    looking = make_person(psp, role)
    version = approve(create(psp))

    with pytest.raises(RoleTooSmallError):
        create(psp, looking)
    with pytest.raises(RoleTooSmallError):
        activate_version(psp=psp, ref=version.ref, person=looking, active_from=NOW, now=NOW)


def test_people_of_another_psp_have_no_say() -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    version = create(psp)

    with pytest.raises(RoleTooSmallError):
        create(psp, make_person(other))
    with pytest.raises(RoleTooSmallError):
        approve(version, make_person(other, Role.APPROVER))
    with pytest.raises(RoleTooSmallError):
        activate_version(
            psp=psp, ref=approve(version).ref, person=make_person(other), active_from=NOW, now=NOW
        )


def test_a_version_of_another_psp_is_not_found() -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    version = approve(create(psp))
    approver = make_person(other, Role.APPROVER)

    for ref in (version.ref, "pol_unknown"):
        with pytest.raises(NotFoundError, match=f"no policy set version `{ref}`"):
            approve_version(psp=other, ref=ref, digest=version.digest, approver=approver, now=NOW)
        with pytest.raises(NotFoundError, match=f"no policy set version `{ref}`"):
            activate_version(psp=other, ref=ref, person=approver, active_from=NOW, now=NOW)
    with pytest.raises(NotFoundError):
        version_by_digest(other, version.digest)


def test_only_an_approved_version_is_activated() -> None:
    with pytest.raises(StaleApprovalError, match="is not approved"):
        activate(create(make_psp()))


def test_activation_is_never_in_the_past() -> None:
    version = activate(approve(create(make_psp())), NOW - DAY)

    assert version.active_from == NOW


def test_activation_makes_every_process_look_again() -> None:
    version = approve(create(make_psp()))
    before = current_revision()
    activate(version)

    assert current_revision() == before + 1


def test_an_activation_to_come_can_be_moved() -> None:
    version = activate(approve(create(make_psp())), NOW + DAY)

    assert activate(version, NOW + 2 * DAY).active_from == NOW + 2 * DAY


def test_what_was_in_force_is_history() -> None:
    version = activate(approve(create(make_psp())))

    with pytest.raises(ConflictError, match="came into force"):
        activate(version, NOW + DAY, now=NOW + DAY)
    assert version_in_force(version.psp, at=NOW).pk == version.pk


def test_the_version_in_force_is_the_latest_that_was_active_by_then() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    second = activate(approve(create(psp)), NOW + DAY)

    assert version_in_force(psp, at=NOW) == first
    assert version_in_force(psp, at=NOW + DAY - timedelta(microseconds=1)) == first
    assert version_in_force(psp, at=NOW + DAY) == second
    assert version_in_force(psp, at=NOW + 99 * DAY) == second


def test_of_two_activated_at_once_the_later_version_is_in_force() -> None:
    psp = make_psp()
    put_policy_in_force(psp)
    second = activate(approve(create(psp)))

    assert version_in_force(psp, at=NOW) == second


@pytest.mark.parametrize("at", [NOW - DAY, NOW + DAY])
def test_without_an_active_version_none_is_in_force(at: datetime) -> None:
    psp, other = make_psp(), make_psp("Other PSP")
    approve(create(psp))
    put_policy_in_force(other)

    with pytest.raises(NoPolicyInForceError) as caught:
        version_in_force(psp, at=at)
    assert caught.value.at == at


def test_the_versions_from_a_moment_on_are_in_order() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    third = activate(approve(create(psp)), NOW + 3 * DAY)
    second = activate(approve(create(psp)), NOW + DAY)
    approve(create(psp))

    assert versions_from(psp, at=NOW) == [first, second, third]
    assert versions_from(psp, at=NOW + 2 * DAY) == [second, third]
    assert versions_from(psp, at=NOW - DAY) == [first, second, third]
    assert versions_from(make_psp("Other PSP"), at=NOW) == []


def test_the_versions_of_a_period_are_those_in_force_at_some_moment() -> None:
    psp = make_psp()
    first = put_policy_in_force(psp)
    second = activate(approve(create(psp)), NOW + DAY)
    third = activate(approve(create(psp)), NOW + 3 * DAY)

    def between(start: datetime, end: datetime) -> list[PolicySetVersion]:
        return versions_in_force_between(psp, start=start, end=end)

    assert between(NOW - DAY, NOW) == []
    assert between(NOW - DAY, NOW + DAY) == [first]
    assert between(NOW, NOW + 2 * DAY) == [first, second]
    assert between(NOW + DAY, NOW + 3 * DAY) == [second]
    assert between(NOW + 2 * DAY, NOW + 9 * DAY) == [second, third]


def test_a_text_is_found_by_its_digest_the_newest_version_first() -> None:
    psp = make_psp()
    create(psp)
    newest = create(psp)
    create(psp, name="Another text")

    assert version_by_digest(psp, newest.digest) == newest
    with pytest.raises(NotFoundError):
        version_by_digest(psp, "sha256:unknown")


def test_a_text_is_compiled_once() -> None:
    version = create(make_psp())

    assert compiled(version.document) is compiled(version.document)
    assert str(version) == "A policy set 1"
