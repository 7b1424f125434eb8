"""What a policy set answers in a world, and what it means that one answer is weaker than another."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from typing import Final

from policies.analysis.reading import Reading
from policies.analysis.terms import TRUE, Term, either, every, negate
from policies.model import Decision, Obligation, PolicySet, Rule
from policies.vocabulary.actions import RECORD_ONLY, STEP_UP
from policies.vocabulary.effects import Effect

NOT_COUNTED: Final = frozenset({RECORD_ONLY, "request_fresh_evidence"})
"""Actions whose loss alone does not weaken: a record mitigates nothing, and evidence is asked for
because it is missing, so the request falls away when the evidence comes. That a decision stops
being mitigating at all counts in any case."""


def is_mitigating(rule: Rule) -> bool:
    """Return whether a rule alone makes a decision more than a permit with a record."""
    return rule.effect is not Effect.PERMIT or any(
        obligation.action != RECORD_ONLY for obligation in rule.obligations
    )


def is_met_by(wanted: Obligation, given: Obligation) -> bool:
    """Return whether one obligation is the other one, due no later."""
    if (wanted.action, wanted.parameters) != (given.action, given.parameters):
        return False
    if wanted.within_s is None or given.within_s is None:
        return True
    return given.within_s <= wanted.within_s


def lost_obligations(
    one: Decision, other: Decision, *, not_counted: frozenset[str] = NOT_COUNTED
) -> tuple[Obligation, ...]:
    """Return what the first decision obliges to and the second does not, or only later.

    A denied authentication is not stepped up: there a step-up is not missed.
    """
    return tuple(
        each
        for each in one.obligations
        if each.action not in not_counted
        and not (each.action == STEP_UP and other.effect is Effect.DENY)
        and not any(is_met_by(each, given) for given in other.obligations)
    )


def is_weaker(other: Decision, one: Decision, *, not_counted: frozenset[str] = NOT_COUNTED) -> bool:
    """Return whether `other` is weaker than `one`: the one definition, used by every property.

    Its effect is weaker, or it no longer mitigates at all, or an obligation is missing or due later.
    """
    return (
        other.effect.strength < one.effect.strength
        or (one.is_mitigating and not other.is_mitigating)
        or bool(lost_obligations(one, other, not_counted=not_counted))
    )


class Outcome:
    """The answer of a policy set in a world, as terms."""

    def __init__(self, policy_set: PolicySet, reading: Reading) -> None:
        self.policy_set = policy_set
        self.reading = reading
        self._solver = reading.solver
        self._at_least: dict[Effect, Term] = {}
        self._carrying: dict[Obligation, Term] = {}
        self._mitigates: Term | None = None

    def some_hold(self, rules: Iterable[Rule]) -> Term:
        """Return a literal: at least one of the rules counts."""
        return self._solver.name(either(self.reading.holds(rule) for rule in rules))

    def at_least(self, effect: Effect) -> Term:
        """Return a literal: the effect is this one or a stronger one."""
        if self.policy_set.otherwise.strength >= effect.strength:
            return TRUE
        if effect not in self._at_least:
            strong = [rule for rule in self.rules if rule.effect.strength >= effect.strength]
            self._at_least[effect] = self.some_hold(strong)
        return self._at_least[effect]

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules of the policy set."""
        return self.policy_set.rules

    @property
    def mitigates(self) -> Term:
        """A literal: the decision is mitigating."""
        if self.policy_set.otherwise is not Effect.PERMIT:
            return TRUE
        if self._mitigates is None:
            self._mitigates = self.some_hold(rule for rule in self.rules if is_mitigating(rule))
        return self._mitigates

    def obliges(self, wanted: Obligation) -> Term:
        """Return a term: the decision has this obligation, due no later."""
        if wanted not in self._carrying:
            self._carrying[wanted] = self.some_hold(
                rule
                for rule in self.rules
                if any(is_met_by(wanted, given) for given in rule.obligations)
            )
        carried = self._carrying[wanted]
        if wanted.action == STEP_UP:
            return every([carried, negate(self.at_least(Effect.DENY))])
        return carried


def weakens(
    one: Outcome,
    other: Outcome,
    losing: Iterable[Rule],
    *,
    not_counted: frozenset[str] = NOT_COUNTED,
) -> Term:
    """Return when `other` is weaker than `one`; `losing` are the rules that can be lost on the way.

    Exact: an effect, a mitigation or an obligation is lost only together with a rule that gave it.
    """
    return either(
        every([one.reading.holds(rule), missed(rule, one, other, not_counted=not_counted)])
        for rule in losing
    )


def missed(
    rule: Rule, one: Outcome, other: Outcome, *, not_counted: frozenset[str] = NOT_COUNTED
) -> Term:
    """Return when `other` gives less than a rule alone: effect, mitigation or an obligation."""
    terms = [negate(other.at_least(rule.effect))]
    if is_mitigating(rule):
        terms.append(negate(other.mitigates))
    for obligation in rule.obligations:
        if obligation.action in not_counted:
            continue
        term = negate(other.obliges(obligation))
        if obligation.action == STEP_UP:
            term = every(
                [negate(one.at_least(Effect.DENY)), negate(other.at_least(Effect.DENY)), term]
            )
        terms.append(term)
    return either(terms)
