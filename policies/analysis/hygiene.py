"""P10: no rule is dead, redundant, or in conflict with another."""
# SPDX-License-Identifier: Apache-2.0

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from policies.analysis.concretizer import Example
from policies.analysis.context import Context, proved, unknown, values_in
from policies.analysis.guessing import likely_facts
from policies.analysis.outcome import is_met_by
from policies.analysis.results import PropertyResult, Status
from policies.analysis.sentences import rules_text, situation
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, either, every, negate
from policies.engine.sentences import obligation_phrase
from policies.model import Obligation, Rule, Value
from policies.vocabulary.actions import STEP_UP
from policies.vocabulary.effects import Effect

END_SESSION: Final = "end_session"

Pair = tuple[Obligation, Obligation]


class _Idle(NamedTuple):
    """Rules that change nothing."""

    dead: list[str]
    redundant: list[str]


def no_idle_rules(context: Context) -> PropertyResult:
    """P10: each rule counts in some request, adds something there, and contradicts no other rule.

    Asserts, rule by rule, that it counts and that the others together give less than it does
    (effect, or an obligation as soon): a rule for which this cannot be is dead if it never counts,
    else redundant. Obligations contradict each other when a decision has two different step-ups,
    or a step-up in a session that it ends; asserts that a decision has both.
    """
    context = context.renewed()
    idle = _idle_rules(context)
    if idle is None:
        return unknown("P10")
    conflict = _conflict(context)
    if conflict is not None and conflict.status is Status.UNKNOWN:
        return conflict
    told = []
    if idle.dead:
        told.append(f"No request can make {rules_text(idle.dead)} count.")
    if idle.redundant:
        told.append(f"Without {rules_text(idle.redundant)} every answer would be the same.")
    if not told and conflict is None:
        return proved(
            "P10", "Every rule counts somewhere, adds something, and contradicts no other."
        )
    return PropertyResult(
        id="P10",
        status=Status.VIOLATED,
        sentence=" ".join([*told, *([conflict.sentence] if conflict else [])]),
        counterexample=conflict.counterexample if conflict else (),
        request=conflict.request if conflict else {},
        rules=(*idle.dead, *idle.redundant, *(conflict.rules if conflict else ())),
    )


def _idle_rules(context: Context) -> _Idle | None:
    """Return the rules that change nothing, each alone; None when time runs out."""
    others = _Others(context)
    idle = _Idle([], [])
    # Named before the first check: the solver takes what is new once and not a thousand times.
    asked = [
        (rule, context.reading.holds(rule), context.solver.name(others.give_less_than(rule)))
        for rule in _not_seen_to_add(context)
    ]
    for rule, holds, lacking in asked:
        adds = context.check(holds, lacking)
        if adds is Answer.UNSAT:
            counts = context.check(holds)
            (idle.dead if counts is Answer.UNSAT else idle.redundant).append(rule.id)
            if counts is Answer.UNKNOWN:
                return None
        if adds is Answer.UNKNOWN:
            return None
    return idle


def _not_seen_to_add(context: Context) -> list[Rule]:
    """Return the rules that no guessed request shows to count and to add something.

    What a request shows needs no proof; the solver is asked about the rest.
    """
    values = values_in(context.world, context.policy_set)
    by_id = {rule.id: rule for rule in context.policy_set.rules}
    return [
        rule
        for rule in context.policy_set.rules
        if not _is_seen_to_add(rule, context, values, by_id)
    ]


def _is_seen_to_add(
    rule: Rule, context: Context, values: dict[str, list[Value]], by_id: Mapping[str, Rule]
) -> bool:
    """Return whether a guessed request makes the rule count and the others give less."""
    facts = likely_facts(rule, values)
    if not context.is_request(facts):
        return False
    decision = context.decide(facts)
    if rule.id not in decision.matched_rules:
        return False
    others = [by_id[id_] for id_ in decision.matched_rules if id_ != rule.id]
    strongest = max(
        [context.policy_set.otherwise.strength, *(each.effect.strength for each in others)]
    )
    return rule.effect.strength > strongest or any(
        not any(is_met_by(wanted, given) for each in others for given in each.obligations)
        for wanted in rule.obligations
        if wanted.action != STEP_UP
    )


