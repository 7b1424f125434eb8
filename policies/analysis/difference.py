"""P11: what a new version decides otherwise, as regions with a witness each."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.analysis.concretizer import Example, facts_of, plainest, request_of
from policies.analysis.context import Engines, few_values_in, is_request
from policies.analysis.outcome import Outcome, is_weaker, missed, weakens
from policies.analysis.reading import Reading
from policies.analysis.results import Difference, Region, Relation
from policies.analysis.sentences import answer, listed, rules_text, situation
from policies.analysis.solver import Answer, Solver
from policies.analysis.world import World
from policies.design import Designs
from policies.engine.sentences import condition_phrase
from policies.model import All, PolicySet, Rule, Value

NOTHING: Final[frozenset[str]] = frozenset()
MAX_REGIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One direction: requests where `weaker` gives less than `stronger`, by rules of the latter."""

    direction: Relation
    stronger: Outcome
    weaker: Outcome
    rules: tuple[Rule, ...]
    strong_engines: Engines
    weak_engines: Engines
    values: Mapping[str, Sequence[Value]]


def compare(
    old: PolicySet,
    new: PolicySet,
    designs: Designs | None,
    *,
    time_limit_s: float = 10.0,
    max_regions: int = MAX_REGIONS,
) -> Difference:
    """Return how `new` decides beside `old`, over every request that either version accepts.

    Laxer somewhere: its effect is weaker, it no longer mitigates, or an obligation is missing or
    due later. Stricter somewhere: the same the other way round. Only rules that changed can make a
    difference, so each region belongs to one of them: a rule that the old version had (laxer) or
    that the new one has (stricter). Disclosure makes neither: a change of it is told in the sentence.
    """
    retyped = _retyped(old, new)
    if retyped:
        return _without_common_request(retyped)
    solver = Solver()
    solver.start(time_limit_s)
    world = World([old, new], designs, solver)
    reading = Reading(world)
    sides = _sides(old, new, reading)
    # Both directions are asked before any region: what the solver was asked before is part of which
    # witness it finds.
    answers = [_ask(side, solver) for side in sides]
    relation = _relation(*answers)
    regions: list[Region] = []
    is_complete = Answer.UNKNOWN not in answers
    for side, answered in zip(sides, answers, strict=True):
        if answered is Answer.SAT:
            is_complete &= _add_regions(regions, side, reading, max_regions)
    return Difference(
        relation=relation,
        sentence=_SENTENCES[relation] + _told_otherwise(old, new),
        regions=tuple(regions),
        is_complete=is_complete,
    )


def _without_common_request(retyped: Sequence[str]) -> Difference:
    """Return that no request fits both versions, because of the types of some attributes."""
    names = listed([f"`{name}`" for name in retyped])
    return Difference(
        relation=Relation.UNKNOWN,
        sentence=f"The type of {names} changed, so that no request fits both versions.",
        regions=(),
        is_complete=False,
    )


def _sides(old: PolicySet, new: PolicySet, reading: Reading) -> tuple[_Side, _Side]:
    """Return the two directions: where the new version is laxer, and where it is stricter."""
    designs = reading.world.designs
    old_outcome, new_outcome = Outcome(old, reading), Outcome(new, reading)
    old_engines, new_engines = Engines(old, designs), Engines(new, designs)
    values = few_values_in(reading.world, old)
    laxer = _Side(
        direction=Relation.LAXER,
        stronger=old_outcome,
        weaker=new_outcome,
        rules=_changed(old, new),
        strong_engines=old_engines,
        weak_engines=new_engines,
        values=values,
    )
    stricter = _Side(
        direction=Relation.STRICTER,
        stronger=new_outcome,
        weaker=old_outcome,
        rules=_changed(new, old),
        strong_engines=new_engines,
        weak_engines=old_engines,
        values=values,
    )
    return laxer, stricter


def _ask(side: _Side, solver: Solver) -> Answer:
    """Return whether there is a request of this direction at all."""
    return solver.check(weakens(side.stronger, side.weaker, side.rules, not_counted=NOTHING))


