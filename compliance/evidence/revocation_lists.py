"""Loads lists of revoked keys, once or again and again from where the operator says."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from compliance.core.errors import NotFoundError
from compliance.core.refs import new_ref
from compliance.core.revisions import bump_revision
from compliance.evidence.errors import InvalidRevocationListError, UnreachableListError
from compliance.evidence.fetching import check_location, fetch
from compliance.evidence.models import RevocationList, RevocationSource
from compliance.evidence.providers.android_key_attestation import NAME as ANDROID_KEY_ATTESTATION
from compliance.evidence.providers.android_key_attestation.revocations import (
    MAX_LIST_SIZE,
    RevocationListError,
    read_revocation_list,
)
from compliance.evidence.selectors import revocation_sources_of
from compliance.tenants.models import Psp

REFRESH_AFTER: Final = timedelta(hours=23)
"""After a try that worked: once a day, for which Google lets caches keep its list. One that failed is tried again
the next time that the schedule comes by."""
_LONGEST_FAILURE: Final = 500


class Refreshed(NamedTuple):
    """What became of one source: the list that was loaded, or why there is none."""

    source: RevocationSource
    loaded: RevocationList | None


@transaction.atomic
def load_revocation_list(
    *, psp: Psp | None, provider: str, content: bytes, now: datetime, origin: str = ""
) -> RevocationList:
    """Store a list of revoked keys for one PSP, or for all where `psp` is None; the newest counts.

    Raises:
        InvalidRevocationListError: if `content` is not a list in the provider's form.
    """
    _check_provider(provider)
    try:
        statuses = read_revocation_list(content)
    except RevocationListError as error:
        raise InvalidRevocationListError(str(error)) from error
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    row = RevocationList.objects.create(
        psp=psp,
        provider=provider,
        content="" if RevocationList.objects.filter(digest=digest).exists() else content.decode(),
        digest=digest,
        entries=len(statuses),
        loaded_at=now,
        origin=origin,
    )
    bump_revision()
    return row


@transaction.atomic
def set_revocation_source(
    *, psp: Psp | None, provider: str, location: str, set_by: str, now: datetime
) -> RevocationSource:
    """Load a list from an https address or a file, and again whenever sources are refreshed.

    It takes the place of the source before it. Nothing changes if the list cannot be loaded.

    Raises:
        InvalidRevocationListError: if the location is neither, or what is there is no list.
        UnreachableListError: if there is nothing to be had.
    """
    _check_provider(provider)
    check_location(location)
    content = fetch(location, at_most=MAX_LIST_SIZE)
    load_revocation_list(psp=psp, provider=provider, content=content, now=now, origin=location)
    RevocationSource.objects.filter(psp=psp, provider=provider, removed_at=None).update(
        removed_at=now
    )
    return RevocationSource.objects.create(
        psp=psp,
        ref=new_ref("src", now=now),
        provider=provider,
        location=location,
        set_by=set_by,
        set_at=now,
        tried_at=now,
    )


@transaction.atomic
def remove_revocation_source(*, psp: Psp | None, ref: str, now: datetime) -> RevocationSource:
    """Load nothing from there any more; the list that was loaded counts until it is too old.

    Raises:
        NotFoundError: if there is no such source, or it was removed before.
    """
    source = RevocationSource.objects.filter(psp=psp, ref=ref, removed_at=None).first()
    if source is None:
        raise NotFoundError("source of a revocation list", ref)
    source.removed_at = now
    source.save(update_fields=["removed_at"])
    return source


def refresh_revocation_lists(*, psp: Psp | None, now: datetime) -> list[Refreshed]:
    """Load the lists of one owner's sources again (the deployment's where `psp` is None)."""
    return _refresh(revocation_sources_of(psp), now)


def refresh_due_revocation_lists(*, now: datetime) -> list[Refreshed]:
    """Load again whatever is due, of every owner: for the schedule."""
    due = Q(tried_at__lt=now - REFRESH_AFTER) | ~Q(failure="")
    rows = RevocationSource.objects.filter(due, removed_at=None).select_related("psp")
    return _refresh(rows.order_by("pk"), now)


def _refresh(sources: Iterable[RevocationSource], now: datetime) -> list[Refreshed]:
    """Load each; where that fails the list before it goes on counting, and the source says why."""
    return [Refreshed(source, _refresh_one(source, now)) for source in sources]


def _refresh_one(source: RevocationSource, now: datetime) -> RevocationList | None:
    """Load one list; no transaction is open while the network is waited for."""
    loaded, source.failure = None, ""
    try:
        content = fetch(source.location, at_most=MAX_LIST_SIZE)
        loaded = load_revocation_list(
            psp=source.psp,
            provider=source.provider,
            content=content,
            now=now,
            origin=source.location,
        )
    except (UnreachableListError, InvalidRevocationListError) as error:
        source.failure = str(error)[:_LONGEST_FAILURE]
    source.tried_at = now
    source.save(update_fields=["tried_at", "failure"])
    return loaded


def _check_provider(provider: str) -> None:
    """Refuse a provider of which there are no lists."""
    if provider != ANDROID_KEY_ATTESTATION:
        raise InvalidRevocationListError(f"provider `{provider}` has no revocation list")
