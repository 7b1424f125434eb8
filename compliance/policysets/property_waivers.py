"""Asks for, approves and revokes waivers of properties; each step is a ledger entry.

Only a waiver lets a version into force of which a blocking property is not proved (product.md,
section 3).
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from compliance.core.errors import NotFoundError
from compliance.core.problems import FieldProblem
from compliance.core.refs import new_ref
from compliance.ledger.staging import stage_json
from compliance.policysets.errors import InvalidWaiverError
from compliance.policysets.models import PropertyWaiver
from compliance.policysets.selectors import version_without_state
from compliance.policysets.standing import standing_of
from compliance.policysets.waiver_terms import (
    problems_of_text,
    problems_of_time,
    require_open,
    require_unrevoked,
)
from compliance.tenants.acting import ACTIVATORS, APPROVERS, WRITERS, actor, require_role
from compliance.tenants.errors import SelfApprovalError
from compliance.tenants.models import Psp, User

_TEXTS: Final = ("reason", "compensating_control")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyWaiverTerms:
    """What is asked for: the property of which version, why, and for how long (180 days at most)."""

    version_ref: str
    property_id: str
    reason: str
    compensating_control: str
    starts_at: datetime
    expires_at: datetime


@transaction.atomic
def request_property_waiver(
    *, psp: Psp, terms: PropertyWaiverTerms, by: User, now: datetime
) -> PropertyWaiver:
    """Ask to set a blocking property aside for a version; nothing follows until it is approved.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if the person is nobody of this PSP who writes policies.
        InvalidWaiverError: if the terms make no sense, or the property does not stand in the way;
            every place is named.
    """
    require_role(psp, by, WRITERS)
    version = version_without_state(psp, terms.version_ref)
    analysis = standing_of(version, now=now).analysis
    problems = list(_problems(terms, now))
    if analysis is None or terms.property_id not in analysis.blocking:
        problems.append(
            FieldProblem("/property_id", "expected a property that the analysis says is blocking")
        )
    if problems:
        raise InvalidWaiverError(problems)
    waiver = PropertyWaiver.objects.create(
        psp=psp,
        ref=new_ref("pwv", now=now),
        version=version,
        property_id=terms.property_id,
        reason=terms.reason,
        compensating_control=terms.compensating_control,
        requested_by=by,
        requested_at=now,
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
    )
    _stage(waiver, "property_waiver_requested", by=by, now=now)
    return waiver


@transaction.atomic
def approve_property_waiver(*, psp: Psp, ref: str, approver: User, now: datetime) -> PropertyWaiver:
    """Approve a waiver that another person asked for.

    Raises:
        NotFoundError: if the PSP has no such waiver.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if they asked for it, or wrote or submitted the version.
        ConflictError: if it is approved, revoked or expired.
    """
    waiver = _locked(psp, ref)
    require_role(psp, approver, APPROVERS)
    version = waiver.version
    if approver.pk in {waiver.requested_by_id, version.author_id, version.submitted_by_id}:
        raise SelfApprovalError
    require_open(waiver, now)
    waiver.approved_by = approver
    waiver.approved_at = now
    waiver.save(update_fields=["approved_by", "approved_at"])
    _stage(waiver, "property_waiver_approved", by=approver, now=now)
    return waiver


@transaction.atomic
def revoke_property_waiver(*, psp: Psp, ref: str, by: User, now: datetime) -> PropertyWaiver:
    """End a waiver, or a request for one, at once.

    What is in force by it stays in force: only a person puts another version in its place.

    Raises:
        NotFoundError: if the PSP has no such waiver.
        RoleTooSmallError: if the person neither asked for it nor is an officer or approver.
        ConflictError: if it is revoked or expired already.
    """
    waiver = _locked(psp, ref)
    require_role(psp, by, WRITERS if waiver.requested_by_id == by.pk else ACTIVATORS)
    require_unrevoked(waiver, now)
    waiver.revoked_by = by
    waiver.revoked_at = now
    waiver.save(update_fields=["revoked_by", "revoked_at"])
    _stage(waiver, "property_waiver_revoked", by=by, now=now)
    return waiver


def _problems(terms: PropertyWaiverTerms, now: datetime) -> Iterator[FieldProblem]:
    """Yield what is wrong with the texts and times."""
    for name in _TEXTS:
        yield from problems_of_text(name, getattr(terms, name), limit=1000, is_needed=True)
    yield from problems_of_time(terms.starts_at, terms.expires_at, now)


def _locked(psp: Psp, ref: str) -> PropertyWaiver:
    """Return the PSP's waiver, locked until the end of the transaction."""
    rows = PropertyWaiver.objects.select_for_update(of=("self",)).select_related("psp", "version")
    waiver = rows.filter(psp=psp, ref=ref).first()
    if waiver is None:
        raise NotFoundError("waiver of a property", ref)
    return waiver


def _stage(waiver: PropertyWaiver, event: str, *, by: User, now: datetime) -> None:
    """Stage the ledger entry of one step; reasons stay out of the ledger."""
    body = {
        "schema": 1,
        "type": event,
        "ref": waiver.ref,
        "version": waiver.version.ref,
        "digest": waiver.version.digest,
        "property": waiver.property_id,
        "starts_at": waiver.starts_at.isoformat(),
        "expires_at": waiver.expires_at.isoformat(),
        **actor(by),
        "at": now.isoformat(),
    }
    stage_json(psp=waiver.psp, kind=event, ref=waiver.ref, body=body, now=now)
