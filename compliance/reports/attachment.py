"""The data behind a report as JSON Lines: a head, decisions (all, up to a bound), deviations, waivers."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple

from django.db.models import Q

from compliance.assessments.breaches import deviations
from compliance.assessments.scope import Scope
from compliance.decisions.models import Decision
from compliance.decisions.presentation import decision_summary, rfc3339
from compliance.policysets.models import Grant
from compliance.reports.waivers import PropertyWaiverView, WaiverView

MOST_DECISIONS: Final = 100_000
"""Beyond this, decisions with which nothing was wrong are counted in the head and left out."""

_BATCH: Final = 1_000
_IN_MEMORY: Final = 16 * 1024 * 1024


class Attachment(NamedTuple):
    """The attached file, its digest (`sha256:<hex>`), and how many decisions it lists of how many."""

    content: bytes
    digest: str
    listed: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether every decision is listed."""
        return self.listed == self.total


def make_attachment(
    scope: Scope,
    *,
    head: Mapping[str, Any],
    total: int,
    waivers: Iterable[WaiverView | PropertyWaiverView],
    as_of: datetime,
) -> Attachment:
    """Return the data of a scope. Lines are written as they are read, never all held as objects.

    No personal data: decisions as lists show them, without what was decided on; waivers without
    names.
    """
    decisions = scope.decisions().order_by("decided_at", "ref")
    if total > MOST_DECISIONS:
        decisions = decisions.filter(Q(mitigating=True) | ~Q(disposition="clear"))
    listed = total if total <= MOST_DECISIONS else decisions.count()
    first = {"kind": "report", "schema": 1, "decisions": total, "decisions_listed": listed}
    digest = hashlib.sha256()
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        rows = decisions.iterator(chunk_size=_BATCH)
        lines = _lines(scope, rows, {**first, **head}, as_of)
        for line in chain(lines, map(_waiver_line, waivers)):
            encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(encoded)
            file.write(encoded)
        file.seek(0)
        content = file.read()
    return Attachment(content, f"sha256:{digest.hexdigest()}", listed, total)


def _lines(
    scope: Scope, decisions: Iterator[Decision], head: Mapping[str, Any], as_of: datetime
) -> Iterator[Mapping[str, Any]]:
    """Yield the head, the decisions and the deviations."""
    yield head
    batch: list[Decision] = []
    for decision in decisions:
        batch.append(decision)
        if len(batch) == _BATCH:
            yield from _decision_lines(scope, batch)
            batch = []
    yield from _decision_lines(scope, batch)
    for deviation in deviations(scope, as_of=as_of):
        yield {
            "kind": "deviation",
            "decision": deviation.decision_ref,
            "decided_at": rfc3339(deviation.decided_at),
            "findings": deviation.findings,
            "effect": deviation.effect,
            "reason": deviation.reason,
            "obligations": deviation.obligations,
        }


def _decision_lines(scope: Scope, batch: list[Decision]) -> Iterator[dict[str, Any]]:
    """Yield a batch of decisions, each with its obligations and what was last said of them."""
    owed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = scope.obligations().filter(decision_ref__in=[decision.ref for decision in batch])
    for row in rows.annotate(
        last=scope.last_outcome("status"), enforced_at=scope.last_outcome("enforced_at")
    ).order_by("pk"):
        owed[row.decision_ref].append(
            {
                "id": row.obligation_id,
                "action": row.action,
                "parameters": row.parameters,
                "due_at": rfc3339(row.due_at) if row.due_at else None,
                "outcome": row.last,
                "enforced_at": rfc3339(row.enforced_at) if row.enforced_at else None,
            }
        )
    for decision in batch:
        summary = decision_summary(decision)
        del summary["for_device"]
        yield {"kind": "decision", **summary, "obligations": owed[decision.ref]}


def _waiver_line(view: WaiverView | PropertyWaiverView) -> dict[str, Any]:
    """Return one waiver."""
    if isinstance(view, PropertyWaiverView):
        waived = view.waiver
        return {
            "kind": "property_waiver",
            "ref": waived.ref,
            "policy_number": waived.version.number,
            "policy_digest": waived.version.digest,
            "property": waived.property_id,
            "title": view.title,
            **_terms(waived, view.revoked_at),
        }
    waiver = view.waiver
    return {
        "kind": "waiver",
        "ref": waiver.ref,
        "rule": waiver.rule_id,
        "app_version": waiver.app_version,
        "device_model": waiver.device_model,
        "channel": waiver.channel,
        **_terms(waiver, view.revoked_at),
        "decisions": view.decisions,
    }


def _terms(waiver: Grant, revoked_at: datetime | None) -> dict[str, Any]:
    """Return what every waiver has."""
    return {
        "reason": waiver.reason,
        "compensating_control": waiver.compensating_control,
        "requested_at": rfc3339(waiver.requested_at),
        "approved_at": rfc3339(waiver.approved_at) if waiver.approved_at else None,
        "starts_at": rfc3339(waiver.starts_at),
        "expires_at": rfc3339(waiver.expires_at),
        "revoked_at": rfc3339(revoked_at) if revoked_at else None,
    }
