"""Shadows: a candidate beside the version in force, over decisions as they are recorded.

A shadow does not stand in the way of an answer. It could decide within each request; then a slow or
broken candidate would slow or break answers, and what is not answered could leak into what is. So
it reads decisions after they were recorded, from a worker, every half minute: the hot path knows
nothing of it, and nothing is lost but that half minute. What it finds lies in tables of its own, out
of reach of answers, figures and reports.
"""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from compliance.backtests.advancing import advance
from compliance.backtests.comparing import Comparer
from compliance.backtests.ending import SupersededError, as_read, end
from compliance.backtests.entries import stage_start
from compliance.backtests.errors import InvalidEndError, ShadowOfItselfError, ShadowRunningError
from compliance.backtests.models import RunState, Shadow, ShadowEnding
from compliance.backtests.selectors import shadow_by_ref
from compliance.core.errors import ConflictError
from compliance.core.refs import new_ref
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.selectors import version_in_force, version_without_state
from compliance.tenants.acting import WRITERS, require_role
from compliance.tenants.models import ApiKey, Psp, User
from policies.errors import PolicyError

LONGEST: Final = timedelta(days=90)
"""A shadow has an end: one that everybody forgot is no experiment."""

LAG: Final = timedelta(seconds=10)
"""Decisions younger than this may still be on their way to the database, in another order."""

MOST_CHUNKS: Final = 50
"""Chunks in one go; the rest waits for the next one, so that every PSP has its turn."""


@transaction.atomic
def start_shadow(
    *, psp: Psp, version_ref: str, ends_at: datetime, by: User | ApiKey, now: datetime
) -> Shadow:
    """Run a version beside the one in force, over decisions made from `now` until `ends_at`.

    Raises:
        NotFoundError: if the PSP has no such version.
        RoleTooSmallError: if a person starts it who does not write policies at this PSP.
        NoPolicyInForceError: if there is nothing to run beside.
        ShadowOfItselfError: if the version has the text that is in force.
        InvalidEndError: if the end is not after `now`, or more than 90 days away.
        ShadowRunningError: if the PSP has a shadow already (the database sees to it).
    """
    version = version_without_state(psp, version_ref)
    _require_writer(psp, by)
    if version_in_force(psp, at=now).digest == version.digest:
        raise ShadowOfItselfError
    if not now < ends_at <= now + LONGEST:
        raise InvalidEndError(longest_days=LONGEST.days)
    try:
        with transaction.atomic():
            shadow = Shadow.objects.create(
                psp=psp,
                ref=new_ref("sh", now=now),
                version=version,
                digest=version.digest,
                starts_at=now,
                ends_at=ends_at,
                requested_by=_name_of(by),
                requested_at=now,
                state=RunState.RUNNING,
            )
    except IntegrityError as error:
        raise ShadowRunningError from error
    stage_start(shadow, by=by, now=now)
    return shadow


def stop_shadow(*, psp: Psp, ref: str, by: User | ApiKey, now: datetime) -> Shadow:
    """End a shadow early; what it has found stays.

    Raises:
        NotFoundError: if the PSP has no such shadow.
        RoleTooSmallError: if a person stops it who does not write policies at this PSP.
        ConflictError: if it does not run.
    """
    shadow = shadow_by_ref(psp, ref)
    _require_writer(psp, by)
    try:
        return end(
            shadow,
            provided=Q(),
            now=now,
            by=by,
            ending=ShadowEnding.STOPPED,
            stopped_by=_name_of(by),
        )
    except SupersededError as error:
        raise ConflictError(f"shadow `{ref}` does not run") from error


def follow_shadows(*, now: datetime) -> None:
    """Compare what was recorded since the last time with each shadow that runs.

    One whose text the reader of today refuses has failed; the others do not wait for it.
    """
    running = Shadow.objects.filter(state=RunState.RUNNING).select_related("psp", "version")
    for shadow in running.order_by("pk"):
        try:
            _follow(shadow, now)
        except SupersededError:
            # Another worker has it, or it was stopped.
            continue


def _follow(shadow: Shadow, now: datetime) -> None:
    """Bring one shadow up to date; end it when its time is over or its text came into force."""
    until = min(shadow.ends_at, now - LAG)
    try:
        comparer = Comparer(shadow.psp, shadow.version.document)
    except PolicyError as error:
        end(
            shadow,
            provided=as_read(shadow),
            now=now,
            state=RunState.FAILED,
            failure=str(error),
        )
        return
    for _ in range(MOST_CHUNKS):
        if not advance(shadow, comparer, end=until):
            break
    else:
        return
    if shadow.ends_at <= now - LAG:
        end(shadow, provided=as_read(shadow), now=now, ending=ShadowEnding.OVER)
    elif _is_in_force(shadow, now):
        end(shadow, provided=as_read(shadow), now=now, ending=ShadowEnding.OVERTAKEN)


def _is_in_force(shadow: Shadow, now: datetime) -> bool:
    """Return whether the candidate's text has come into force."""
    try:
        return version_in_force(shadow.psp, at=now).digest == shadow.digest
    except NoPolicyInForceError:
        return False


def _require_writer(psp: Psp, by: User | ApiKey) -> None:
    """Check that a person writes policies at this PSP; what a key may, its scopes say."""
    if isinstance(by, User):
        require_role(psp, by, WRITERS)


def _name_of(by: User | ApiKey) -> str:
    """Return who did something, for people."""
    return f"API key {by.name} ({by.ref})"[:200] if isinstance(by, ApiKey) else by.name
