"""One decision as a timeline, its proof, and the question whether we would decide so again."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from compliance.decisions.looking import has_raw_evidence
from compliance.decisions.presentation import facts_document
from compliance.decisions.replay import ReplayResult, replay
from compliance.decisions.selectors import DecisionDetail, decision_by_ref, decision_detail
from compliance.ledger.selectors import entry_by_leaf_hash, log_of, tlog_proof_of
from compliance.requirements.catalogue import DutyText, requirement_set
from compliance.web.access import SeatedRequest, page
from compliance.web.downloads import TEXT, download
from compliance.web.permissions import Permission
from policies.engine import Explanation, Reason
from policies.vocabulary.duties import Duty
from policies.vocabulary.findings import CATALOGUE, FindingState

_LATE: Final = frozenset({"overdue", "failed"})


@page(Permission.READ_DECISIONS)
@require_GET
def decision(request: SeatedRequest, ref: str) -> HttpResponse:
    """Show what was known, what was decided and why, what was done, and the proof of it."""
    return render(request, "web/decision/decision.html", _context(request, ref))


@page(Permission.DECIDE_AGAIN)
@require_POST
def decide_again(request: SeatedRequest, ref: str) -> HttpResponse:
    """Decide again from the record and say whether that agrees; nothing is changed."""
    result = replay(request.seat.psp, ref)
    if request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
        return render(request, "web/decision/_replay.html", {"replay": result})
    return render(request, "web/decision/decision.html", _context(request, ref, result))


@page(Permission.READ_DECISIONS)
@require_GET
def proof(request: SeatedRequest, ref: str) -> HttpResponse:
    """Hand out the proof (C2SP `.tlog-proof`) that the ledger holds this decision."""
    row = decision_by_ref(request.seat.psp, ref)
    content = tlog_proof_of(request.seat.psp, bytes(row.leaf_hash))
    return download(content, name=f"{row.ref}.tlog-proof", content_type=TEXT)


def _context(
    request: SeatedRequest, ref: str, result: ReplayResult | None = None
) -> dict[str, Any]:
    """Return what the page shows."""
    psp = request.seat.psp
    detail = decision_detail(psp, ref, now=timezone.now())
    leaf_hash = bytes(detail.decision.leaf_hash)
    deciding = detail.decision.determining_rules
    return {
        "detail": detail,
        "decision": detail.decision,
        "present": [each for each in detail.findings if each.state == FindingState.PRESENT],
        "silent": [each for each in detail.findings if each.state == FindingState.NOT_EVALUATED],
        "absent": [each for each in detail.findings if each.state == FindingState.ABSENT],
        "held": explained([each for each in detail.explanations if each.counted], deciding),
        "others": explained([each for each in detail.explanations if not each.counted]),
        "late": sum(each.state in _LATE for each in detail.obligations),
        "facts": None if detail.facts is None else facts_document(detail.facts),
        "duties": duties_in_question(detail),
        "entry": entry_by_leaf_hash(psp, leaf_hash),
        "log": log_of(psp),
        "has_raw_evidence": has_raw_evidence(psp, ref),
        "replay": result,
    }


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """A rule with the reasons that speak for it first, and whether it determined the effect."""

    explanation: Explanation
    reasons: tuple[Reason, ...]
    is_determining: bool


def explained(
    explanations: Sequence[Explanation], deciding: Collection[str] = ()
) -> list[ExplainedRule]:
    """Return the rules for reading: those that determined the effect first."""
    rules = [
        ExplainedRule(
            explanation=each,
            reasons=tuple(sorted(each.reasons, key=lambda reason: reason.truth is False)),
            is_determining=each.rule.id in deciding,
        )
        for each in explanations
    ]
    return sorted(rules, key=lambda rule: not rule.is_determining)


def duties_in_question(detail: DecisionDetail) -> tuple[DutyText, ...]:
    """Return the duties that the decision is about: those of the rules that made it.

    Where an alteration was found, RTS Article 9(3)(c) comes first: mitigating its consequences.
    """
    deciding = set(detail.decision.determining_rules)
    answered = {
        duty
        for each in detail.explanations
        if each.rule.id in deciding
        for duty in each.rule.answers
    }
    if any(_is_alteration(each.code) and each.state == "present" for each in detail.findings):
        answered.add(Duty.CONSEQUENCES)
    texts = [text for text in requirement_set().duties if text.duty in answered]
    return tuple(sorted(texts, key=lambda text: text.duty is not Duty.CONSEQUENCES))


def _is_alteration(code: str) -> bool:
    """Return whether Article 9(3)(c) applies when a code is present."""
    type_ = CATALOGUE.get(code)
    return type_ is not None and type_.is_alteration
