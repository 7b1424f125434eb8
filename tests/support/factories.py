"""Makes what a test is not about, through the real services."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from compliance.designs.models import DesignVersion
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    submit_design_version,
)
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    submit_version,
)
from compliance.tenants.models import Psp, Role, User
from compliance.tenants.services import create_api_key, create_person, create_psp
from policies.packs import load_pack
from tests.support.analysed import mark_analysed

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
PASSWORD = "correct horse battery"
ALL_SCOPES = ("decide", "outcomes", "read", "reports")
_numbers = count(1)


def make_psp(name: str = "Example PSP", *, now: datetime = NOW, demonstration: bool = False) -> Psp:
    return create_psp(
        name=name,
        country="DE",
        authority="Example Authority",
        now=now,
        demonstration=demonstration,
    )


def make_person(psp: Psp, role: Role = Role.OFFICER, *, name: str = "Olivia Officer") -> User:
    email = f"person-{next(_numbers)}@psp.example"
    return create_person(psp=psp, email=email, name=name, role=role, password=PASSWORD)


def make_api_key(
    psp: Psp, scopes: Sequence[str] = ALL_SCOPES, *, expires_at: datetime | None = None
) -> str:
    _row, key = create_api_key(psp=psp, name="test", scopes=scopes, now=NOW, expires_at=expires_at)
    return key


def put_policy_in_force(
    psp: Psp, source: bytes | None = None, *, now: datetime = NOW
) -> PolicySetVersion:
    author = make_person(psp, name="Anna Author")
    approver = make_person(psp, Role.APPROVER, name="Adam Approver")
    source = load_pack("balanced") if source is None else source
    version = create_version(psp=psp, source=source, author=author, now=now)
    submit_version(psp=psp, ref=version.ref, person=author, now=now)
    mark_analysed(version, now=now)
    approve_version(psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now)
    return activate_version(psp=psp, ref=version.ref, person=approver, active_from=now, now=now)


def put_design_in_force(
    psp: Psp, source: bytes | None = None, *, now: datetime = NOW
) -> DesignVersion:
    version = submit_design(psp, source, now=now)
    return activate_design(version, now=now)


def submit_design(psp: Psp, source: bytes | None = None, *, now: datetime = NOW) -> DesignVersion:
    author = make_person(psp, name="Anna Author")
    source = load_pack("design-demo") if source is None else source
    return submit_design_version(psp=psp, source=source, person=author, now=now)


def activate_design(version: DesignVersion, *, now: datetime = NOW) -> DesignVersion:
    """Approve a version that was submitted, and put it in force, by one other person."""
    psp = version.psp
    approver = make_person(psp, Role.APPROVER, name="Adam Approver")
    approve_design_version(
        psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now
    )
    return activate_design_version(
        psp=psp, ref=version.ref, person=approver, active_from=now, now=now
    ).version


def decision_body(**changes: Any) -> dict[str, Any]:
    """Return the body of `POST /v1/decisions` for a phone whose protection found nothing."""
    body: dict[str, Any] = {
        "transaction": {"ref": "tx-81723", "channel": "mobile-app", "method": "app-pin-push"},
        "subject": {"payer_ref": "c-5501", "device_ref": "d-9f8e"},
        "device": {
            "platform": "android",
            "os_version": "14",
            "model": "Pixel 8a",
            "app_version": "7.3.1",
        },
        "elements": ["knowledge", "possession"],
        "environment": {
            "class": "tee",
            "delivery": "just_in_time",
            "packaging": "library",
            "uniqueness": "transaction",
        },
        "attributes": {"amount_eur": "29.90", "payee_known": True, "purpose": "payment"},
        "evidence": [
            {
                "provider": "freerasp",
                "mode": "reported",
                "payload": {
                    "platform": "android",
                    "threats": [],
                    "all_checks_finished": True,
                },
                "observed_at": "2026-11-23T10:15:04Z",
            }
        ],
    }
    return body | changes
