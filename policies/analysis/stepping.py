"""P4: a step-up never relies on the component or the device in doubt."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from typing import NamedTuple

from policies.analysis.concretizer import Example
from policies.analysis.context import Context, proved, unknown
from policies.analysis.reading import codes_named
from policies.analysis.results import PropertyResult
from policies.analysis.sentences import listed, situation, title_of
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, either, every, negate
from policies.analysis.world import impact
from policies.design import design_for, element_hits
from policies.model import Facts, Rule
from policies.vocabulary.actions import STEP_UP
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.findings import Assurance, FindingState


class StepUp(NamedTuple):
    """A rule that asks for a step-up, and by which method."""

    rule: Rule
    method: str


def step_ups_stand_alone(context: Context) -> PropertyResult:
    """P4: where a rule asks for a step-up, nothing that the rule is about touches its method.

    In doubt is each element of the method's design that a present finding hits, as the engine
    counts it (severity and assurance). Only findings that the rule itself names count, all where
    it looks at elements: those are the doubt that the step-up is to overcome. A method without a
    design for the app version may rest on anything, and never stands. A denied authentication is
    not stepped up. Asserts that some rule's step-up is asked for and in doubt.
    """
    step_ups = [*_step_ups(context)]
    if context.designs is None:
        return _without_designs(context, step_ups)
    doubts = {each: _doubt(context, each) for each in step_ups}
    found = context.check(negate(context.outcome.at_least(Effect.DENY)), either(doubts.values()))
    if found is Answer.UNKNOWN:
        return unknown("P4")
    if found is Answer.UNSAT:
        return proved("P4", _stands(step_ups))
    first = next(each for each, term in doubts.items() if _is_shown(context, term))

    def shows(example: Example) -> bool:
        return _is_in_doubt(context, first, example[0])

    def tell(example: Example) -> str:
        return _told(context, first, example[0])

    return context.refuted_by("P4", shows, tell, rules=(first.rule.id,))


def _is_shown(context: Context, term: Term) -> bool:
    """Return whether a term is true in the last example."""
    return context.solver.is_true(context.solver.name(term))


def _step_ups(context: Context) -> Iterator[StepUp]:
    """Return each rule with each method that it steps up to."""
    for rule in context.policy_set.rules:
        for obligation in rule.obligations:
            if obligation.action == STEP_UP:
                yield StepUp(rule, str(dict(obligation.parameters)["method"]))


def _without_designs(context: Context, step_ups: list[StepUp]) -> PropertyResult:
    """Return what can be said where no design is registered."""
    for rule, _method in step_ups:
        if context.check(context.reading.holds(rule)) is not Answer.UNSAT:
            return unknown(
                "P4",
                "No authentication design is registered, so nobody can say what a step-up rests on.",
            )
    return proved("P4", "No rule asks for a step-up.")


def _stands(step_ups: list[StepUp]) -> str:
    """Return in words that step-ups stand."""
    methods = sorted({f"`{each.method}`" for each in step_ups})
    if not methods:
        return "No rule asks for a step-up."
    return (
        f"The step-up by {listed(methods)} rests on nothing that is in doubt when it is asked for."
    )


def _doubt(context: Context, step_up: StepUp) -> Term:
    """Return a literal: the rule counts, and a finding that it names touches its method."""
    reading = context.reading
    terms = []
    for case in context.world.cases_of(step_up.method):
        if case.design is None:
            terms.append(case.applies)
            continue
        in_use = frozenset(case.design.elements)
        hit = [code for code in sorted(codes_named(step_up.rule)) if case.hits[code] & in_use]
        terms.append(every([case.applies, either(_harms(context, code) for code in hit)]))
    return context.solver.name(every([reading.holds(step_up.rule), either(terms)]))


def _harms(context: Context, code: str) -> Term:
    """Return when a code is present with an assurance that puts elements in doubt."""
    harmful = [level for level in Assurance if impact(code, level) is not ElementStatus.RELIABLE]
    return context.reading.is_present(code, harmful)


def _in_doubt(
    context: Context, step_up: StepUp, facts: Facts
) -> tuple[str, frozenset[Element]] | None:
    """Return the finding that puts elements of the method in doubt, and these; "" for no design."""
    version = facts.attributes.get("app_version")
    known = version if isinstance(version, tuple) else None
    design = design_for(context.designs, step_up.method, known)
    if design is None:
        return "", frozenset()
    hits = element_hits(context.designs, design)
    for finding in facts.findings:
        hit = hits[finding.code] & design.elements.keys()
        if (
            finding.state is FindingState.PRESENT
            and finding.code in codes_named(step_up.rule)
            and impact(finding.code, finding.assurance) is not ElementStatus.RELIABLE
            and hit
        ):
            return finding.code, hit
    return None


def _is_in_doubt(context: Context, step_up: StepUp, facts: Facts) -> bool:
    """Return whether the engine asks for the step-up although its method is in doubt."""
    decision = context.decide(facts)
    asked = {
        dict(obligation.parameters)["method"]
        for obligation in decision.obligations
        if obligation.action == STEP_UP
    }
    return (
        step_up.rule.id in decision.matched_rules
        and step_up.method in asked
        and _in_doubt(context, step_up, facts) is not None
    )


def _told(context: Context, step_up: StepUp, facts: Facts) -> str:
    """Return the violation in words."""
    code, elements = _in_doubt(context, step_up, facts) or ("", frozenset())
    asks = f"When {situation(facts)}, rule `{step_up.rule.id}` asks for a step-up by `{step_up.method}`"
    if not code:
        return f"{asks}, for which no design is registered: nobody can say what it rests on."
    words = listed([str(element) for element in Element if element in elements])
    return f"{asks}, although {title_of(code)} puts its {words} in doubt as well."
