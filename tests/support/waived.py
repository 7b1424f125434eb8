"""Puts waivers in force, through the real services and by two people."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Any

from compliance.policysets.models import PolicySetVersion, PropertyWaiver, Waiver
from compliance.policysets.property_waivers import (
    PropertyWaiverTerms,
    approve_property_waiver,
    request_property_waiver,
)
from compliance.policysets.waivers import WaiverTerms, approve_waiver, request_waiver
from compliance.tenants.models import Psp, Role, User
from tests.support.factories import NOW, make_person


def waiver_terms(*, now: datetime = NOW, **changes: Any) -> WaiverTerms:
    """Return terms for the ready policy set: the app that reports every phone as rooted."""
    known: dict[str, Any] = {
        "rule_id": "rooted",
        "reason": "The vendor's update reports every phone as rooted.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "starts_at": now,
        "expires_at": now + timedelta(days=30),
        "app_version": "7.3.1",
    }
    return WaiverTerms(**known | changes)


def ask_for_waiver(
    psp: Psp, person: User | None = None, *, now: datetime = NOW, **changes: Any
) -> Waiver:
    """Ask for a waiver, as somebody whom nobody knows else."""
    by = person or make_person(psp, name="Paul Petitioner")
    return request_waiver(psp=psp, terms=waiver_terms(now=now, **changes), by=by, now=now)


def put_waiver_in_force(psp: Psp, *, now: datetime = NOW, **changes: Any) -> Waiver:
    """Ask for a waiver and have another person approve it."""
    waiver = ask_for_waiver(psp, now=now, **changes)
    approver = make_person(psp, Role.APPROVER, name="Adam Approver")
    return approve_waiver(psp=psp, ref=waiver.ref, approver=approver, now=now)


def property_terms(
    version: PolicySetVersion,
    property_id: str,
    *,
    now: datetime = NOW,
    expires_at: datetime | None = None,
) -> PropertyWaiverTerms:
    """Return terms for a property of the version: 30 days unless said otherwise."""
    return PropertyWaiverTerms(
        version_ref=version.ref,
        property_id=property_id,
        reason="The vendor delivers the finding next month.",
        compensating_control="Every payment is called back.",
        starts_at=now,
        expires_at=now + timedelta(days=30) if expires_at is None else expires_at,
    )


def waive_property(
    version: PolicySetVersion,
    property_id: str,
    *,
    now: datetime = NOW,
    expires_at: datetime | None = None,
) -> PropertyWaiver:
    """Ask to set a blocking property of the version aside, and have another person approve it."""
    psp = version.psp
    terms = property_terms(version, property_id, now=now, expires_at=expires_at)
    by = make_person(psp, name="Paul Petitioner")
    waiver = request_property_waiver(psp=psp, terms=terms, by=by, now=now)
    approver = make_person(psp, Role.APPROVER, name="Adam Approver")
    return approve_property_waiver(psp=psp, ref=waiver.ref, approver=approver, now=now)


def ask_for_property_waiver(
    version: PolicySetVersion, person: User | None = None, *, now: datetime = NOW, **changes: Any
) -> PropertyWaiver:
    """Ask for a waiver of P2, which an analysis of the version has to call blocking."""
    known: dict[str, Any] = {
        "version_ref": version.ref,
        "property_id": "P2",
        "reason": "The vendor delivers the finding next month.",
        "compensating_control": "Every payment is called back.",
        "starts_at": now,
        "expires_at": now + timedelta(days=30),
    }
    psp = version.psp
    by = person or make_person(psp, name="Paula Petitioner")
    terms = PropertyWaiverTerms(**known | changes)
    return request_property_waiver(psp=psp, terms=terms, by=by, now=now)


def put_property_waiver_in_force(
    version: PolicySetVersion, *, now: datetime = NOW, **changes: Any
) -> PropertyWaiver:
    """Ask for a waiver of P2 and have another person approve it."""
    waiver = ask_for_property_waiver(version, now=now, **changes)
    approver = make_person(version.psp, Role.APPROVER, name="Alma Approver")
    return approve_property_waiver(psp=version.psp, ref=waiver.ref, approver=approver, now=now)
