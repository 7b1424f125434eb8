"""P1, P2, P3 and P8: duties answered, alterations mitigated, broken SCA not permitted, silence handled."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from policies.analysis.concretizer import Example, facts_of
from policies.analysis.context import Context, proved, unknown
from policies.analysis.reading import literals_of
from policies.analysis.results import PropertyResult, Status
from policies.analysis.sentences import also, answer, rules_text, situation, title_of
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, every, negate
from policies.engine.reference import overall_state
from policies.engine.sentences import condition_phrase
from policies.model import Facts, FindingIs, Rule
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState, codes_of

ALTERATIONS: Final = tuple(code for code, type_ in CATALOGUE.items() if type_.is_alteration)
CONFIRMED: Final = (Assurance.A, Assurance.B, Assurance.C)
DOWN: Final = "provider.unavailable"


def duties_answered(context: Context) -> PropertyResult:
    """P1: each duty of Article 9 is answered by a rule that some request makes count.

    Asserts, duty by duty, that some rule that answers it counts: satisfiable if and only if it can
    be reached.
    """
    for duty in Duty:
        rules = [rule for rule in context.policy_set.rules if duty in rule.answers]
        answered = context.check(context.outcome.some_hold(rules))
        if answered is Answer.UNKNOWN:
            return unknown("P1")
        if answered is Answer.UNSAT:
            return PropertyResult(
                id="P1",
                status=Status.VIOLATED,
                sentence=_unanswered(duty, rules),
                rules=tuple(rule.id for rule in rules),
            )
        matched = context.decide(facts_of(context.reading)).matched_rules
        if not {rule.id for rule in rules} & set(matched):
            return unknown("P1", "The engine does not confirm that a rule can be reached.")
    return proved(
        "P1", "Each of the five duties of Article 9 is answered by a rule that can count."
    )


def _unanswered(duty: Duty, rules: list[Rule]) -> str:
    """Return in words that nothing answers a duty."""
    if not rules:
        return f"No rule answers Article {duty}, which asks for {_ASKED[duty]}."
    ids = rules_text([rule.id for rule in rules])
    return (
        f"Article {duty}, which asks for {_ASKED[duty]}, is answered by {ids} alone, and no request"
        " can make that count."
    )


_ASKED: Final = {
    Duty.INDEPENDENCE: "independent elements",
    Duty.MULTI_PURPOSE_DEVICE: "measures against the risk of a compromised device",
    Duty.SEPARATED_ENVIRONMENTS: "separated secure execution environments",
    Duty.INTEGRITY_MECHANISMS: "mechanisms against alteration of software or device",
    Duty.CONSEQUENCES: "mechanisms to mitigate the consequences of alterations",
}


def alterations_mitigated(context: Context) -> PropertyResult:
    """P2: wherever an alteration is present with assurance A to C, the decision is mitigating.

    Asserts that one is and that it is not.
    """
    present = {code: context.reading.is_present(code, CONFIRMED) for code in ALTERATIONS}
    plain = negate(context.outcome.mitigates)
    for code, term in present.items():
        found = context.check(term, plain)
        if found is Answer.UNKNOWN:
            return unknown("P2")
        if found is Answer.SAT:
            return _unmitigated(context, code, present, plain)
    return proved("P2", "Every alteration that is known with assurance A to C is mitigated.")


def _unmitigated(
    context: Context, code: str, present: dict[str, Term], plain: Term
) -> PropertyResult:
    """Return that a code is not mitigated, and which others are not."""

    def shows(example: Example) -> bool:
        (facts,) = example
        return _is_confirmed(facts, code) and not context.decide(facts).is_mitigating

    def tell(example: Example) -> str:
        (facts,) = example
        result = answer(context.decide(facts))
        because = _what_rules_ask(context, code)
        sentence = (
            f"When {situation(facts)}, the authentication is {result}, although"
            f" “{CATALOGUE[code].title}” is an alteration whose consequences Article 9(3)(c) wants"
            f" mitigated: {because}."
        )
        return also(sentence, [*map(title_of, others)])

    others: list[str] = []
    result = context.refuted_by("P2", shows, tell, about=[code])
    if result.status is not Status.VIOLATED:
        return result
    later = list(present)[list(present).index(code) + 1 :]
    others += [each for each in later if context.check(present[each], plain) is Answer.SAT]
    return PropertyResult(
        id="P2",
        status=result.status,
        sentence=tell(result.counterexample),
        counterexample=result.counterexample,
        request=result.request,
    )


def _is_confirmed(facts: Facts, code: str) -> bool:
    """Return whether a code is present with assurance A to C."""
    return any(
        finding.code == code
        and finding.state is FindingState.PRESENT
        and finding.assurance in CONFIRMED
        for finding in facts.findings
    )


def _what_rules_ask(context: Context, code: str) -> str:
    """Return why nothing happens about a code: what rules about it ask for besides."""
    rules = [rule for rule in context.policy_set.rules if _names(rule, code)]
    if not rules:
        return "no rule is about it"
    return f"rule `{rules[0].id}` counts only when {condition_phrase(rules[0].when)}"


def _names(rule: Rule, code: str) -> bool:
    """Return whether a rule has a condition on a code that wants it present."""
    return any(
        isinstance(atom, FindingIs)
        and atom.state is FindingState.PRESENT
        and not negated
        and code in codes_of(atom.code)
        for atom, negated in literals_of(rule.when)
    )


def broken_sca_not_permitted(context: Context) -> PropertyResult:
    """P3: wherever fewer than two elements are reliable, the effect is not `permit`.

    Asserts that fewer are and that no rule gives more than a permit. The elements of a request
    are of different categories by their nature.
    """
    broken = context.reading.fewer_reliable_than(2)
    found = context.check(broken, negate(context.outcome.at_least(Effect.STEP_UP)))
    if found is Answer.UNKNOWN:
        return unknown("P3")
    if found is Answer.UNSAT:
        return proved("P3", "Nothing is permitted with fewer than two reliable elements.")

    def shows(example: Example) -> bool:
        decision = context.decide(example[0])
        return decision.reliable_elements < 2 and decision.effect is Effect.PERMIT

    def tell(example: Example) -> str:
        decision = context.decide(example[0])
        count = decision.reliable_elements
        reliable = {0: "no element is", 1: "only one element is"}[count]
        return (
            f"When {situation(example[0])}, the authentication is {answer(decision)}, although"
            f" {reliable} reliable and strong customer authentication needs two."
        )

    return context.refuted_by("P3", shows, tell)


def silence_handled(context: Context) -> PropertyResult:
    """P8: `not_evaluated` and `provider.unavailable` have branches of their own.

    Asserts that no alteration was looked for and that no rule that asks for `not_evaluated`
    counts; then that a provider is down and that no rule that names this counts.
    """
    silent = [rule for rule in context.policy_set.rules if _asks_for_silence(rule)]
    down = [rule for rule in context.policy_set.rules if _names(rule, DOWN)]
    nobody_looked = every(context.reading.said[code].is_not_evaluated for code in ALTERATIONS)
    is_down = context.reading.said[DOWN].is_present
    for rules, when, is_case, words in (
        (silent, nobody_looked, _nobody_looked, "nobody looked for alterations"),
        (down, is_down, _is_down, "a provider of evidence is down"),
    ):
        ids = {rule.id for rule in rules}
        found = context.check(when, negate(context.outcome.some_hold(rules)))
        if found is Answer.UNKNOWN:
            return unknown("P8")
        if found is Answer.SAT:
            what = f"none of {rules_text(sorted(ids))} counts" if ids else "there is no rule for it"

            def shows(example: Example) -> bool:
                matched = context.decide(example[0]).matched_rules
                return is_case(example[0]) and not ids & set(matched)  # noqa: B023 - used at once

            def tell(example: Example) -> str:
                return (
                    f"When {situation(example[0])}, the authentication is"
                    f" {answer(context.decide(example[0]))}, although {words}: {what}."  # noqa: B023 - used at once
                )

            about = [*ALTERATIONS] if rules is silent else [DOWN]
            return context.refuted_by("P8", shows, tell, about=about, rules=tuple(sorted(ids)))
    return proved(
        "P8",
        f"There are rules for what nobody looked at ({rules_text([rule.id for rule in silent])})"
        f" and for a provider that is down ({rules_text([rule.id for rule in down])}).",
        tuple(rule.id for rule in (*silent, *down)),
    )


def _asks_for_silence(rule: Rule) -> bool:
    """Return whether a rule has a condition that wants something not evaluated."""
    return any(
        isinstance(atom, FindingIs) and atom.state is FindingState.NOT_EVALUATED and not negated
        for atom, negated in literals_of(rule.when)
    )


def _nobody_looked(facts: Facts) -> bool:
    """Return whether no alteration was looked for."""
    return all(
        overall_state(finding for finding in facts.findings if finding.code == code)
        is FindingState.NOT_EVALUATED
        for code in ALTERATIONS
    )


def _is_down(facts: Facts) -> bool:
    """Return whether a provider is unavailable."""
    return any(
        finding.code == DOWN and finding.state is FindingState.PRESENT for finding in facts.findings
    )
