"""Whether a PSP has raw evidence kept, and of which providers. Off until it says so."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from compliance.core.problems import FieldProblem
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.decisions.errors import InvalidKeepingError
from compliance.decisions.models import EvidenceKeeping
from compliance.decisions.presentation import rfc3339
from compliance.evidence.data_keys import key_check, load_wrapping_key, make_wrapping_key
from compliance.evidence.providers import PROVIDERS
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor, locked_psp, require_role
from compliance.tenants.models import Psp, Role, User

SETTERS: Final = (Role.OFFICER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Of which providers raw evidence is kept, and the key that wraps the data keys."""

    providers: frozenset[str]
    wrapping_key: bytes

    def __repr__(self) -> str:
        """Return what may be shown: the key may not."""
        return f"Keeping({sorted(self.providers)})"


@transaction.atomic
def set_evidence_keeping(
    *, psp: Psp, providers: Collection[str], by: User, now: datetime
) -> EvidenceKeeping:
    """Say of which providers the raw evidence of decisions is kept from now on; none: of no one.

    With it comes back into the database what is otherwise dropped before storage: whatever the
    evidence says of a phone and its owner, encrypted. What was kept before stays until it is erased.

    Raises:
        InvalidKeepingError: if there is no such provider.
        VaultError: if the PSP's wrapping key is not the one that it was.
        RoleTooSmallError: if the person may not say so.
    """
    require_role(psp, by, SETTERS)
    unknown = sorted(set(providers) - set(PROVIDERS))
    if unknown:
        known = ", ".join(sorted(PROVIDERS))
        detail = f"no provider `{unknown[0][:64]}`: expected some of {known}"
        raise InvalidKeepingError(detail, [FieldProblem("/providers", detail)])
    locked_psp(psp)
    check = _key_check(psp) or (key_check(make_wrapping_key(psp.ref), psp.ref) if providers else "")
    ref, listed = new_ref("kep", now=now), sorted(set(providers))
    body = {
        "schema": 1,
        "type": "evidence_keeping_changed",
        "ref": ref,
        "providers": listed,
        **actor(by),
        "at": rfc3339(now),
    }
    hashed = stage_json(psp=psp, kind="evidence_keeping_changed", ref=ref, body=body, now=now)
    bump_revision()
    return EvidenceKeeping.objects.create(
        psp=psp,
        ref=ref,
        providers=listed,
        key_check=check,
        set_by=by.email,
        set_at=now,
        leaf_hash=hashed,
    )


def evidence_keeping(psp: Psp) -> EvidenceKeeping | None:
    """Return what the PSP said last; None if it never said anything."""
    return EvidenceKeeping.objects.filter(psp=psp).order_by("-pk").first()


def load_keeping(psp: Psp) -> Keeping | None:
    """Return what is kept of the PSP's decisions, with its key; None if nothing is.

    Raises:
        VaultError: if the wrapping key is not the one that it was.
    """
    newest = evidence_keeping(psp)
    if newest is None or not newest.providers:
        return None
    key = load_wrapping_key(psp.ref, check=newest.key_check)
    return Keeping(frozenset(newest.providers), key)


def _key_check(psp: Psp) -> str:
    """Return by what the PSP's wrapping key is known, once it is seen to be that one; empty before."""
    newest = evidence_keeping(psp)
    if newest is None or not newest.key_check:
        return ""
    load_wrapping_key(psp.ref, check=newest.key_check)
    return newest.key_check
