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

from compliance.backtests.advancing import SupersededError, advance, finish
from compliance.backtests.comparing import Comparer
from compliance.backtests.errors import InvalidSpanError, ShadowOfItselfError, ShadowRunningError
from compliance.backtests.models import RunState, Shadow
from compliance.core.errors import ConflictError, NotFoundError
from compliance.core.refs import new_ref
from compliance.policysets.errors import NoPolicyInForceError
from compliance.policysets.selectors import version_in_force, version_without_state
from compliance.tenants.models import Psp
from policies.errors import PolicyError

LONGEST: Final = timedelta(days=90)
"""A shadow has an end: one that everybody forgot is no experiment."""

LAG: Final = timedelta(seconds=10)
"""Decisions younger than this may still be on their way to the database, in another order."""

MOST_CHUNKS: Final = 50
"""Chunks in one go; the rest waits for the next one, so that every PSP has its turn."""

OVERTAKEN: Final = "the candidate's text came into force"


def start_shadow(
    *, psp: Psp, version_ref: str, ends_at: datetime, started_by: str, now: datetime
) -> Shadow:
    """Run a version beside the one in force, over decisions made from `now` until `ends_at`.

    Raises:
        NotFoundError: if the PSP has no such version.
        NoPolicyInForceError: if there is nothing to run beside.
        ShadowOfItselfError: if the version has the text that is in force.
        InvalidSpanError: if the end is not after `now`, or more than 90 days away.
        ShadowRunningError: if the PSP has a shadow already (the database sees to it).
    """
    version = version_without_state(psp, version_ref)
    if version_in_force(psp, at=now).digest == version.digest:
        raise ShadowOfItselfError
    if not now < ends_at <= now + LONGEST:
        raise InvalidSpanError(f"a shadow ends within {LONGEST.days} days")
    try:
        with transaction.atomic():
            return Shadow.objects.create(
                psp=psp,
                ref=new_ref("sh", now=now),
                version=version,
                digest=version.digest,
                starts_at=now,
                ends_at=ends_at,
                requested_by=started_by,
                requested_at=now,
                state=RunState.RUNNING,
            )
    except IntegrityError as error:
        raise ShadowRunningError from error


def stop_shadow(*, psp: Psp, ref: str, stopped_by: str, now: datetime) -> Shadow:
    """End a shadow early; what it has found stays.

    Raises:
        NotFoundError: if the PSP has no such shadow.
        ConflictError: if it does not run.
    """
    rows = Shadow.objects.filter(psp=psp, ref=ref)
    if not rows.exists():
        raise NotFoundError("shadow", ref)
    ended = {"state": RunState.READY, "finished_at": now, "failure": f"stopped by {stopped_by}"}
    if not rows.filter(state=RunState.RUNNING).update(**ended):
        raise ConflictError(f"shadow `{ref}` does not run")
    return rows.get()


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
    end = min(shadow.ends_at, now - LAG)
    try:
        comparer = Comparer(shadow.psp, shadow.version.document)
    except PolicyError as error:
        finish(shadow, now=now, failure=str(error), state=RunState.FAILED)
        return
    for _ in range(MOST_CHUNKS):
        if not advance(shadow, comparer, end=end):
            break
    else:
        return
    if shadow.ends_at <= now - LAG:
        finish(shadow, now=now)
    elif _is_in_force(shadow, now):
        finish(shadow, now=now, failure=OVERTAKEN)


def _is_in_force(shadow: Shadow, now: datetime) -> bool:
    """Return whether the candidate's text has come into force."""
    try:
        return version_in_force(shadow.psp, at=now).digest == shadow.digest
    except NoPolicyInForceError:
        return False
