"""Makes PSPs, people and keys."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.tenants.errors import InvalidPspError, UnknownScopeError
from compliance.tenants.keys import SCOPES, digest_of_key, new_api_key
from compliance.tenants.models import ApiKey, Membership, Psp, Role, User

_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@transaction.atomic
def create_psp(
    *,
    name: str,
    country: str,
    now: datetime,
    lei: str = "",
    authority: str = "",
    demonstration: bool = False,
) -> Psp:
    """Store a PSP. Its log is made by `compliance.ledger.services.create_log`.

    Raises:
        InvalidPspError: if the country is no ISO 3166-1 alpha-2 code or the LEI no ISO 17442 code.
    """
    if not name.strip():
        raise InvalidPspError("name: expected at least one character")
    if not _COUNTRY.fullmatch(country):
        raise InvalidPspError(f"country `{country}`: expected two capital letters (ISO 3166-1)")
    if lei and not (_LEI.fullmatch(lei) and _lei_remainder(lei) == 1):
        raise InvalidPspError(
            f"LEI `{lei}`: expected 20 characters with valid check digits (ISO 17442)"
        )
    return Psp.objects.create(
        ref=new_ref("psp", now=now),
        name=name.strip(),
        lei=lei,
        country=country,
        authority=authority,
        demonstration=demonstration,
        created_at=now,
    )


def _lei_remainder(lei: str) -> int:
    """Return the number that ISO 7064 (mod 97-10) wants to be 1."""
    return int("".join(str(int(character, 36)) for character in lei)) % 97


@transaction.atomic
def create_person(*, psp: Psp, email: str, name: str, role: Role, password: str | None) -> User:
    """Store a person (or find them by e-mail address) and give them a role at `psp`."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email=email, name=name, password=password)
    Membership.objects.update_or_create(psp=psp, user=user, defaults={"role": role})
    return user


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Give the person another password; their other sessions end."""
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def create_api_key(
    *,
    psp: Psp,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
    live: bool = True,
) -> tuple[ApiKey, str]:
    """Store a key's digest and return the row with the key itself, which is never shown again.

    Raises:
        UnknownScopeError: if a scope does not exist.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScopeError(scope, known=SCOPES)
    key = new_api_key(live=live)
    row = ApiKey.objects.create(
        psp=psp,
        ref=new_ref("key", now=now),
        name=name,
        key_digest=digest_of_key(key),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    bump_revision()
    return row, key


@transaction.atomic
def revoke_api_key(*, psp: Psp, ref: str, now: datetime) -> int:
    """Revoke the key `ref` of `psp` everywhere within a second; return how many were revoked."""
    count = ApiKey.objects.filter(psp=psp, ref=ref, revoked_at=None).update(revoked_at=now)
    bump_revision()
    return count
