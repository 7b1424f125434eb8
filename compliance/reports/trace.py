"""Decisions of note: the strongest of the period, and one followed from evidence to outcome."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Case, IntegerField, QuerySet, Value, When

from compliance.assessments.breaches import BREACH_CODES, breach_decisions
from compliance.assessments.scope import Scope
from compliance.core.errors import NotFoundError
from compliance.decisions.models import Decision
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import version_by_digest
from policies.engine import obligation_phrase, rule_sentence
from policies.model import Obligation as ObligationText
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import CATALOGUE, FindingState

MOST_LISTED: Final = 20


class Notable(NamedTuple):
    """One decision in the list."""

    decision: Decision
    findings: tuple[str, ...]


class Obliged(NamedTuple):
    """One obligation of the traced decision, and the last word on it."""

    phrase: str
    outcome: str
    enforced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One decision, from evidence to outcome, so that it can be followed and reproduced."""

    decision: Decision
    evidence: tuple[dict[str, Any], ...]
    findings: tuple[tuple[str, str, str, str], ...]
    elements: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    obligations: tuple[Obliged, ...]


def notable_decisions(scope: Scope) -> tuple[Notable, ...]:
    """Return the strongest decisions on breaches, the newest first among equals."""
    rows = _strongest_first(breach_decisions(scope).exclude(effect=Effect.PERMIT.value))
    return tuple(
        Notable(
            decision,
            tuple(sorted({code for code, *_ in _present(decision) if code in BREACH_CODES})),
        )
        for decision in rows[:MOST_LISTED]
    )


def traced_decision(scope: Scope, *, as_of: datetime) -> Trace | None:
    """Return the first of the strongest decisions on a breach, followed; None without breaches."""
    decision = _strongest_first(breach_decisions(scope)).first()
    if decision is None:
        return None
    return Trace(
        decision=decision,
        evidence=tuple(decision.evidence),
        findings=tuple(
            (code, CATALOGUE[code].title if code in CATALOGUE else code, assurance, provider)
            for code, assurance, provider in _present(decision)
        ),
        elements=tuple(sorted(decision.elements.items())),
        rules=_rules(decision),
        obligations=tuple(_obligations(scope, decision, as_of)),
    )


def _strongest_first(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    """Order by strength of the effect, then the newest first."""
    strength = Case(
        *(When(effect=effect.value, then=Value(effect.strength)) for effect in Effect),
        default=Value(0),
        output_field=IntegerField(),
    )
    return rows.annotate(strength=strength).order_by("-strength", "-decided_at", "-ref")


def _present(decision: Decision) -> list[tuple[str, str, str]]:
    """Return (code, assurance, provider) of what was present."""
    return [
        (code, assurance, provider)
        for code, state, assurance, provider in decision.findings
        if state == FindingState.PRESENT
    ]


def _rules(decision: Decision) -> tuple[tuple[str, str], ...]:
    """Return the determining rules with their sentences, from the version that decided."""
    try:
        version = version_by_digest(decision.psp, decision.policy_digest)
    except NotFoundError:
        return tuple((rule, "") for rule in decision.determining_rules)
    rules = {rule.id: rule for rule in compiled(version.document).policy_set.rules}
    return tuple(
        (rule, rule_sentence(rules[rule]) if rule in rules else "")
        for rule in decision.determining_rules
    )


def _obligations(scope: Scope, decision: Decision, as_of: datetime) -> list[Obliged]:
    """Return what the decision obliged to and the last word on each."""
    rows = scope.obligations().filter(decision_ref=decision.ref).order_by("pk")
    obliged = []
    for row in rows.annotate(
        last=scope.last_outcome("status"), enforced_at=scope.last_outcome("enforced_at")
    ):
        within = (
            None if row.due_at is None else round((row.due_at - row.decided_at).total_seconds())
        )
        text = ObligationText(
            action=row.action, parameters=tuple(sorted(row.parameters.items())), within_s=within
        )
        waiting = "overdue" if row.due_at and row.due_at < as_of else "open"
        state = row.last or (waiting if row.due_at else "done by the record")
        obliged.append(Obliged(obligation_phrase(text), state, row.enforced_at))
    return obliged
