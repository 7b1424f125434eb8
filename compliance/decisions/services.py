"""Writes down what the enforcing system did about a decision."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from compliance.core.errors import NotFoundError
from compliance.core.refs import new_ref
from compliance.decisions.errors import InvalidOutcomeError
from compliance.decisions.models import Decision, Obligation, Outcome, OutcomeStatus
from compliance.decisions.presentation import rfc3339
from compliance.ledger.staging import stage_json
from compliance.tenants.models import Psp

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far the enforcing system's clock may be ahead of ours."""

_LONGEST_NAME: Final = 100
_LONGEST_DETAIL: Final = 500


@transaction.atomic
def record_outcome(
    *,
    psp: Psp,
    decision_ref: str,
    obligation: str,
    status: str,
    enforced_at: datetime,
    enforced_by: str = "",
    detail: str = "",
    now: datetime,
) -> Outcome:
    """Store the enforcing system's word on one obligation, with its ledger entry.

    It may be said again, differently: the last word counts and all of them stay. `enforced_by` and
    `detail` are the PSP's own words and stay out of the ledger, whose entries are never erased.

    Raises:
        NotFoundError: if the PSP has no such decision, or the decision no such obligation.
        InvalidOutcomeError: if the status is none, or the time is in the future.
    """
    if status not in OutcomeStatus.values:
        raise InvalidOutcomeError("/status", f"expected one of {', '.join(OutcomeStatus.values)}")
    enforced_at = _utc(enforced_at, now)
    _require_text("/enforced_by", enforced_by, _LONGEST_NAME)
    _require_text("/detail", detail, _LONGEST_DETAIL)
    obligations = Obligation.objects.filter(psp=psp, decision_ref=decision_ref)
    if not obligations.filter(obligation_id=obligation).exists():
        if not Decision.objects.filter(psp=psp, ref=decision_ref).exists():
            raise NotFoundError("decision", decision_ref)
        raise NotFoundError("obligation", obligation)
    ref = new_ref("out", now=now)
    leaf_hash = stage_json(
        psp=psp,
        kind="outcome",
        ref=ref,
        body={
            "schema": 1,
            "type": "outcome",
            "ref": ref,
            "decision": decision_ref,
            "obligation": obligation,
            "status": status,
            "enforced_at": rfc3339(enforced_at),
            "received_at": rfc3339(now),
        },
        now=now,
    )
    return Outcome.objects.create(
        psp=psp,
        ref=ref,
        decision_ref=decision_ref,
        obligation_id=obligation,
        status=status,
        enforced_at=enforced_at,
        enforced_by=enforced_by,
        detail=detail,
        received_at=now,
        leaf_hash=leaf_hash,
    )


def _utc(enforced_at: datetime, now: datetime) -> datetime:
    """Return the time in UTC if it is one, and not in the future."""
    if enforced_at.tzinfo is None:
        raise InvalidOutcomeError("/enforced_at", "expected a time with its offset from UTC")
    if enforced_at > now + CLOCK_TOLERANCE:
        raise InvalidOutcomeError("/enforced_at", "expected a time that is not in the future")
    try:
        return enforced_at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidOutcomeError("/enforced_at", "expected a time after year 1") from error


def _require_text(pointer: str, text: str, longest: int) -> None:
    """Do nothing if the text fits its column on every database."""
    if len(text) > longest:
        raise InvalidOutcomeError(pointer, f"expected at most {longest} characters")
    if "\0" in text:
        raise InvalidOutcomeError(pointer, "expected text without NUL characters")
