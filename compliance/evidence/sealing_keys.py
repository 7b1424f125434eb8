"""Registers, lists and retires the public keys that a PSP has input sealed to."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction

from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.evidence.errors import InvalidSealingKeyError
from compliance.evidence.models import SealingKey
from compliance.evidence.public_keys import (
    CONTENT,
    PublicKeyError,
    SealingPublicKey,
    read_public_key,
)
from compliance.ledger.staging import stage_json
from compliance.tenants.acting import actor, locked_psp, require_role
from compliance.tenants.models import Psp, Role, User

KEEPERS: Final = (Role.OFFICER, Role.ADMINISTRATOR)
MAX_USABLE: Final = 16
"""Keys of one PSP that are not retired; every process holds them."""

KEY_LIMIT: Final = 8 * 1024
"""Longest text of a key, in bytes."""


@transaction.atomic
def register_sealing_key(*, psp: Psp, source: bytes, by: User, now: datetime) -> SealingKey:
    """Accept input sealed to this key from now on, within a second in every process.

    `source` is a public key as JSON (JWK). A person says so, never a key of ours: whoever may
    register one decides who can read what payers type.

    Raises:
        InvalidSealingKeyError: if it is no public key that input can be sealed to, or there are too many.
        ConflictError: if its id was used before.
        RoleTooSmallError: if the person may not say so.
    """
    require_role(psp, by, KEEPERS)
    key = _read(source)
    locked_psp(psp)
    rows = SealingKey.objects.filter(psp=psp)
    if rows.filter(kid=key.kid).exists():
        raise ConflictError(f"the key id `{key.kid}` was used before: give this key another")
    if rows.filter(retired_at=None).count() >= MAX_USABLE:
        raise InvalidSealingKeyError(f"expected at most {MAX_USABLE} keys: retire one first")
    row = SealingKey.objects.create(
        psp=psp,
        ref=new_ref("sek", now=now),
        kid=key.kid,
        jwk=dict(key.jwk),
        thumbprint=key.thumbprint,
        added_by=by.email,
        added_at=now,
    )
    _stage(row, "sealing_key_registered", by, now)
    bump_revision()
    return row


@transaction.atomic
def retire_sealing_key(*, psp: Psp, kid: str, by: User, now: datetime) -> SealingKey:
    """Accept nothing more that is sealed to this key; what is stored stays as it is.

    Raises:
        NotFoundError: if the PSP has no key of that id.
        ConflictError: if it was retired before.
        RoleTooSmallError: if the person may not say so.
    """
    require_role(psp, by, KEEPERS)
    locked_psp(psp)
    row = SealingKey.objects.filter(psp=psp, kid=kid).first()
    if row is None:
        raise NotFoundError("sealing key", kid)
    if row.retired_at is not None:
        raise ConflictError(f"sealing key `{kid}` was retired before")
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    _stage(row, "sealing_key_retired", by, now)
    bump_revision()
    return row


def sealing_keys_of(psp: Psp) -> list[SealingKey]:
    """Return the PSP's keys, retired ones included, newest first."""
    return list(SealingKey.objects.filter(psp=psp).order_by("-added_at", "-pk"))


def usable_sealing_keys(psp: Psp) -> Mapping[str, SealingPublicKey]:
    """Return the keys, by their ids, that input may be sealed to now."""
    rows = SealingKey.objects.filter(psp=psp, retired_at=None)
    return MappingProxyType({row.kid: read_public_key(row.jwk) for row in rows})


def sealing_key_document(row: SealingKey) -> dict[str, Any]:
    """Return a key as JSON: all that an app needs to seal to it."""
    return {
        "ref": row.ref,
        "kid": row.kid,
        "jwk": row.jwk,
        "enc": CONTENT,
        "thumbprint": row.thumbprint,
        "added_at": row.added_at.isoformat(),
        "retired_at": None if row.retired_at is None else row.retired_at.isoformat(),
    }


def _read(source: bytes) -> SealingPublicKey:
    """Return the key that a text holds."""
    if len(source) > KEY_LIMIT:
        raise InvalidSealingKeyError(f"expected at most {KEY_LIMIT} bytes")
    try:
        return read_public_key(json.loads(source))
    except PublicKeyError as error:
        raise InvalidSealingKeyError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise InvalidSealingKeyError("expected a public key as JSON (JWK)") from error


def _stage(row: SealingKey, event: str, by: User, now: datetime) -> None:
    """Stage the ledger entry of one step; the thumbprint says which key it was."""
    body = {
        "schema": 1,
        "type": event,
        "ref": row.ref,
        "kid": row.kid,
        "thumbprint": row.thumbprint,
        **actor(by),
        "at": now.isoformat(),
    }
    stage_json(psp=row.psp, kind=event, ref=row.ref, body=body, now=now)
