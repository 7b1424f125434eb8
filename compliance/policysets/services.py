"""Stores, submits and approves versions of a policy set; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.policysets.activating import activate_version, retire_version, withdraw_activation
from compliance.policysets.analyses import request_analysis
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.standing import require_analysed
from compliance.policysets.steps import locked_version, stage_step
from compliance.tenants.acting import APPROVERS, WRITERS, locked_psp, require_role
from compliance.tenants.errors import SelfApprovalError, StaleApprovalError
from compliance.tenants.models import ApiKey, Psp, Role, User
from policies.documents import digest_of, read_policy_set, write_policy_set

__all__ = [
    "activate_version",
    "approve_version",
    "create_version",
    "draft_version",
    "retire_version",
    "submit_version",
    "withdraw_activation",
    "withdraw_submission",
]

_OFFICERS: Final = (Role.OFFICER,)


@transaction.atomic
def create_version(*, psp: Psp, source: bytes, author: User, now: datetime) -> PolicySetVersion:
    """Store the document `source` (JSON or YAML, at most 1 MB) as the PSP's next draft.

    Raises:
        PolicyDocumentError: if the document is not a valid policy set.
        RoleTooSmallError: if the author is nobody of this PSP who writes policies.
    """
    require_role(psp, author, WRITERS)
    version = _stored(psp, source, now=now, author=author)
    stage_step(version, "policy_created", by=author, now=now)
    return version


@transaction.atomic
def draft_version(*, psp: Psp, source: bytes, key: ApiKey, now: datetime) -> PolicySetVersion:
    """Store the document `source` as a draft that an API key of the PSP sent.

    A key is nobody: a person has to submit the draft, and answers for it from then on.

    Raises:
        PolicyDocumentError: if the document is not a valid policy set.
    """
    version = _stored(psp, source, now=now, author_key=key)
    stage_step(version, "policy_created", by=key, now=now)
    return version


@transaction.atomic
def submit_version(*, psp: Psp, ref: str, person: User, now: datetime) -> PolicySetVersion:
    """Submit a draft for approval: its author does, or an officer; what a key wrote, any writer.

    It is to be analysed first: the caller enqueues the newest of `version.analyses`.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is neither.
        ConflictError: if it is no draft any more.
    """
    version = locked_version(psp, ref)
    is_theirs = version.author_id in {person.pk, None}
    require_role(psp, person, WRITERS if is_theirs else _OFFICERS)
    _require_open(version)
    if version.submitted_at is not None:
        raise ConflictError(f"version {version.number} is submitted already")
    version.submitted_by = person
    version.submitted_at = now
    version.save(update_fields=["submitted_by", "submitted_at"])
    stage_step(version, "policy_submitted", by=person, now=now)
    request_analysis(version=version, now=now)
    return version


@transaction.atomic
def withdraw_submission(*, psp: Psp, ref: str, person: User, now: datetime) -> PolicySetVersion:
    """Make a submitted version a draft again: its author, who submitted it, or an officer does.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is none of these.
        ConflictError: if it is not waiting for an approval.
    """
    version = locked_version(psp, ref)
    is_theirs = person.pk in {version.author_id, version.submitted_by_id}
    require_role(psp, person, WRITERS if is_theirs else _OFFICERS)
    _require_open(version)
    if version.submitted_at is None:
        raise ConflictError(f"version {version.number} is not submitted")
    version.submitted_by = None
    version.submitted_at = None
    version.save(update_fields=["submitted_by", "submitted_at"])
    stage_step(version, "policy_withdrawn", by=person, now=now)
    return version


@transaction.atomic
def approve_version(
    *,
    psp: Psp,
    ref: str,
    digest: str,
    approver: User,
    now: datetime,
) -> PolicySetVersion:
    """Approve the submitted and analysed text `digest` of version `ref`, once.

    The approval is of the text under the authentication design in force, and stale once another one
    is. The database refuses the author, and who submitted it, as well.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if the approver wrote or submitted the version.
        StaleApprovalError: if the version's text is another one than was looked at.
        ConflictError: if it is not submitted, or approved or retired already.
        NotAnalysedError: if no analysis answers for how things stand, so that nobody can have seen it.
    """
    version = locked_version(psp, ref)
    require_role(psp, approver, APPROVERS)
    if approver.pk in {version.author_id, version.submitted_by_id}:
        raise SelfApprovalError
    if version.digest != digest:
        raise StaleApprovalError(f"version {version.number} has digest `{version.digest}`")
    _require_open(version)
    if version.submitted_at is None:
        raise ConflictError(f"version {version.number} is not submitted")
    analysis = require_analysed(version, now=now)
    version.approver = approver
    version.approved_at = now
    version.approved_digest = digest
    version.approved_design_digest = analysis.design_digest
    version.save(
        update_fields=["approver", "approved_at", "approved_digest", "approved_design_digest"]
    )
    stage_step(
        version,
        "policy_approved",
        by=approver,
        now=now,
        design=analysis.design_digest,
        analysis=analysis.ref,
    )
    return version


def _stored(
    psp: Psp,
    source: bytes,
    *,
    now: datetime,
    author: User | None = None,
    author_key: ApiKey | None = None,
) -> PolicySetVersion:
    """Store the document as the PSP's next version."""
    policy_set = read_policy_set(source)
    locked_psp(psp)
    last = PolicySetVersion.objects.filter(psp=psp).aggregate(last=Max("number"))["last"] or 0
    return PolicySetVersion.objects.create(
        psp=psp,
        ref=new_ref("pol", now=now),
        number=last + 1,
        name=policy_set.name,
        document=write_policy_set(policy_set).decode(),
        source=source.decode("utf-8-sig"),
        digest=digest_of(policy_set),
        author=author,
        author_key=author_key,
        created_at=now,
    )


def _require_open(version: PolicySetVersion) -> None:
    """Check that the version is neither approved nor retired yet."""
    if version.approver_id is not None:
        raise ConflictError(f"version {version.number} is approved already")
    if version.retired_at is not None:
        raise ConflictError(f"version {version.number} is retired")
