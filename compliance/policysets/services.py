"""Stores, approves and activates versions of a policy set; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.ledger.staging import stage_json
from compliance.policysets.errors import SelfApprovalError, StaleApprovalError
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import Membership, Psp, Role, User
from policies.documents import digest_of, read_policy_set, write_policy_set

WRITERS: Final = (Role.OFFICER, Role.ENGINEER, Role.APPROVER)
APPROVERS: Final = (Role.APPROVER,)
ACTIVATORS: Final = (Role.OFFICER, Role.APPROVER)


@transaction.atomic
def create_version(*, psp: Psp, source: bytes, author: User, now: datetime) -> PolicySetVersion:
    """Store the document `source` (JSON or YAML, at most 1 MB) as the PSP's next version.

    Raises:
        PolicyDocumentError: if the document is not a valid policy set.
        RoleTooSmallError: if the author is nobody of this PSP who writes policies.
    """
    _require_role(psp, author, WRITERS)
    policy_set = read_policy_set(source)
    # One at a time for a PSP, so that two versions never ask for one number.
    Psp.objects.select_for_update(no_key=True).get(pk=psp.pk)
    last = PolicySetVersion.objects.filter(psp=psp).aggregate(last=Max("number"))["last"] or 0
    version = PolicySetVersion.objects.create(
        psp=psp,
        ref=new_ref("pol", now=now),
        number=last + 1,
        name=policy_set.name,
        document=write_policy_set(policy_set).decode(),
        source=source.decode("utf-8-sig"),
        digest=digest_of(policy_set),
        author=author,
        created_at=now,
    )
    _stage(version, "policy_created", person=author, now=now)
    return version


@transaction.atomic
def approve_version(
    *, psp: Psp, ref: str, digest: str, approver: User, now: datetime
) -> PolicySetVersion:
    """Approve the text `digest` of version `ref`, once; the database refuses its author too.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if the approver wrote the version.
        StaleApprovalError: if the version's text is another one than was looked at.
        ConflictError: if it is approved already.
    """
    version = _locked_version(psp, ref)
    _require_role(psp, approver, APPROVERS)
    if version.author_id == approver.pk:
        raise SelfApprovalError
    if version.digest != digest:
        raise StaleApprovalError(f"version {version.number} has digest `{version.digest}`")
    if version.approver_id is not None:
        raise ConflictError(f"version {version.number} is approved already")
    version.approver = approver
    version.approved_at = now
    version.approved_digest = digest
    version.save(update_fields=["approver", "approved_at", "approved_digest"])
    _stage(version, "policy_approved", person=approver, now=now)
    return version


@transaction.atomic
def activate_version(
    *, psp: Psp, ref: str, person: User, active_from: datetime, now: datetime
) -> PolicySetVersion:
    """Put an approved version in force from `active_from` on (UTC, not before `now`).

    Until that moment comes it can be moved; afterwards it is history, and to return to an
    earlier text is to import it again.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who activates.
        StaleApprovalError: if the version is not approved.
        ConflictError: if it was in force already.
    """
    version = _locked_version(psp, ref)
    _require_role(psp, person, ACTIVATORS)
    if version.approver_id is None:
        raise StaleApprovalError(f"version {version.number} is not approved")
    if version.active_from is not None and version.active_from <= now:
        since = version.active_from.isoformat()
        raise ConflictError(f"version {version.number} came into force at {since}")
    version.active_from = max(active_from, now)
    version.save(update_fields=["active_from"])
    _stage(version, "policy_activated", person=person, now=now)
    bump_revision()
    return version


def _locked_version(psp: Psp, ref: str) -> PolicySetVersion:
    """Return the PSP's version, locked until the end of the transaction."""
    version = PolicySetVersion.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if version is None:
        raise NotFoundError("policy set version", ref)
    return version


def _require_role(psp: Psp, person: User, roles: tuple[Role, ...]) -> None:
    """Check that the person has one of the roles at this very PSP."""
    if not Membership.objects.filter(psp=psp, user=person, role__in=roles).exists():
        raise RoleTooSmallError(needed=roles)


def _stage(version: PolicySetVersion, event: str, *, person: User, now: datetime) -> None:
    """Stage the ledger entry of one step; people are named by their number, not by name."""
    body = {
        "schema": 1,
        "type": event,
        "ref": version.ref,
        "number": version.number,
        "digest": version.digest,
        "person": person.pk,
        "at": now.isoformat(),
    }
    if version.active_from is not None:
        body["active_from"] = version.active_from.isoformat()
    stage_json(psp=version.psp, kind=event, ref=version.ref, body=body, now=now)
