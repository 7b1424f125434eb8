"""The data behind a report as JSON Lines: a head, decisions (all, up to a bound), deviations."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple

from django.db.models import Q

from compliance.assessments.breaches import deviations
from compliance.assessments.scope import Scope
from compliance.decisions.models import Decision
from compliance.decisions.presentation import decision_summary, rfc3339

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
    scope: Scope, *, head: Mapping[str, Any], total: int, as_of: datetime
) -> Attachment:
    """Return the data of a scope. Lines are written as they are read, never all held as objects.

    No personal data: decisions as lists show them, without what was decided on.
    """
    decisions = scope.decisions().order_by("decided_at", "ref")
    if total > MOST_DECISIONS:
        decisions = decisions.filter(Q(mitigating=True) | ~Q(disposition="clear"))
    listed = total if total <= MOST_DECISIONS else decisions.count()
    first = {"kind": "report", "schema": 1, "decisions": total, "decisions_listed": listed}
    digest = hashlib.sha256()
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for line in _lines(scope, decisions.iterator(chunk_size=_BATCH), {**first, **head}, as_of):
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
