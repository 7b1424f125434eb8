"""What every waiver is held to, of a rule or of a property: texts, times, and that it is still open."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import datetime

from compliance.core.errors import ConflictError
from compliance.core.problems import FieldProblem
from compliance.policysets.models import LONGEST_WAIVER, Grant


def problems_of_text(
    name: str, text: str, *, limit: int, is_needed: bool
) -> Iterator[FieldProblem]:
    """Yield what is wrong with one text of at most `limit` characters."""
    if len(text) > limit:
        yield FieldProblem(f"/{name}", f"expected at most {limit} characters")
    elif "\0" in text:
        yield FieldProblem(f"/{name}", "expected text without NUL characters")
    elif is_needed and not text.strip():
        yield FieldProblem(f"/{name}", "expected some text")


def problems_of_time(
    starts_at: datetime, expires_at: datetime, now: datetime
) -> Iterator[FieldProblem]:
    """Yield what is wrong with the start and the end."""
    if starts_at < now:
        yield FieldProblem("/starts_at", "expected a time that is not in the past")
    if expires_at <= starts_at:
        yield FieldProblem("/expires_at", "expected a time after the start")
    elif expires_at - starts_at > LONGEST_WAIVER:
        yield FieldProblem("/expires_at", f"expected at most {LONGEST_WAIVER.days} days")


def require_open(waiver: Grant, now: datetime) -> None:
    """Check that the waiver still waits for an approval.

    Raises:
        ConflictError: if it is approved, revoked or expired.
    """
    if waiver.approved_at is not None:
        raise ConflictError("this waiver is approved already")
    require_unrevoked(waiver, now)


def require_unrevoked(waiver: Grant, now: datetime) -> None:
    """Check that the waiver has not ended, by a person or by itself.

    Raises:
        ConflictError: if it is revoked or expired.
    """
    if waiver.revoked_at is not None:
        raise ConflictError("this waiver is revoked already")
    if waiver.expires_at <= now:
        raise ConflictError(f"this waiver expired at {waiver.expires_at.isoformat()}")
