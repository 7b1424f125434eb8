"""P5: whoever suppresses a check gains nothing."""
# SPDX-License-Identifier: Apache-2.0

import msgspec

from policies.analysis.concretizer import Example
from policies.analysis.context import Context, proved, unknown
from policies.analysis.mitigation import ALTERATIONS
from policies.analysis.outcome import Outcome, is_weaker, weakens
from policies.analysis.reading import Reading, literals_of
from policies.analysis.results import PropertyResult, Status
from policies.analysis.sentences import also, answer, situation, title_of
from policies.analysis.solver import Answer
from policies.analysis.terms import every, negate
from policies.engine.reference import overall_state
from policies.model import Facts, FindingIs, Rule
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import CATALOGUE, FindingState, codes_of


def stripping_gains_nothing(context: Context) -> PropertyResult:
    """P5, code by code, each a comparison of two requests that differ in what is said of that code.

    (i) Asserts that the code is absent, and that the decision is weaker when all that is said of
    it is left out. One code at a time is enough: "not weaker" is transitive.
    (ii) Asserts, for alterations, that nobody looked and the decision is a plain permit, and that
    it would be hold or deny were the code present, with whatever assurance and age.
    """
    for prove in (_leaving_out, _hiding):
        result = prove(context)
        if result is not None:
            return result
    return proved(
        "P5",
        "Leaving out what evidence says of a finding never weakens the decision, and where an"
        " alteration would be held or denied, not looking for it is never a plain permit.",
    )


def _leaving_out(context: Context) -> PropertyResult | None:
    """Part (i); None if it holds."""
    first: PropertyResult | None = None
    others: list[str] = []
    for code in CATALOGUE:
        losing = [rule for rule in context.policy_set.rules if _can_lose(rule, code)]
        if not losing:
            continue
        stripped = context.reading.with_code(code, context.world.said_as({}, {}))
        other = Outcome(context.policy_set, stripped)
        found = context.check(
            context.reading.said[code].is_absent, weakens(context.outcome, other, losing)
        )
        if found is Answer.UNKNOWN:
            return first or unknown("P5")
        if found is Answer.SAT and first is None:
            first = _gain(context, code)
        elif found is Answer.SAT:
            others.append(title_of(code))
    return first if first is None else _with_others(first, others)


def _with_others(result: PropertyResult, others: list[str]) -> PropertyResult:
    """Return a violation that names the other findings for which the same holds."""
    if not others or result.status is not Status.VIOLATED:
        return result
    return PropertyResult(
        id=result.id,
        status=result.status,
        sentence=also(result.sentence, others),
        counterexample=result.counterexample,
        request=result.request,
    )


def _can_lose(rule: Rule, code: str) -> bool:
    """Return whether a rule can stop to count when a code turns from absent to not evaluated.

    A rule that does not ask for the code to be absent, nor for it not to be unevaluated, cannot.
    """
    return any(
        isinstance(atom, FindingIs)
        and code in codes_of(atom.code)
        and (
            (atom.state is FindingState.ABSENT and not negated)
            or (atom.state is FindingState.NOT_EVALUATED and negated)
        )
        for atom, negated in literals_of(rule.when)
    )


def without(facts: Facts, code: str) -> Facts:
    """Return facts in which nothing is said of a code."""
    rest = tuple(finding for finding in facts.findings if finding.code != code)
    return msgspec.structs.replace(facts, findings=rest)


def _gain(context: Context, code: str) -> PropertyResult:
    """Return that leaving a code out weakens, with both requests."""

    def shows(example: Example) -> bool:
        (facts, stripped) = example
        said = [finding for finding in facts.findings if finding.code == code]
        return (
            overall_state(said) is FindingState.ABSENT
            and stripped == without(facts, code)
            and is_weaker(context.decide(stripped), context.decide(facts))
        )

    def tell(example: Example) -> str:
        one, other = map(context.decide, example)
        return (
            f"When {situation(example[0])}, the authentication is {answer(one)}; when what the"
            f" evidence says of {title_of(code)} is left out, it is {answer(other)}, which is weaker:"
            " whoever suppresses this check gains."
        )

    stripped = context.reading.with_code(code, context.world.said_as({}, {}))
    return context.refuted_by("P5", shows, tell, readings=[context.reading, stripped], about=[code])


def _hiding(context: Context) -> PropertyResult | None:
    """Part (ii); None if it holds."""
    first: PropertyResult | None = None
    others: list[str] = []
    for code in ALTERATIONS:
        present = {
            piece: context.solver.variable()
            for piece in context.world.pieces[code, FindingState.PRESENT]
        }
        seen = context.reading.with_code(code, context.world.said_as(present, {}))
        # A rule that does not look at the code would count without it as well.
        strong = [
            rule
            for rule in context.policy_set.rules
            if rule.effect.strength >= Effect.HOLD.strength and seen.touches(rule)
        ]
        if not strong:
            continue
        refused = context.solver.name(
            every([seen.said[code].is_present, Outcome(context.policy_set, seen).some_hold(strong)])
        )
        found = context.check(
            context.reading.said[code].is_not_evaluated,
            negate(context.outcome.mitigates),
            refused,
        )
        if found is Answer.UNKNOWN:
            return first or unknown("P5")
        if found is Answer.SAT and first is None:
            first = _hidden(context, code, seen)
        elif found is Answer.SAT:
            others.append(title_of(code))
    return first if first is None else _with_others(first, others)


def _hidden(context: Context, code: str, seen: Reading) -> PropertyResult:
    """Return that hiding a code turns a refusal into a plain permit, with both requests."""

    def shows(example: Example) -> bool:
        (hidden, facts) = example
        return (
            hidden == without(facts, code)
            and context.decide(facts).effect.strength >= Effect.HOLD.strength
            and not context.decide(hidden).is_mitigating
        )

    def tell(example: Example) -> str:
        one, other = map(context.decide, example)
        return (
            f"When {situation(example[0])}, the authentication is {answer(one)}; had"
            f" {title_of(code)} been looked for and found, it would be {answer(other)}: whoever hides"
            " it gains."
        )

    return context.refuted_by("P5", shows, tell, readings=[context.reading, seen], about=[code])