_SENTENCES: Final = {
    Relation.EQUIVALENT: "The new version decides every request as the old one does.",
    Relation.STRICTER: "The new version is stricter: never weaker, and stronger for some requests.",
    Relation.LAXER: "The new version is laxer: never stronger, and weaker for some requests.",
    Relation.INCOMPARABLE: "The new version is weaker for some requests and stronger for others.",
    Relation.UNKNOWN: "How the versions compare could not be decided in the time allowed.",
}


def _told_otherwise(old: PolicySet, new: PolicySet) -> str:
    """Return in words which rules tell the device something else than before."""
    before = {rule.id: rule.disclosure for rule in old.rules}
    ids = [rule.id for rule in new.rules if before.get(rule.id, rule.disclosure) != rule.disclosure]
    return f" What the device is told changes by {rules_text(ids)}." if ids else ""


def _retyped(old: PolicySet, new: PolicySet) -> list[str]:
    """Return the attributes that the versions declare with different types."""
    return sorted(
        name
        for name, declaration in old.attributes.items()
        if name in new.attributes and new.attributes[name].type is not declaration.type
    )


def _relation(laxer: Answer, stricter: Answer) -> Relation:
    """Return the relation that follows from whether there is a laxer and a stricter request."""
    match (laxer, stricter):
        case (Answer.UNSAT, Answer.UNSAT):
            return Relation.EQUIVALENT
        case (Answer.UNSAT, Answer.SAT):
            return Relation.STRICTER
        case (Answer.SAT, Answer.UNSAT):
            return Relation.LAXER
        case (Answer.SAT, Answer.SAT):
            return Relation.INCOMPARABLE
        case _:
            return Relation.UNKNOWN


def _changed(one: PolicySet, other: PolicySet) -> tuple[Rule, ...]:
    """Return the rules of one version that the other has not word for word, and its `otherwise`."""
    same = {(rule.when, rule.effect, rule.obligations) for rule in other.rules}
    changed = [rule for rule in one.rules if (rule.when, rule.effect, rule.obligations) not in same]
    if one.otherwise is not other.otherwise:
        changed.append(Rule(id="otherwise", when=All(parts=()), effect=one.otherwise))
    return tuple(changed)


def _add_regions(regions: list[Region], side: _Side, reading: Reading, max_regions: int) -> bool:
    """Add the regions of one direction; return whether these are all."""
    solver = reading.solver
    added, is_complete = 0, True
    for rule in side.rules:
        if added == max_regions:
            return False
        lacking = missed(rule, side.stronger, side.weaker, not_counted=NOTHING)
        found = solver.check(reading.holds(rule), lacking)
        if found is Answer.UNKNOWN:
            return False
        if found is Answer.UNSAT:
            continue
        region = _region(side, rule, reading)
        if region is None:
            is_complete = False
        else:
            regions.append(region)
            added += 1
    return is_complete


def _region(side: _Side, rule: Rule, reading: Reading) -> Region | None:
    """Return the region of a rule, with a witness that the reference engine confirms."""
    stronger, weaker = side.strong_engines, side.weak_engines

    def shows(example: Example) -> bool:
        one, other = stronger.decide(example[0]), weaker.decide(example[0])
        policy_sets = (side.stronger.policy_set, side.weaker.policy_set)
        if not is_request(example[0], reading.world.designs, policy_sets):
            return False
        return (rule.id == "otherwise" or rule.id in one.matched_rules) and is_weaker(
            other, one, not_counted=NOTHING
        )

    def noise(example: Example) -> int:
        (facts,) = example
        return sum(len(each.decide(facts).matched_rules) for each in (stronger, weaker))

    plain = plainest(
        (facts_of(reading),),
        shows,
        noise=noise,
        values=side.values,
    )
    if not (shows(plain) and stronger.agree_on(plain) and weaker.agree_on(plain)):
        return None
    one, other = stronger.decide(plain[0]), weaker.decide(plain[0])
    old, new = (one, other) if side.direction is Relation.LAXER else (other, one)
    return Region(
        direction=side.direction,
        rule=rule.id,
        condition=condition_phrase(rule.when) if rule.id != "otherwise" else "no rule counts",
        sentence=(
            f"When {situation(plain[0])}, the authentication was {answer(old)} and will be"
            f" {answer(new)}."
        ),
        witness=plain,
        request=request_of(plain[0]),
    )
