"""Drafts, submits, approves and refuses versions of authentication designs; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.designs.activating import (
    activate_design_version,
    withdraw_design_activation,
)
from compliance.designs.models import DesignVersion
from compliance.designs.selectors import design_digest_in_force
from compliance.designs.steps import locked_design_version, stage_design_step
from compliance.tenants.acting import APPROVERS, WRITERS, locked_psp, require_role
from compliance.tenants.errors import SelfApprovalError, StaleApprovalError
from compliance.tenants.models import ApiKey, Psp, Role, User
from policies.documents import digest_of_designs, read_designs, write_designs

__all__ = [
    "activate_design_version",
    "approve_design_version",
    "draft_design_version",
    "refuse_design_version",
    "submit_design_version",
    "take_over_design_version",
    "withdraw_design_activation",
    "withdraw_design_version",
]

_OFFICERS: Final = (Role.OFFICER,)


@transaction.atomic
def submit_design_version(*, psp: Psp, source: bytes, person: User, now: datetime) -> DesignVersion:
    """Store the document `source` (JSON or YAML) as the PSP's next version, submitted for approval.

    Raises:
        DesignDocumentError: if the document is not a valid set of designs.
        RoleTooSmallError: if the person is nobody of this PSP who writes policies.
    """
    require_role(psp, person, WRITERS)
    version = _stored(psp, source, now=now, author=person)
    stage_design_step(version, "design_submitted", by=person, now=now)
    return version


@transaction.atomic
def draft_design_version(*, psp: Psp, source: bytes, key: ApiKey, now: datetime) -> DesignVersion:
    """Store the document `source` as a draft that an API key of the PSP sent.

    A key is nobody: a person has to take the draft over, and answers for it from then on.

    Raises:
        DesignDocumentError: if the document is not a valid set of designs.
    """
    version = _stored(psp, source, now=now, author_key=key)
    stage_design_step(version, "design_drafted", by=key, now=now)
    return version


@transaction.atomic
def take_over_design_version(*, psp: Psp, ref: str, person: User, now: datetime) -> DesignVersion:
    """Submit, as a person who answers for it, what an API key drafted.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who writes policies.
        ConflictError: if it is no draft any more.
    """
    version = locked_design_version(psp, ref)
    require_role(psp, person, WRITERS)
    _require_open(version)
    if version.submitted_at is not None:
        raise ConflictError(f"version {version.number} of the design is submitted already")
    version.submitted_by = person
    version.submitted_at = now
    version.save(update_fields=["submitted_by", "submitted_at"])
    stage_design_step(version, "design_submitted", by=person, now=now)
    return version


@transaction.atomic
def approve_design_version(
    *, psp: Psp, ref: str, digest: str, approver: User, now: datetime
) -> DesignVersion:
    """Approve the submitted text `digest` of version `ref`, once.

    The database refuses the author, and who submitted it, as well.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if the approver wrote or submitted the version.
        StaleApprovalError: if the version's text is another one than was looked at.
        ConflictError: if it does not wait for an approval.
    """
    version = _locked_for_approval(psp, ref, approver)
    if version.digest != digest:
        raise StaleApprovalError(
            f"version {version.number} of the design has digest `{version.digest}`"
        )
    version.approver = approver
    version.approved_at = now
    version.approved_digest = digest
    version.save(update_fields=["approver", "approved_at", "approved_digest"])
    # The difference that the approver was shown is against this one.
    compared = design_digest_in_force(psp, at=now)
    stage_design_step(version, "design_approved", by=approver, now=now, compared=compared)
    return version


@transaction.atomic
def refuse_design_version(
    *, psp: Psp, ref: str, reason: str, approver: User, now: datetime
) -> DesignVersion:
    """Refuse a submitted version for good, with the reason (at most 1,000 characters).

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if they wrote or submitted the version: then they withdraw it.
        ConflictError: if it does not wait for an approval, or the reason is blank or too long.
    """
    version = _locked_for_approval(psp, ref, approver)
    if not 0 < len(reason.strip()) <= 1000:
        raise ConflictError("a refusal needs a reason of at most 1000 characters")
    version.refused_by = approver
    version.refused_at = now
    version.refusal = reason.strip()
    version.save(update_fields=["refused_by", "refused_at", "refusal"])
    stage_design_step(version, "design_refused", by=approver, now=now)
    return version


@transaction.atomic
def withdraw_design_version(*, psp: Psp, ref: str, person: User, now: datetime) -> DesignVersion:
    """Take back for good a version that was never in force and is not scheduled.

    Its author does, or who submitted it, or an officer; what a key drafted, any writer.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is none of these.
        ConflictError: if it is refused or withdrawn, scheduled, or was in force.
    """
    locked_psp(psp)
    version = locked_design_version(psp, ref)
    is_draft = version.submitted_at is None and version.author_id is None
    is_theirs = is_draft or person.pk in {version.author_id, version.submitted_by_id}
    require_role(psp, person, WRITERS if is_theirs else _OFFICERS)
    if version.refused_at is not None or version.withdrawn_at is not None:
        raise ConflictError(f"version {version.number} of the design is refused or withdrawn")
    if version.activations.filter(withdrawn_at=None).exists():
        raise ConflictError(f"version {version.number} of the design is scheduled or was in force")
    version.withdrawn_by = person
    version.withdrawn_at = now
    version.save(update_fields=["withdrawn_by", "withdrawn_at"])
    stage_design_step(version, "design_withdrawn", by=person, now=now)
    return version


def _stored(
    psp: Psp,
    source: bytes,
    *,
    now: datetime,
    author: User | None = None,
    author_key: ApiKey | None = None,
) -> DesignVersion:
    """Store the document as the PSP's next version, submitted if a person wrote it."""
    designs = read_designs(source)
    # One at a time for a PSP, so that two versions never ask for one number.
    locked_psp(psp)
    last = DesignVersion.objects.filter(psp=psp).aggregate(last=Max("number"))["last"] or 0
    return DesignVersion.objects.create(
        psp=psp,
        ref=new_ref("des", now=now),
        number=last + 1,
        name=designs.name,
        document=write_designs(designs).decode(),
        source=source.decode("utf-8-sig"),
        digest=digest_of_designs(designs),
        author=author,
        author_key=author_key,
        created_at=now,
        submitted_by=author,
        submitted_at=None if author is None else now,
    )


def _locked_for_approval(psp: Psp, ref: str, approver: User) -> DesignVersion:
    """Return the version if it waits for an approval and this person may give or refuse it."""
    version = locked_design_version(psp, ref)
    require_role(psp, approver, APPROVERS)
    if approver.pk in {version.author_id, version.submitted_by_id}:
        raise SelfApprovalError
    _require_open(version)
    if version.submitted_at is None:
        raise ConflictError(f"version {version.number} of the design is not submitted")
    return version


def _require_open(version: DesignVersion) -> None:
    """Check that nothing is decided about the version yet.

    One from before there were approvals was never submitted, and was in force: nothing is open.
    """
    if not version.is_open:
        raise ConflictError(
            f"version {version.number} of the design is approved, refused or withdrawn already"
        )
    if version.author_id is None and version.author_key_id is None:
        raise ConflictError(
            f"version {version.number} of the design is older than approvals: submit its text anew"
        )