class _Others:
    """What all rules but one give: for each thing that rules give, those that give it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._without: dict[tuple[Effect | Obligation, str], Term] = {}
        rules = context.policy_set.rules
        for effect in Effect:
            if effect.strength > context.policy_set.otherwise.strength:
                strong = [each for each in rules if each.effect.strength >= effect.strength]
                self._spread(effect, strong, [each for each in rules if each.effect is effect])
        givers: dict[tuple[str, object], list[Rule]] = defaultdict(list)
        for rule in rules:
            for obligation in rule.obligations:
                givers[obligation.action, obligation.parameters].append(rule)
        for obligation in dict.fromkeys(each for rule in rules for each in rule.obligations):
            giving = [
                rule
                for rule in givers[obligation.action, obligation.parameters]
                if any(is_met_by(obligation, each) for each in rule.obligations)
            ]
            self._spread(obligation, giving, [r for r in giving if obligation in r.obligations])

    def _spread(
        self, thing: Effect | Obligation, giving: Sequence[Rule], asked: Sequence[Rule]
    ) -> None:
        """Note, for each rule asked about, whether another one counts that gives the thing.

        Running disjunctions from both ends keep this linear in the number of rules.
        """
        solver, holds = self._context.solver, self._context.reading.holds
        wanted = {rule.id for rule in asked}
        before: list[Term] = [either([])]
        for rule in giving:
            before.append(solver.name(either([before[-1], holds(rule)])))
        after = either([])
        for place in reversed(range(len(giving))):
            rule = giving[place]
            if rule.id in wanted:
                self._without[thing, rule.id] = either([before[place], after])
            after = solver.name(either([after, holds(rule)]))

    def give_less_than(self, rule: Rule) -> Term:
        """Return when the other rules together lack something that this one gives."""
        lacks = []
        if (rule.effect, rule.id) in self._without:
            lacks.append(negate(self._without[rule.effect, rule.id]))
        for obligation in rule.obligations:
            missing = negate(self._without[obligation, rule.id])
            if obligation.action == STEP_UP:
                denied = self._context.outcome.at_least(Effect.DENY)
                missing = every([missing, negate(denied)])
            lacks.append(missing)
        return either(lacks)


def _conflict(context: Context) -> PropertyResult | None:
    """Return a decision with obligations that contradict each other; None if there is none."""
    every_one = dict.fromkeys(
        each for rule in context.policy_set.rules for each in rule.obligations
    )
    for one, other in combinations(every_one, 2):
        if not _contradict(one, other):
            continue
        found = context.check(context.outcome.obliges(one), context.outcome.obliges(other))
        if found is Answer.UNKNOWN:
            return unknown("P10")
        if found is Answer.SAT:
            return _contradiction(context, (one, other))
    return None


def _contradict(one: Obligation, other: Obligation) -> bool:
    """Return whether no one can meet both obligations."""
    actions = {one.action, other.action}
    if actions == {STEP_UP}:
        return one.parameters != other.parameters
    return actions == {STEP_UP, END_SESSION}


def _contradiction(context: Context, pair: Pair) -> PropertyResult:
    """Return that a decision has both obligations."""

    def shows(example: Example) -> bool:
        given = context.decide(example[0]).obligations
        return all(any(is_met_by(wanted, each) for each in given) for wanted in pair)

    def tell(example: Example) -> str:
        one, other = map(obligation_phrase, pair)
        here = sorted(ids & set(context.decide(example[0]).matched_rules))
        return (
            f"When {situation(example[0])}, the answer obliges both to {one} and to {other},"
            f" by {rules_text(here)}."
        )

    ids = {
        rule.id
        for rule in context.policy_set.rules
        if any(wanted in rule.obligations for wanted in pair)
    }
    return context.refuted_by("P10", shows, tell, rules=tuple(sorted(ids)))
