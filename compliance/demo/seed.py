"""The demonstration's invented PSP: its people, key, policy set, design, trust anchor and what it sets up."""
# SPDX-License-Identifier: Apache-2.0

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from compliance.demo.people import APPROVER, OFFICER, REGULATOR, Person
from compliance.designs.selectors import design_version_in_force
from compliance.designs.services import (
    activate_design_version,
    approve_design_version,
    submit_design_version,
)
from compliance.evidence.demonstration import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DemonstrationAuthority,
    load_or_create_authority,
)
from compliance.evidence.demonstration.device import BOOT_KEY
from compliance.evidence.selectors import provider_settings_of, trust_anchors_of
from compliance.evidence.services import add_trust_anchor, approve_trust_anchor
from compliance.evidence.setting_up import set_up_provider
from compliance.policysets.analyses import request_analysis
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.proving import produce_analysis
from compliance.policysets.selectors import version_in_force
from compliance.policysets.services import (
    activate_version,
    approve_version,
    create_version,
    submit_version,
)
from compliance.tenants.models import Psp, User
from compliance.tenants.selectors import api_keys_of, demonstration_psp
from compliance.tenants.services import (
    create_api_key,
    create_person,
    create_psp,
    revoke_api_key,
    set_password,
)
from policies.packs import load_pack

_PROVIDER = "android_key_attestation"
_PACK = "balanced"
_DESIGN = "design-demo"
KEY_ATTESTATION: Final = {
    "packages": {PACKAGE: {"certificate_digests": [SIGNATURE_DIGEST.hex()]}},
    "verified_boot_keys": [{"name": "an invented alternative system", "key": BOOT_KEY.hex()}],
}
"""What the demonstration PSP sets up: its app, and the alternative system that it accepts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What the demonstration needs to run and to be shown."""

    psp: Psp
    api_key: str
    password: str
    authority: DemonstrationAuthority


@transaction.atomic
def seed_demonstration(*, keys_dir: Path, now: datetime) -> Seed:
    """Make the demonstration PSP, or find it again; passwords and the API key are new each time."""
    psp = demonstration_psp() or create_psp(
        name="Example PSP (demonstration)",
        country="DE",
        authority="Example Authority",
        demonstration=True,
        now=now,
    )
    password = secrets.token_urlsafe(12)
    officer, approver = (_sign_in(psp, person, password) for person in (OFFICER, APPROVER))
    _sign_in(psp, REGULATOR, password)
    _design_in_force(psp, officer, approver, now)
    _policy_in_force(psp, officer, approver, now)
    authority = load_or_create_authority(keys_dir / "demonstration")
    _trust(psp, authority, officer, approver, now)
    if not provider_settings_of(psp):
        source = json.dumps(KEY_ATTESTATION).encode()
        set_up_provider(psp=psp, provider=_PROVIDER, source=source, set_by="make demo", now=now)
    for old in api_keys_of(psp):
        revoke_api_key(psp=psp, ref=old.ref, now=now)
    scopes = ["decide", "outcomes", "read", "reports"]
    _, api_key = create_api_key(psp=psp, name="demonstration", scopes=scopes, now=now)
    return Seed(psp=psp, api_key=api_key, password=password, authority=authority)


def _sign_in(psp: Psp, person: Person, password: str) -> User:
    """Return the person, with this run's password."""
    user = create_person(
        psp=psp, email=person.email, name=person.name, role=person.role, password=None
    )
    set_password(user=user, password=password)
    return user


def _design_in_force(psp: Psp, author: User, approver: User, now: datetime) -> None:
    """Put the ready design in force, by two people, unless one is."""
    if design_version_in_force(psp, at=now) is not None:
        return
    version = submit_design_version(psp=psp, source=load_pack(_DESIGN), person=author, now=now)
    ref = version.ref
    approve_design_version(psp=psp, ref=ref, digest=version.digest, approver=approver, now=now)
    activate_design_version(psp=psp, ref=ref, person=approver, active_from=now, now=now)


def _trust(
    psp: Psp,
    authority: DemonstrationAuthority,
    officer: User,
    approver: User,
    now: datetime,
) -> None:
    """Trust the root of the invented devices, by two people, unless one is trusted."""
    if trust_anchors_of(psp):
        return
    anchor = add_trust_anchor(
        psp=psp,
        provider=_PROVIDER,
        pem=authority.root_pem,
        label="Ninefold demonstration root (invented devices)",
        demonstration=True,
        by=officer,
        now=now,
    )
    approve_trust_anchor(
        psp=psp, ref=anchor.ref, digest=anchor.public_key_digest, approver=approver, now=now
    )


def _policy_in_force(psp: Psp, author: User, approver: User, now: datetime) -> None:
    """Put the ready policy set in force, analysed and by two people, unless one is."""
    try:
        version_in_force(psp, at=now)
    except NoPolicyInForceError:
        version = create_version(psp=psp, source=load_pack(_PACK), author=author, now=now)
        submit_version(psp=psp, ref=version.ref, person=author, now=now)
        analysis = request_analysis(version=version, now=now)
        produce_analysis(analysis_id=analysis.pk, clock=lambda: now)
        approve_version(psp=psp, ref=version.ref, digest=version.digest, approver=approver, now=now)
        activate_version(psp=psp, ref=version.ref, person=approver, active_from=now, now=now)
