"""What was erased since the period began: devices of such decisions are counted no more."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.scope import Scope
from compliance.decisions.models import Erasure, ErasureCause


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """How many decisions the ledger's entries say were erased, by cause, and in how many entries.

    They are of this period or of earlier ones: no entry says which.
    """

    entries: int
    for_payers: int
    by_retention: int


def erasure_view(scope: Scope, *, as_of: datetime) -> ErasureView:
    """Return the erasures from the period's beginning to the checkpoint."""
    rows = Erasure.objects.filter(
        psp=scope.psp, erased_at__gte=scope.start, erased_at__lte=as_of
    ).exclude(ref__in=scope.later_refs("erased"))
    decisions: Counter[str] = Counter()
    entries = 0
    for cause, count in rows.values_list("cause", "decisions"):
        decisions[cause] += count
        entries += 1
    return ErasureView(
        entries=entries,
        for_payers=decisions[ErasureCause.PAYER],
        by_retention=decisions[ErasureCause.RETENTION],
    )
