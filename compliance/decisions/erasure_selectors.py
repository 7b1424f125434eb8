"""Reads what was erased, and for how long records are kept; nothing here says of whom."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

from django.db.models import Count, Max, Sum

from compliance.core.refs import first_ref
from compliance.decisions.models import DecisionRecord, Erasure, RetentionPeriod
from compliance.tenants.models import Psp


def erasures_of(psp: Psp, *, limit: int = 50) -> list[Erasure]:
    """Return the PSP's erasures, newest first; one row for each entry in the ledger."""
    return list(Erasure.objects.filter(psp=psp).order_by("-pk")[:limit])


def erased_by_cause(psp: Psp) -> dict[str, dict[str, int | datetime]]:
    """Return for each cause that occurred: `entries`, `decisions`, `records`, and the `latest_at`."""
    rows = (
        Erasure.objects.filter(psp=psp)
        .order_by()
        .values("cause")
        .annotate(
            entries=Count("pk"),
            erased=Sum("decisions"),
            destroyed=Sum("records"),
            latest_at=Max("erased_at"),
        )
    )
    return {
        row["cause"]: {
            "entries": row["entries"],
            "decisions": row["erased"],
            "records": row["destroyed"],
            "latest_at": row["latest_at"],
        }
        for row in rows
    }


def retention_of(psp: Psp) -> RetentionPeriod | None:
    """Return how long the PSP keeps records, as it last said; None if it never did."""
    return RetentionPeriod.objects.filter(psp=psp).order_by("-pk").first()


def count_expired(psp: Psp, *, days: int | None, now: datetime, at_most: int) -> int:
    """Return how many records are older than `days`, or `at_most` if there are more; None: none is."""
    if days is None:
        return 0
    before = first_ref("dec", at=now - timedelta(days=days))
    return DecisionRecord.objects.filter(psp=psp, decision_ref__lt=before)[:at_most].count()
