"""What it would take to refute each property, said once more and without the analysis.

Each refutation looks at one request (and at what becomes of it when evidence is left out or is
worse) and is true where the property does not hold there. The design's words are the source:
product.md, "The analysis".
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from policies.analysis.outcome import is_weaker
from policies.design import Design, Designs, design_for, element_hits, element_statuses
from policies.engine import reference
from policies.engine.reference import overall_state
from policies.model import (
    All,
    Any,
    Condition,
    Decision,
    ElementIs,
    Facts,
    FindingIs,
    Not,
    PolicySet,
    ReliableElements,
    Rule,
    atoms_of,
)
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState, codes_of
from tests.support.searching import Search

ALTERATIONS = frozenset(code for code, type_ in CATALOGUE.items() if type_.is_alteration)
PRESENT, ABSENT = FindingState.PRESENT, FindingState.ABSENT


@dataclass(frozen=True)
class Judge:
    """The reference engine on one policy set, under its PSP's designs."""

    policy_set: PolicySet
    designs: Designs | None

    def design(self, facts: Facts, method: str | None = None) -> Design | None:
        """Return the design of a method, or of the request's own, at the request's app version."""
        version = facts.attributes.get("app_version")
        known = version if isinstance(version, tuple) else None
        name = str(facts.attributes.get("method", "")) if method is None else method
        return design_for(self.designs, name, known)

    def decide(self, facts: Facts) -> Decision:
        """Return what the specification decides."""
        hits = element_hits(self.designs, self.design(facts))
        return reference.decide(self.policy_set, hits, facts)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.policy_set.rules}

    def counting(self, facts: Facts) -> list[Rule]:
        """Return the rules that count."""
        return [self.rules[id_] for id_ in self.decide(facts).matched_rules]


def is_present(facts: Facts, codes: Iterable[str], worth: Iterable[Assurance] = Assurance) -> bool:
    """Return whether some evidence of that worth says that one of the codes is present."""
    wanted, levels = frozenset(codes), frozenset(worth)
    return any(
        each.code in wanted and each.state is PRESENT and each.assurance in levels
        for each in facts.findings
    )


def state_of(facts: Facts, code: str) -> FindingState:
    """Return what all that is said of a code says together."""
    return overall_state(each for each in facts.findings if each.code == code)


def without(facts: Facts, code: str) -> Facts:
    """Return facts that say nothing of a code."""
    rest = tuple(each for each in facts.findings if each.code != code)
    return msgspec.structs.replace(facts, findings=rest)


def _wanted(condition: Condition, *, negated: bool = False) -> Iterable[FindingIs]:
    """Return the conditions on findings that stand there unnegated."""
    match condition:
        case All(parts=parts) | Any(parts=parts):
            for part in parts:
                yield from _wanted(part, negated=negated)
        case Not(part=part):
            yield from _wanted(part, negated=not negated)
        case FindingIs() if not negated:
            yield condition
        case _:
            return


def subjects(rule: Rule) -> frozenset[str]:
    """Return the codes that a rule is about: that it wants present, or all if it looks at elements."""
    if any(isinstance(atom, ElementIs | ReliableElements) for atom in atoms_of(rule.when)):
        return frozenset(CATALOGUE)
    wanted = [atom for atom in _wanted(rule.when) if atom.state is PRESENT]
    return frozenset(code for atom in wanted for code in codes_of(atom.code))


