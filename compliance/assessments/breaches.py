"""Integrity breaches, the obligations they led to, and which of them nobody has confirmed."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from compliance.assessments.expressions import Tenths
from compliance.assessments.model import ActionFigure, BreachFigures, Deviation
from compliance.assessments.scope import Scope
from compliance.decisions.models import Decision, Obligation, OutcomeStatus
from policies.vocabulary.actions import ACTIONS
from policies.vocabulary.findings import CATALOGUE

BREACH_CODES: Final = tuple(
    code for code, type_ in CATALOGUE.items() if type_.is_alteration and not type_.inconclusive
)
"""The findings that are integrity breaches: alterations; an inconclusive check is none."""

_DONE: Final = OutcomeStatus.DONE.value
_BATCH: Final = 500
_REASONS: Final = {
    "not_mitigating": "The policy in force asked for nothing that mitigates.",
    "not_done": "The enforcing system reported that it did not do what was decided.",
    "overdue": "The enforcing system has not confirmed within the deadline.",
    "open": "Not yet confirmed; the deadline had not passed.",
}


def breach_decisions(scope: Scope) -> QuerySet[Decision]:
    """Return the decisions in scope with a finding that is an integrity breach."""
    refs = scope.findings().filter(code__in=BREACH_CODES).values("decision_ref")
    return scope.decisions().filter(ref__in=refs)


def count_breaches(scope: Scope, *, as_of: datetime) -> BreachFigures:
    """Return how many breaches there were and how many are confirmed, as of a moment."""
    breaches = breach_decisions(scope)
    totals = breaches.aggregate(
        present=Count("pk"),
        devices=Count("device_hash", distinct=True, filter=~Q(device_hash="")),
        mitigating=Count("pk", filter=Q(mitigating=True)),
    )
    unconfirmed = _with_state(breaches, scope, as_of).values("state").annotate(n=Count("pk"))
    states = {row["state"]: row["n"] for row in unconfirmed.order_by()}
    return BreachFigures(**totals, **{state: states.get(state, 0) for state in _REASONS})


def deviations(scope: Scope, *, as_of: datetime) -> Iterator[Deviation]:
    """Yield every breach that is not confirmed as mitigated, oldest first: a list, never a sample."""
    rows = _with_state(breach_decisions(scope), scope, as_of).exclude(state="")
    batch: list[Any] = []
    for decision in rows.order_by("decided_at", "ref").iterator(chunk_size=_BATCH):
        batch.append(decision)
        if len(batch) == _BATCH:
            yield from _described(batch, scope, as_of)
            batch = []
    yield from _described(batch, scope, as_of)


def count_actions(scope: Scope, *, as_of: datetime) -> tuple[ActionFigure, ...]:
    """Return what was asked for and what became of it, by action, the most frequent first."""
    rows = (
        scope.obligations()
        .annotate(last=scope.last_outcome("status"), late=_lateness(as_of))
        .values_list("action", "last", "late")
        .annotate(n=Count("pk"))
        .order_by()
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for action, last, late, count in rows:
        counts[action][last or late] += count
    figures = [
        ActionFigure(
            action=action,
            title=ACTIONS[action].title if action in ACTIONS else action.replace("_", " "),
            done=states["done"],
            failed=states["failed"],
            skipped=states["skipped"],
            open=states["open"],
            overdue=states["overdue"],
        )
        for action, states in counts.items()
    ]
    return tuple(sorted(figures, key=lambda figure: (-figure.total, figure.action)))


def enforcement_times(scope: Scope) -> tuple[dict[float, int], int]:
    """Return how often each time from decision to enforcement occurs, and how many were in time.

    Times are in seconds, rounded to a tenth.
    """
    rows = (
        scope.obligations()
        .filter(due_at__isnull=False)
        .annotate(last=scope.last_outcome("status"), enforced=scope.last_outcome("enforced_at"))
        .filter(last=_DONE)
        .values_list(
            Tenths("enforced", "decided_at"),
            Case(
                When(enforced__lte=F("due_at"), then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            ),
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    histogram: Counter[float] = Counter()
    in_time = 0
    for tenths, was_in_time, count in rows:
        histogram[tenths / 10] += count
        in_time += count if was_in_time else 0
    return dict(histogram), in_time


def _not_done() -> Q:
    """Return the condition that the last outcome is not `done`, or that there is none."""
    return Q(last__isnull=True) | ~Q(last=_DONE)


def _lateness(as_of: datetime) -> Case:
    """Return what an obligation is without an outcome; one without a deadline is done by itself."""
    return Case(
        When(due_at__isnull=True, then=Value(_DONE)),
        When(due_at__lt=as_of, then=Value("overdue")),
        default=Value("open"),
    )


def _with_state(breaches: QuerySet[Decision], scope: Scope, as_of: datetime) -> QuerySet[Any, Any]:
    """Annotate breaches with why they are unconfirmed, as `state`; empty when confirmed."""
    asked = Obligation.objects.filter(
        psp=scope.psp, decision_ref=OuterRef("ref"), due_at__isnull=False
    ).annotate(last=scope.last_outcome("status"))
    waiting = asked.filter(last__isnull=True)
    refused = asked.filter(last__isnull=False).filter(~Q(last=_DONE))
    return breaches.annotate(
        state=Case(
            When(mitigating=False, then=Value("not_mitigating")),
            When(Exists(refused), then=Value("not_done")),
            When(Exists(waiting.filter(due_at__lt=as_of)), then=Value("overdue")),
            When(Exists(waiting), then=Value("open")),
            default=Value(""),
        )
    )


def _described(batch: list[Any], scope: Scope, as_of: datetime) -> Iterator[Deviation]:
    """Yield the deviations of a batch of decisions (annotated with `state`)."""
    refs = [decision.ref for decision in batch]
    codes: dict[str, list[str]] = defaultdict(list)
    findings = scope.findings().filter(decision_ref__in=refs, code__in=BREACH_CODES)
    for ref, code in findings.values_list("decision_ref", "code").order_by("code").distinct():
        codes[ref].append(code)
    owed: dict[str, list[str]] = defaultdict(list)
    asked = Obligation.objects.filter(psp=scope.psp, decision_ref__in=refs, due_at__isnull=False)
    rows = asked.annotate(last=scope.last_outcome("status"), late=_lateness(as_of))
    for row in rows.filter(_not_done()).order_by("decision_ref", "obligation_id"):
        state = row.last or row.late
        owed[row.decision_ref].append(f"{ACTIONS[row.action].title}: {state}")
    for decision in batch:
        yield Deviation(
            decision_ref=decision.ref,
            decided_at=decision.decided_at,
            effect=decision.effect,
            app_version=decision.app_version,
            findings=tuple(codes[decision.ref]),
            rules=tuple(decision.determining_rules),
            reason=_REASONS[decision.state],
            obligations=tuple(owed[decision.ref]),
            leaf_hash=bytes(decision.leaf_hash).hex(),
        )
