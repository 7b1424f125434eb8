"""P7 and P9: attacks are not told, and hard measures rest on strong evidence."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from policies.analysis.concretizer import Example
from policies.analysis.context import Context, proved, unknown
from policies.analysis.mitigation import ALTERATIONS
from policies.analysis.reading import codes_named
from policies.analysis.results import PropertyResult
from policies.analysis.sentences import listed, situation, title_of
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, either, every, negate
from policies.engine.sentences import obligation_phrase
from policies.model import Facts, Rule
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import Assurance, FindingState

INFORM: Final = "inform_user"
HARD: Final = frozenset({"revoke_element", "block_device"})
STRONG: Final = (Assurance.A, Assurance.B)


def attacks_not_told(context: Context) -> PropertyResult:
    """P7: what the device is told is the same for all findings of attack.

    Findings of attack are those of Article 9(3)(c). A rule that is about one, which is present,
    must tell nothing, neither by disclosure nor by `inform_user`, unless it carries a written
    ground. Asserts that such a rule counts and tells: by disclosure only where it determines the
    effect and no determining rule is silent, since the least disclosure wins.
    """
    telling = [rule for rule in context.policy_set.rules if _tells(rule)]
    silent = [rule for rule in telling if not rule.disclosure_ground.strip()]
    for rule in silent:
        found = context.check(_is_told(context, rule))
        if found is Answer.UNKNOWN:
            return unknown("P7")
        if found is Answer.SAT:
            return _told(context, rule)
    with_ground = [rule.id for rule in telling if rule not in silent]
    if not with_ground:
        return proved("P7", "The device is told the same, whatever attack was found.")
    ids = listed([f"`{id_}`" for id_ in with_ground])
    return proved(
        "P7",
        f"The device is told the same, whatever attack was found, but for {ids}, on a written"
        " ground.",
        tuple(with_ground),
    )


def _tells(rule: Rule) -> bool:
    """Return whether a rule about an attack tells the device or its user anything."""
    is_about_attack = not codes_named(rule).isdisjoint(ALTERATIONS)
    informs = any(obligation.action == INFORM for obligation in rule.obligations)
    return is_about_attack and (rule.disclosure is not Disclosure.NONE or informs)


def _is_told(context: Context, rule: Rule) -> Term:
    """Return when a rule counts for an attack and the device gets to know."""
    reading, outcome = context.reading, context.outcome
    attacks = [code for code in ALTERATIONS if code in codes_named(rule)]
    found = either(reading.said[code].is_present for code in attacks)
    ways = []
    if any(obligation.action == INFORM for obligation in rule.obligations):
        ways.append(reading.holds(rule))
    if rule.disclosure is not Disclosure.NONE:
        quiet = [
            each
            for each in context.policy_set.rules
            if each.effect is rule.effect and each.disclosure is Disclosure.NONE
        ]
        stronger = [effect for effect in Effect if effect.strength > rule.effect.strength][:1]
        ways.append(
            every(
                [
                    reading.holds(rule),
                    negate(outcome.some_hold(quiet)),
                    *(negate(outcome.at_least(effect)) for effect in stronger),
                ]
            )
        )
    return context.solver.name(every([found, either(ways)]))


def _told(context: Context, rule: Rule) -> PropertyResult:
    """Return that a rule tells of an attack without a ground."""

    def shows(example: Example) -> bool:
        decision = context.decide(example[0])
        informs = rule.id in decision.matched_rules and any(
            obligation.action == INFORM for obligation in rule.obligations
        )
        discloses = (
            rule.id in decision.determining_rules and decision.disclosure is not Disclosure.NONE
        )
        return bool(_attacks(rule, example[0])) and (informs or discloses)

    def tell(example: Example) -> str:
        decision = context.decide(example[0])
        level = decision.disclosure.replace("_", " ")
        told = (
            f"the device is told the reason (disclosure {level})"
            if decision.disclosure is not Disclosure.NONE
            else "the user is informed"
        )
        attacks = listed([title_of(code) for code in _attacks(rule, example[0])])
        return (
            f"When {situation(example[0])}, {told} by rule `{rule.id}`, which gives no written"
            f" ground: an attacker learns that {attacks} was seen."
        )

    return context.refuted_by("P7", shows, tell, rules=(rule.id,))


def _attacks(rule: Rule, facts: Facts) -> list[str]:
    """Return the attacks that were found and that a rule is about."""
    return sorted(
        {
            finding.code
            for finding in facts.findings
            if finding.state is FindingState.PRESENT
            and finding.code in ALTERATIONS
            and finding.code in codes_named(rule)
        }
    )


def hard_measures_well_founded(context: Context) -> PropertyResult:
    """P9: an element is revoked or a device blocked only on evidence of class A or B.

    Asserts that a rule that obliges to it counts while no finding that it names is present with
    such an assurance. Stricter than the design, which would also take two independent sources of
    class D (docs/decisions/0018).
    """
    for rule in context.policy_set.rules:
        hard = [each for each in rule.obligations if each.action in HARD]
        if not hard:
            continue
        strong = either(
            context.reading.is_present(code, STRONG) for code in sorted(codes_named(rule))
        )
        found = context.check(context.reading.holds(rule), negate(strong))
        if found is Answer.UNKNOWN:
            return unknown("P9")
        if found is Answer.SAT:
            return _ill_founded(context, rule)
    return proved("P9", "No element is revoked and no device blocked on weak evidence.")


def _ill_founded(context: Context, rule: Rule) -> PropertyResult:
    """Return that a rule takes a hard measure on weak evidence."""

    def shows(example: Example) -> bool:
        (facts,) = example
        is_strong = any(
            finding.state is FindingState.PRESENT
            and finding.assurance in STRONG
            and finding.code in codes_named(rule)
            for finding in facts.findings
        )
        return rule.id in context.decide(facts).matched_rules and not is_strong

    def tell(example: Example) -> str:
        phrases = [obligation_phrase(each) for each in rule.obligations if each.action in HARD]
        return (
            f"When {situation(example[0])}, rule `{rule.id}` obliges to {listed(phrases)}, although"
            " no evidence of class A or B says so: client software alone can bring this about."
        )

    return context.refuted_by("P9", shows, tell, rules=(rule.id,))