def leaves_an_alteration(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P2."""
    confirmed = is_present(facts, ALTERATIONS, [Assurance.A, Assurance.B, Assurance.C])
    return confirmed and not judge.decide(facts).is_mitigating


def permits_broken_sca(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P3."""
    decision = judge.decide(facts)
    return decision.reliable_elements < 2 and decision.effect is Effect.PERMIT


def steps_up_in_doubt(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P4."""
    asked = {
        dict(each.parameters)["method"]
        for each in judge.decide(facts).obligations
        if each.action == "step_up"
    }
    return any(
        obligation.action == "step_up"
        and (method := str(dict(obligation.parameters)["method"])) in asked
        and _is_in_doubt(judge, facts, method, subjects(rule))
        for rule in judge.counting(facts)
        for obligation in rule.obligations
    )


def _is_in_doubt(judge: Judge, facts: Facts, method: str, about: frozenset[str]) -> bool:
    design = judge.design(facts, method)
    if design is None:
        return True
    found = [each for each in facts.findings if each.code in about]
    statuses = element_statuses(element_hits(judge.designs, design), found, design.elements)
    return any(status is not ElementStatus.RELIABLE for status in statuses.values())


def pays_to_strip(judge: Judge, facts: Facts, search: Search) -> bool:
    """P5, for one code each: leaving out weakens, or hiding what is refused is a plain permit."""
    code, hidden = search.code(), search.code()
    seen = with_piece(without(facts, hidden), search.piece(hidden, PRESENT))
    return _gains_by_leaving_out(judge, facts, without(facts, code), code) or _gains_by_hiding(
        judge, without(facts, hidden), seen, hidden
    )


def with_piece(facts: Facts, piece: Finding) -> Facts:
    """Return facts with one more piece of evidence."""
    return msgspec.structs.replace(facts, findings=(*facts.findings, piece))


def _gains_by_leaving_out(judge: Judge, facts: Facts, stripped: Facts, code: str) -> bool:
    return (
        state_of(facts, code) is ABSENT
        and stripped == without(facts, code)
        and is_weaker(judge.decide(stripped), judge.decide(facts))
    )


def _gains_by_hiding(judge: Judge, hidden: Facts, seen: Facts, code: str) -> bool:
    return (
        code in ALTERATIONS
        and is_present(seen, [code])
        and hidden == without(seen, code)
        and judge.decide(seen).effect.strength >= Effect.HOLD.strength
        and not judge.decide(hidden).is_mitigating
    )


_BETTER = {Assurance.D: Assurance.C, Assurance.C: Assurance.B, Assurance.B: Assurance.A}


def worse(piece: Finding) -> Finding:
    """Return evidence one step worse: present for absent, or worth more."""
    if piece.state is ABSENT:
        return msgspec.structs.replace(piece, state=PRESENT)
    if piece.state is PRESENT and piece.assurance in _BETTER:
        return msgspec.structs.replace(piece, assurance=_BETTER[piece.assurance])
    return piece


def weakens_when_worse(judge: Judge, facts: Facts, search: Search) -> bool:
    """P6, for one piece of evidence."""
    if not facts.findings:
        return False
    place = search.random.randrange(len(facts.findings))
    piece = worse(facts.findings[place])
    findings = (*facts.findings[:place], piece, *facts.findings[place + 1 :])
    changed = msgspec.structs.replace(facts, findings=findings)
    return is_weaker(judge.decide(changed), judge.decide(facts))


def tells_of_an_attack(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P7."""
    decision = judge.decide(facts)
    for rule in judge.counting(facts):
        is_told = (
            rule.id in decision.determining_rules
            and rule.disclosure is not Disclosure.NONE
            and decision.disclosure is not Disclosure.NONE
        ) or any(each.action == "inform_user" for each in rule.obligations)
        found = is_present(facts, subjects(rule) & ALTERATIONS)
        if is_told and found and not rule.disclosure_ground.strip():
            return True
    return False


def forgets_silence(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P8."""
    counting = judge.counting(facts)
    nobody_looked = all(state_of(facts, code) is FindingState.NOT_EVALUATED for code in ALTERATIONS)
    down = "provider.unavailable"
    return (
        nobody_looked
        and not any(
            atom.state is FindingState.NOT_EVALUATED
            for rule in counting
            for atom in _wanted(rule.when)
        )
    ) or (
        is_present(facts, [down])
        and not any(
            atom.state is PRESENT and down in codes_of(atom.code)
            for rule in counting
            for atom in _wanted(rule.when)
        )
    )


def is_hard_on_weak_evidence(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P9, for one source: a second one cannot be asked for."""
    return any(
        any(each.action in {"revoke_element", "block_device"} for each in rule.obligations)
        and not is_present(facts, subjects(rule), [Assurance.A, Assurance.B])
        for rule in judge.counting(facts)
    )


def contradicts_itself(judge: Judge, facts: Facts, _search: Search) -> bool:
    """P10: two different step-ups, or a step-up in a session that is ended."""
    asked = judge.decide(facts).obligations
    step_ups = {each.parameters for each in asked if each.action == "step_up"}
    ends = any(each.action == "end_session" for each in asked)
    return len(step_ups) > 1 or bool(step_ups and ends)


Refutation = Callable[[Judge, Facts, Search], bool]
REFUTATIONS: Mapping[str, Refutation] = {
    "P2": leaves_an_alteration,
    "P3": permits_broken_sca,
    "P4": steps_up_in_doubt,
    "P5": pays_to_strip,
    "P6": weakens_when_worse,
    "P7": tells_of_an_attack,
    "P8": forgets_silence,
    "P9": is_hard_on_weak_evidence,
    "P10": contradicts_itself,
}
"""P1 says that something can be, which no search refutes: see `matters`."""


def is_shown(id_: str, judge: Judge, example: tuple[Facts, ...], search: Search) -> bool:
    """Return whether a counterexample is one: by the same words, on just these requests."""
    if id_ == "P5":
        one, other = example
        codes = {each.code for facts in example for each in facts.findings}
        return any(
            _gains_by_leaving_out(judge, one, other, code)
            or _gains_by_hiding(judge, one, other, code)
            for code in codes
        )
    if id_ == "P6":
        one, other = example
        return _is_worse(one, other) and is_weaker(judge.decide(other), judge.decide(one))
    (facts,) = example
    return REFUTATIONS[id_](judge, facts, search)


def _is_worse(one: Facts, other: Facts) -> bool:
    """Return whether requests differ in one code alone, each piece the same or a step worse."""
    before, after = {*one.findings}, {*other.findings}
    return (
        msgspec.structs.replace(other, findings=one.findings) == one
        and len({piece.code for piece in before ^ after}) == 1
        and after <= before | {_as_said(worse(piece), after) for piece in before}
        and all({piece, _as_said(worse(piece), after)} & after for piece in before)
    )


def _as_said(piece: Finding, after: set[Finding]) -> Finding:
    """Return the piece of `after` that says the same, whoever provides it."""
    for each in after:
        if msgspec.structs.replace(each, provider=piece.provider) == piece:
            return each
    return piece


def matters(judge: Judge, facts: Facts, ids: Iterable[str]) -> bool:
    """Return whether a rule that is said to change nothing does, each alone (P10)."""
    decision = judge.decide(facts)
    for id_ in {*ids} & {*decision.matched_rules}:
        rest = tuple(rule for rule in judge.policy_set.rules if rule.id != id_)
        less = Judge(
            PolicySet(
                name="",
                attributes=judge.policy_set.attributes,
                rules=rest,
                otherwise=judge.policy_set.otherwise,
                metadata={},
            ),
            judge.designs,
        ).decide(facts)
        if is_weaker(less, decision, not_counted=frozenset()):
            return True
    return False


def is_a_request(judge: Judge, facts: Facts) -> bool:
    """Return whether a back-end can send this: elements in use, and such as the design has."""
    design = judge.design(facts)
    usable = {*Element} if design is None else {*design.elements}
    return bool(facts.elements) and {*facts.elements} <= usable
