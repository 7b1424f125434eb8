"""Decisions as JSON for those who read them: one form for REST, web and reports."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from compliance.decisions.details import DecisionDetail
from compliance.decisions.models import Decision, Erasure, Outcome
from compliance.decisions.obligations import ObligationView
from policies.engine import Explanation
from policies.model import Facts, Value
from policies.vocabulary.findings import FindingState


def rfc3339(moment: datetime) -> str:
    """Return a moment (aware, UTC) in milliseconds with a `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decision_summary(decision: Decision) -> dict[str, Any]:
    """Return a decision as lists show it: the answer's fields without obligations.

    `findings` are those that are present or were not evaluated; what was looked for and not found
    is counted in `absent`.
    """
    return {
        "ref": decision.ref,
        "effect": decision.effect,
        "disposition": decision.disposition,
        "mitigating": decision.mitigating,
        "for_device": {"answer": decision.device_answer, "support_ref": decision.support_ref},
        "elements": decision.elements,
        "reliable_elements": decision.reliable_elements,
        "determining_rules": decision.determining_rules,
        "matched_rules": decision.matched_rules,
        "waivers": decision.waivers,
        "findings": [
            {"code": code, "state": state, "assurance": assurance, "provider": provider}
            for code, state, assurance, provider in decision.findings
            if state != FindingState.ABSENT
        ],
        "absent": sum(state == FindingState.ABSENT for _, state, _, _ in decision.findings),
        "policy": {"version": decision.policy_number, "digest": decision.policy_digest},
        "design": {"digest": decision.design_digest} if decision.design_digest else None,
        "channel": decision.channel,
        "method": decision.method,
        "device": {
            "platform": decision.platform,
            "os_version": decision.os_version,
            "app_version": decision.app_version,
        },
        "environment_class": decision.environment_class,
        "decided_at": rfc3339(decision.decided_at),
        "leaf_hash": bytes(decision.leaf_hash).hex(),
    }


def decision_document(detail: DecisionDetail) -> dict[str, Any]:
    """Return a decision with evidence, explanation, obligations and outcomes.

    `transaction`, `facts` and `sealed_input` are null once the record was erased; `explanation` is then empty.
    """
    return decision_summary(detail.decision) | {
        "obligations": [obligation_document(each) for each in detail.obligations],
        "evidence": list(detail.evidence),
        "explanation": [explanation_document(each) for each in detail.explanations],
        "transaction": None if detail.facts is None else {"ref": detail.transaction_ref},
        "facts": None if detail.facts is None else facts_document(detail.facts),
        "sealed_input": None if detail.sealed_input is None else detail.sealed_input.sealed,
    }


def obligation_document(view: ObligationView) -> dict[str, Any]:
    """Return an obligation as the answer has it, with its state and outcomes."""
    return {
        **view.parameters,
        "id": view.obligation_id,
        "action": view.action,
        "within_s": view.within_s,
        "due_at": None if view.due_at is None else rfc3339(view.due_at),
        "state": view.state,
        "outcomes": outcome_documents(view.outcomes),
    }


def outcome_documents(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return outcomes in the order they came."""
    return [outcome_document(outcome) for outcome in outcomes]


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return what the enforcing system said."""
    return {
        "ref": outcome.ref,
        "obligation": outcome.obligation_id,
        "status": outcome.status,
        "enforced_at": rfc3339(outcome.enforced_at),
        "enforced_by": outcome.enforced_by,
        "detail": outcome.detail,
        "received_at": rfc3339(outcome.received_at),
        "leaf_hash": bytes(outcome.leaf_hash).hex(),
    }


def erased_document(erasures: Sequence[Erasure]) -> dict[str, Any]:
    """Return what was erased; it does not repeat of whom."""
    return {
        "decisions": sum(each.decisions for each in erasures),
        "erasures": [
            {
                "ref": each.ref,
                "decisions": each.decisions,
                "records": each.records,
                "leaf_hash": bytes(each.leaf_hash).hex(),
            }
            for each in erasures
        ],
    }


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """Return why one rule counted or not; `held` is null where it cannot be known (so it counts).

    `waived` says that it would have counted, had a waiver not set it aside.
    """
    return {
        "rule": explanation.rule.id,
        "title": explanation.rule.title,
        "effect": explanation.rule.effect.value,
        "sentence": explanation.sentence,
        "counted": explanation.counted,
        "waived": explanation.set_aside,
        "held": explanation.truth,
        "reasons": [
            {"asked": reason.asked, "held": reason.truth, "actual": reason.actual}
            for reason in explanation.reasons
        ],
    }


def facts_document(facts: Facts) -> dict[str, Any]:
    """Return what was decided on besides the findings."""
    return {
        "attributes": {name: _as_sent(value) for name, value in sorted(facts.attributes.items())},
        "environment": {
            field: facts.environment.value_of(field)
            for field in ("class", "delivery", "packaging", "uniqueness")
        },
        "elements": [element.value for element in facts.elements],
    }


def _as_sent(value: Value) -> bool | int | str | list[str]:
    """Return an attribute as it was sent, or in another spelling of the same."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
