"""Reads PSPs, people and keys."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from django.db.models import Q

from compliance.core.errors import NotFoundError
from compliance.tenants.keys import digest_of_key
from compliance.tenants.models import ApiKey, Membership, Psp, User


def psp_by_ref(ref: str) -> Psp:
    """Return the PSP `ref`; for commands and tasks, which act for the deployment.

    Raises:
        NotFoundError: if there is none.
    """
    psp = Psp.objects.filter(ref=ref).first()
    if psp is None:
        raise NotFoundError("PSP", ref)
    return psp


def psps() -> list[Psp]:
    """Return every PSP of the installation, for what looks after each in turn."""
    return list(Psp.objects.order_by("pk"))


def demonstration_psp() -> Psp | None:
    """Return the invented PSP of this deployment's demonstration, if it has one."""
    return Psp.objects.filter(demonstration=True).order_by("pk").first()


def memberships_of(user: User) -> list[Membership]:
    """Return the person's memberships, each with its PSP, oldest first."""
    return list(Membership.objects.filter(user=user).select_related("psp").order_by("pk"))


def usable_api_keys(*, now: datetime) -> list[ApiKey]:
    """Return every key that is neither revoked nor expired at `now`."""
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    return list(ApiKey.objects.filter(usable).select_related("psp"))


def api_key_for(key: str, *, now: datetime) -> ApiKey | None:
    """Return the usable row of the presented `key`, if any."""
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    rows = ApiKey.objects.filter(usable, key_digest=digest_of_key(key))
    return rows.select_related("psp").first()


def api_keys_of(psp: Psp) -> list[ApiKey]:
    """Return the PSP's keys, newest first, revoked ones included."""
    return list(ApiKey.objects.filter(psp=psp).order_by("-created_at", "-pk"))


def people_of(psp: Psp) -> list[Membership]:
    """Return the PSP's people with their roles, by name."""
    return list(Membership.objects.filter(psp=psp).select_related("user").order_by("user__name"))


def person_of(psp: Psp | None, email: str) -> User:
    """Return the PSP's person with this address, however its letters are written.

    Without a PSP: the person of any, for commands that act for the deployment.

    Raises:
        NotFoundError: if nobody has it.
    """
    people = User.objects.filter(email=email.lower(), memberships__isnull=False)
    person = (people if psp is None else people.filter(memberships__psp=psp)).first()
    if person is None:
        raise NotFoundError("person", email)
    return person
