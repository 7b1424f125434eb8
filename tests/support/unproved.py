"""Versions of which the solver really refutes a property: the ready policy set without a rule that it needs."""
# SPDX-License-Identifier: Apache-2.0

import json
from datetime import datetime, timedelta
from typing import Any, Final

import yaml
from django.utils import timezone

from compliance.policysets.models import PolicySetVersion, PropertyWaiver
from compliance.policysets.property_waivers import PropertyWaiverTerms, request_property_waiver
from compliance.policysets.proving import produce_analysis
from compliance.policysets.services import create_version, submit_version
from compliance.tenants.models import Psp, User
from policies.packs import load_pack

MISSING: Final = "not-evaluated"
"""The rule without which P5 and P8 do not hold."""


def unproved(*, failing_case: bool = False) -> bytes:
    """Return the balanced policy set without `MISSING`; its cases pass, or one of them fails."""
    document: dict[str, Any] = yaml.safe_load(load_pack("balanced"))
    document["rules"] = [rule for rule in document["rules"] if rule["id"] != MISSING]
    document["tests"] = [case for case in document["tests"] if MISSING not in json.dumps(case)]
    if failing_case:
        document["tests"][0]["expect"]["effect"] = "deny"
    return yaml.safe_dump(document, sort_keys=False).encode()


def submit_and_analyse(
    psp: Psp, author: User, source: bytes | None = None, *, now: datetime
) -> PolicySetVersion:
    """Store a version, submit it, and have it analysed as a worker would."""
    source = unproved() if source is None else source
    version = create_version(psp=psp, source=source, author=author, now=now)
    submit_version(psp=psp, ref=version.ref, person=author, now=now)
    produce_analysis(analysis_id=version.analyses.get().pk, clock=timezone.now)
    version.refresh_from_db()
    return version


def ask_for_property_waiver(
    version: PolicySetVersion, by: User, property_id: str = "P5", *, now: datetime, **changes: Any
) -> PropertyWaiver:
    """Ask for a waiver of a property of the version."""
    known: dict[str, Any] = {
        "version_ref": version.ref,
        "property_id": property_id,
        "reason": "The vendor adds the probe in December.",
        "compensating_control": "Payments over EUR 30 are called back.",
        "starts_at": now,
        "expires_at": now + timedelta(days=30),
    }
    terms = PropertyWaiverTerms(**known | changes)
    return request_property_waiver(psp=version.psp, terms=terms, by=by, now=now)
