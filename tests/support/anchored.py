"""Has roots trusted, through the real services and by two people."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any

from compliance.evidence.models import TrustAnchor
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.services import add_trust_anchor, approve_trust_anchor
from compliance.tenants.models import Psp, Role
from tests.support.attestation import authority
from tests.support.factories import NOW, make_person


def propose_root(psp: Psp, *, now: datetime = NOW, **changes: Any) -> TrustAnchor:
    """Propose a root, as somebody whom nobody knows else."""
    values: dict[str, Any] = {
        "psp": psp,
        "provider": NAME,
        "pem": authority().root_pem,
        "label": "a root of tests",
        "demonstration": False,
        "now": now,
    } | changes
    if "by" not in values:
        values["by"] = make_person(psp, name="Petra Proposer")
    return add_trust_anchor(**values)


def trust_root(psp: Psp, *, now: datetime = NOW, **changes: Any) -> TrustAnchor:
    """Propose a root and, unless it is known, have another person approve it."""
    anchor = propose_root(psp, now=now, **changes)
    if anchor.is_known:
        return anchor
    return approve_trust_anchor(
        psp=anchor.psp,
        ref=anchor.ref,
        digest=anchor.public_key_digest,
        approver=make_person(psp, Role.APPROVER, name="Alan Approver"),
        now=now,
    )
