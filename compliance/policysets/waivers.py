"""Asks for, approves and revokes waivers of rules; each step is a ledger entry."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.problems import FieldProblem
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.ledger.staging import stage_json
from compliance.policysets.errors import InvalidWaiverError
from compliance.policysets.models import Waiver
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import versions_from
from compliance.policysets.waiver_terms import (
    problems_of_text,
    problems_of_time,
    require_open,
    require_unrevoked,
)
from compliance.tenants.acting import ACTIVATORS, APPROVERS, WRITERS, actor, require_role
from compliance.tenants.errors import SelfApprovalError
from compliance.tenants.models import ApiKey, Psp, User
from policies.vocabulary.attributes import version_key

_LIMITS: Final[Mapping[str, int]] = {
    "rule_id": 64,
    "app_version": 32,
    "device_model": 64,
    "channel": 64,
    "reason": 1000,
    "compensating_control": 1000,
}
_SCOPE: Final = ("app_version", "device_model", "channel")
_NEEDED: Final = ("rule_id", "reason", "compensating_control")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverTerms:
    """What is asked for: the rule, the scope (empty fits everything), why, and for how long."""

    rule_id: str
    reason: str
    compensating_control: str
    starts_at: datetime
    expires_at: datetime
    app_version: str = ""
    device_model: str = ""
    channel: str = ""


@transaction.atomic
def request_waiver(*, psp: Psp, terms: WaiverTerms, by: User | ApiKey, now: datetime) -> Waiver:
    """Ask for a waiver; it does nothing until another person approves it.

    What an API key asks for, a person has to take over first: a key answers for nothing.

    Raises:
        InvalidWaiverError: if the terms make no sense; every place is named.
        RoleTooSmallError: if the person is nobody of this PSP who writes policies.
    """
    if isinstance(by, User):
        require_role(psp, by, WRITERS)
    problems = list(_problems(psp, terms, now))
    if problems:
        raise InvalidWaiverError(problems)
    waiver = Waiver.objects.create(
        psp=psp,
        ref=new_ref("wai", now=now),
        rule_id=terms.rule_id,
        app_version=terms.app_version,
        device_model=terms.device_model,
        channel=terms.channel,
        reason=terms.reason,
        compensating_control=terms.compensating_control,
        requested_by=by if isinstance(by, User) else None,
        requested_key=by if isinstance(by, ApiKey) else None,
        requested_at=now,
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
    )
    _stage(waiver, "waiver_requested", by=by, now=now, **_scope(waiver))
    return waiver


@transaction.atomic
def take_over_waiver(*, psp: Psp, ref: str, person: User, now: datetime) -> Waiver:
    """Answer from now on, as a person, for a waiver that an API key asked for.

    Raises:
        NotFoundError: if the PSP has no such waiver.
        RoleTooSmallError: if the person is nobody of this PSP who writes policies.
        ConflictError: if somebody answers for it already, or it is revoked.
    """
    waiver = _locked(psp, ref)
    require_role(psp, person, WRITERS)
    if waiver.requested_by_id is not None:
        raise ConflictError("somebody answers for this waiver already")
    require_open(waiver, now)
    waiver.requested_by = person
    waiver.save(update_fields=["requested_by"])
    _stage(waiver, "waiver_taken_over", by=person, now=now)
    return waiver


@transaction.atomic
def approve_waiver(*, psp: Psp, ref: str, approver: User, now: datetime) -> Waiver:
    """Approve a waiver that another person asked for; it applies from its start, within a second.

    Raises:
        NotFoundError: if the PSP has no such waiver.
        RoleTooSmallError: if the approver is nobody of this PSP who approves.
        SelfApprovalError: if they asked for it.
        ConflictError: if it is approved, revoked or expired, or no person answers for it.
    """
    waiver = _locked(psp, ref)
    require_role(psp, approver, APPROVERS)
    if waiver.requested_by_id == approver.pk:
        raise SelfApprovalError
    require_open(waiver, now)
    if waiver.requested_by_id is None:
        raise ConflictError("a key asked for this waiver: a person has to take it over first")
    waiver.approved_by = approver
    waiver.approved_at = now
    waiver.save(update_fields=["approved_by", "approved_at"])
    _stage(waiver, "waiver_approved", by=approver, now=now, **_scope(waiver))
    bump_revision()
    return waiver


@transaction.atomic
def revoke_waiver(*, psp: Psp, ref: str, by: User | ApiKey, now: datetime) -> Waiver:
    """End a waiver, or a request for one, at once; only stricter decisions come of it.

    Raises:
        NotFoundError: if the PSP has no such waiver.
        RoleTooSmallError: if the person neither asked for it nor is an officer or approver.
        ConflictError: if it is revoked or expired already.
    """
    waiver = _locked(psp, ref)
    if isinstance(by, User):
        require_role(psp, by, WRITERS if waiver.requested_by_id == by.pk else ACTIVATORS)
    require_unrevoked(waiver, now)
    waiver.revoked_by = by if isinstance(by, User) else None
    waiver.revoked_key = by if isinstance(by, ApiKey) else None
    waiver.revoked_at = now
    waiver.save(update_fields=["revoked_by", "revoked_key", "revoked_at"])
    _stage(waiver, "waiver_revoked", by=by, now=now)
    bump_revision()
    return waiver


def _problems(psp: Psp, terms: WaiverTerms, now: datetime) -> Iterator[FieldProblem]:
    """Yield what is wrong with the terms."""
    for name, limit in _LIMITS.items():
        text: str = getattr(terms, name)
        yield from problems_of_text(name, text, limit=limit, is_needed=name in _NEEDED)
    if not any(getattr(terms, name) for name in _SCOPE):
        yield FieldProblem(
            "",
            "expected an app version, a device model or a channel: a rule is not waived at large",
        )
    if terms.app_version and version_key(terms.app_version) is None:
        yield FieldProblem("/app_version", "expected a version such as 7.3.1")
    yield from problems_of_time(terms.starts_at, terms.expires_at, now)
    known = {
        rule.id
        for version in versions_from(psp, at=now)
        for rule in compiled(version.document).policy_set.rules
    }
    if terms.rule_id not in known:
        yield FieldProblem("/rule_id", "no rule of the policy set in force has this id")


def _locked(psp: Psp, ref: str) -> Waiver:
    """Return the PSP's waiver, locked until the end of the transaction."""
    waiver = Waiver.objects.select_for_update().filter(psp=psp, ref=ref).first()
    if waiver is None:
        raise NotFoundError("waiver", ref)
    return waiver


def _scope(waiver: Waiver) -> dict[str, Any]:
    """Return what a waiver sets aside, where and for how long; reasons stay out of the ledger."""
    return {
        "rule": waiver.rule_id,
        **{name: getattr(waiver, name) for name in _SCOPE},
        "starts_at": waiver.starts_at.isoformat(),
        "expires_at": waiver.expires_at.isoformat(),
    }


def _stage(waiver: Waiver, event: str, *, by: User | ApiKey, now: datetime, **more: str) -> None:
    """Stage the ledger entry of one step."""
    body = {"schema": 1, "type": event, "ref": waiver.ref, **actor(by), "at": now.isoformat()}
    stage_json(psp=waiver.psp, kind=event, ref=waiver.ref, body=body | more, now=now)
