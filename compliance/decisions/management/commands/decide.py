"""Decides on a request in a file and prints the decision with its explanation; records nothing."""
# SPDX-License-Identifier: Apache-2.0

import json
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.core.errors import ComplianceError
from compliance.decisions.attempts import design_of
from compliance.decisions.contexts import DecisionContext, load_context
from compliance.decisions.deciding import Decided, decide_request
from compliance.decisions.errors import RefusedRequestError
from compliance.decisions.neutral import device_answer
from compliance.decisions.presentation import explanation_document
from compliance.decisions.waiving import rules_waived, waivers_fitting
from compliance.decisions.wire import BODY_LIMIT, read_request
from compliance.tenants.models import Psp
from compliance.tenants.selectors import psp_by_ref
from policies.engine import Explanation, explain, obligation_phrase
from policies.vocabulary.findings import FindingState


class Command(BaseCommand):
    help = (
        "Decide on the request in FILE (the body of POST /v1/decisions) by the policy set in force "
        "and print the decision with its explanation. Nothing is recorded. "
        "Exit codes: 0 decided, 1 refused, 2 usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a JSON file, or - for standard input")
        parser.add_argument("--psp", help="reference of the PSP; may be left out if there is one")
        parser.add_argument("--json", action="store_true", help="print for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        now = timezone.now()
        try:
            context = load_context(_psp(options["psp"]), now=now)
            request = read_request(_read(options["file"]))
            decided = decide_request(request, context=context, now=now)
        except RefusedRequestError as error:
            for problem in error.problems:
                self.stderr.write(f"{problem.pointer or '/'}: {problem.detail}")
            raise CommandError(str(error)) from error
        except ComplianceError as error:
            raise CommandError(str(error)) from error
        explanations = _explained(decided, context)
        if options["json"]:
            self.stdout.write(json.dumps(_document(decided, explanations), indent=2))
        else:
            self.stdout.write("\n".join(_lines(decided, explanations, now)))


def _psp(ref: str | None) -> Psp:
    """Return the PSP named, or the only one."""
    if ref is not None:
        return psp_by_ref(ref)
    psps = list(Psp.objects.order_by("pk")[:2])
    if len(psps) != 1:
        raise CommandError("name the PSP with --psp", returncode=2)
    return psps[0]


def _read(name: str) -> bytes:
    """Return the content of the file, or of standard input; no more is read than is taken."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as file:
            body = file.read(BODY_LIMIT + 1)
    except OSError as error:
        raise CommandError(f"cannot read `{name}`: {error.strerror}", returncode=2) from error
    if len(body) > BODY_LIMIT:
        raise CommandError(f"`{name}` is larger than {BODY_LIMIT} bytes")
    return body


def _explained(decided: Decided, context: DecisionContext) -> tuple[Explanation, ...]:
    """Return why each rule counted or not."""
    facts = decided.facts
    in_force = context.design_at(facts.decided_at)
    hits = in_force.hits_under(design_of(in_force.designs, facts.attributes))
    fitting = waivers_fitting(context.waivers, facts.attributes, facts.decided_at)
    return explain(decided.policy.policy_set, hits, facts, rules_waived(fitting))


def _document(decided: Decided, explanations: tuple[Explanation, ...]) -> dict[str, Any]:
    """Return the decision for machines, marked as not recorded."""
    decision = decided.decision
    return {
        "recorded": False,
        "effect": decision.effect.value,
        "disposition": decision.disposition.value,
        "for_device": {"answer": device_answer(decision.effect, decision.disclosure).value},
        "obligations": [
            {"action": each.action, **dict(each.parameters), "within_s": each.within_s}
            for each in decision.obligations
        ],
        "elements": {name.value: status.value for name, status in decision.elements.items()},
        "reliable_elements": decision.reliable_elements,
        "determining_rules": list(decision.determining_rules),
        "matched_rules": list(decision.matched_rules),
        "waivers": list(decided.waivers),
        "findings": [
            {"code": each.code, "state": each.state.value, "assurance": each.assurance.value}
            for each in decided.facts.findings
        ],
        "policy": {"version": decided.policy.number, "digest": decided.policy.digest},
        "explanation": [explanation_document(each) for each in explanations],
    }


def _lines(decided: Decided, explanations: tuple[Explanation, ...], now: datetime) -> list[str]:
    """Return the decision for a person."""
    decision = decided.decision
    lines = [
        f"{decision.effect.value} ({decision.disposition.value}), not recorded, {now.isoformat()}",
        f"policy set version {decided.policy.number}, {decided.policy.digest}",
        "elements: "
        + ", ".join(f"{name.value} {status.value}" for name, status in decision.elements.items()),
    ]
    lines += [
        f"finding: {each.code} {each.state.value} ({each.assurance.value})"
        for each in decided.facts.findings
        if each.state is not FindingState.ABSENT
    ]
    lines += [f"obligation: {obligation_phrase(each)}" for each in decision.obligations]
    lines += [f"waiver: {ref}" for ref in decided.waivers]
    for explanation in explanations:
        if explanation.set_aside:
            lines.append(f"waived {explanation.rule.id}: {explanation.sentence}")
        if explanation.counted:
            lines.append(f"rule {explanation.rule.id}: {explanation.sentence}")
            lines += [
                f"    {reason.asked}: {reason.actual}"
                for reason in explanation.reasons
                if reason.truth is not False
            ]
    return lines
