"""Why a decision is as it is: for each rule whether it held, and for each of its conditions why."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import NamedTuple

from policies.design import Hits, element_statuses
from policies.engine.reference import Statuses, Truth, count_reliable, overall_state, truth_of
from policies.engine.sentences import condition_phrase, rule_sentence, value_text
from policies.model import (
    Atom,
    AttributeIs,
    ElementIs,
    EnvironmentIs,
    Facts,
    FindingIs,
    PolicySet,
    ReliableElements,
    Rule,
    age_s,
    atoms_of,
    seconds_since,
)
from policies.vocabulary.environment import UNKNOWN
from policies.vocabulary.findings import codes_of


class Reason(NamedTuple):
    """One condition: what was asked, whether it held (None: unknown), and what was there."""

    asked: str
    truth: Truth
    actual: str


class Explanation(NamedTuple):
    """One rule: whether it counted, why, and as a sentence.

    `is_waived`: a waiver set it aside, whether or not it would have counted.
    """

    rule: Rule
    sentence: str
    truth: Truth
    reasons: tuple[Reason, ...]
    is_waived: bool = False

    @property
    def counted(self) -> bool:
        """Whether the rule counted: it held, or could not be shown not to, and was not waived."""
        return self.truth is not False and not self.is_waived

    @property
    def set_aside(self) -> bool:
        """Whether the rule would have counted, had it not been waived."""
        return self.truth is not False and self.is_waived


def explain(
    policy_set: PolicySet, hits: Hits, facts: Facts, waived: frozenset[str] = frozenset()
) -> tuple[Explanation, ...]:
    """Return an explanation of each rule, in the document's order; `waived` as in a decision."""
    statuses = element_statuses(hits, facts.findings, facts.elements)
    return tuple(
        Explanation(
            rule=rule,
            sentence=rule_sentence(rule),
            truth=truth_of(rule.when, facts, statuses),
            reasons=tuple(_reason(atom, facts, statuses) for atom in atoms_of(rule.when)),
            is_waived=rule.id in waived,
        )
        for rule in policy_set.rules
    )


def _reason(atom: Atom, facts: Facts, statuses: Statuses) -> Reason:
    """Return why one atom holds or not."""
    truth = truth_of(atom, facts, statuses)
    return Reason(condition_phrase(atom), truth, _actual(atom, facts, statuses))


def _actual(atom: Atom, facts: Facts, statuses: Statuses) -> str:
    """Return what was there, in words."""
    match atom:
        case FindingIs():
            return _actual_finding(atom, facts)
        case ElementIs(element=element):
            status = statuses.get(element)
            return "not in use" if status is None else status.replace("_", " ")
        case ReliableElements():
            return f"{count_reliable(statuses)} of {len(statuses)} in use are reliable"
        case EnvironmentIs(field=field):
            said = facts.environment.value_of(field)
            return "not given, so not excluded" if said == UNKNOWN else said.replace("_", " ")
        case _:
            return _actual_attribute(atom, facts)


def _actual_attribute(atom: AttributeIs, facts: Facts) -> str:
    """Return an attribute's value in words."""
    value = facts.attributes.get(atom.name)
    if value is None:
        return "not given, so not excluded"
    if not isinstance(value, datetime):
        return value_text(value)
    age = seconds_since(value, facts.decided_at)
    since = "in the future, so not excluded" if age is None else f"{age} s ago"
    return f"{value_text(value)}, {since}"


def _actual_finding(atom: FindingIs, facts: Facts) -> str:
    """Return what the evidence said about a code or a family."""
    said = []
    for code in codes_of(atom.code):
        findings = [finding for finding in facts.findings if finding.code == code]
        state = overall_state(findings)
        named = [finding for finding in findings if finding.state is state]
        for finding in named:
            age = age_s(finding, facts.decided_at)
            since = "age not known" if age is None else f"{age} s old"
            said.append(
                f"{code} {state.replace('_', ' ')} ({finding.provider}, {finding.assurance}, {since})"
            )
    return "; ".join(said) if said else "no evidence said anything about it"
