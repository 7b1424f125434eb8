"""P6: what is worse never weakens the decision."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from policies.analysis.concretizer import Example
from policies.analysis.context import Context, proved, unknown
from policies.analysis.outcome import Outcome, is_weaker, weakens
from policies.analysis.reading import Literal, Reading, literals_of
from policies.analysis.results import PropertyResult
from policies.analysis.sentences import answer, finding_text, situation
from policies.analysis.solver import Answer
from policies.analysis.terms import Term, either, every, negate
from policies.analysis.world import Piece, impact
from policies.model import ElementIs, Facts, FindingIs, Operator, ReliableElements, Rule
from policies.vocabulary.elements import ElementStatus
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState, codes_of

_BETTER: Final = dict(zip([*Assurance][1:], [*Assurance], strict=False))
_FALLING: Final = frozenset({Operator.BELOW, Operator.AT_MOST})
_RISING: Final = frozenset({Operator.ABOVE, Operator.AT_LEAST})


def worse_never_weakens(context: Context) -> PropertyResult:
    """P6, code by code, each a comparison of two requests that differ in what is said of that code.

    Asserts that the decision is weaker when (a) a piece of evidence says `present` in place of
    `absent`, or (b) one that says `present` is worth the next better assurance, its age and all
    else being equal. Single steps are enough: "not weaker" is transitive. The severity of a code
    is the catalogue's and acts through the status of elements, which both steps take along.
    """
    for code in CATALOGUE:
        losing = [rule for rule in context.policy_set.rules if _can_lose(rule, code, context)]
        if not losing:
            continue
        worse, moves = _worse(context, code)
        other = Outcome(context.policy_set, worse)
        found = context.check(moves, weakens(context.outcome, other, losing))
        if found is Answer.UNKNOWN:
            return unknown("P6")
        if found is Answer.SAT:
            return _weakened(context, code, worse)
    return proved(
        "P6",
        "No finding that turns up, and no better evidence of it, ever weakens the decision.",
    )


def _worse(context: Context, code: str) -> tuple[Reading, Term]:
    """Return the world in which some evidence of a code is worse, and when any of it is.

    Several pieces may take a step at once: that is no more than steps one after the other.
    """
    solver, said = context.solver, context.reading.said[code]
    present: dict[Piece, list[Term]] = {piece: [] for piece in said.present}
    moves = []
    for piece, says_absent in said.absent.items():
        turns = solver.variable()
        solver.require(either([negate(turns), says_absent]))
        moves.append(turns)
        present[piece].append(turns)
    for piece, says_present in said.present.items():
        assurance, age = piece
        better = _BETTER.get(assurance)
        if better is None:
            present[piece].append(says_present)
            continue
        rises, stays = solver.variable(), solver.variable()
        solver.require(either([negate(rises), says_present]))
        moves.append(rises)
        present[better, age].append(rises)
        present[piece].append(every([says_present, either([negate(rises), stays])]))
    changed = {piece: solver.name(either(terms)) for piece, terms in present.items()}
    worse = context.reading.with_code(code, context.world.said_as(changed, said.absent))
    return worse, solver.name(either(moves))


def _can_lose(rule: Rule, code: str, context: Context) -> bool:
    """Return whether a rule can stop to count when evidence of a code gets worse."""
    return any(_is_fragile(literal, code, context) for literal in literals_of(rule.when))


def _is_fragile(literal: Literal, code: str, context: Context) -> bool:
    """Return whether a literal can turn from true to false when evidence of a code gets worse."""
    atom, negated = literal
    match atom:
        case FindingIs() if code in codes_of(atom.code):
            if atom.state is FindingState.PRESENT:
                return negated or (atom.assurance is not None and not atom.or_better)
            return atom.state is FindingState.ABSENT and not negated
        case ElementIs(status=status, or_worse=or_worse):
            is_safe = (
                (status is ElementStatus.RELIABLE and not or_worse)
                if negated
                else (or_worse or status is ElementStatus.COMPROMISED)
            )
            return not is_safe and _hits_something(code, context)
        case ReliableElements(comparison=comparison):
            safe = _RISING if negated else _FALLING
            return comparison.operator not in safe and _hits_something(code, context)
        case _:
            return False


def _hits_something(code: str, context: Context) -> bool:
    """Return whether a code can change the status of an element."""
    has_impact = any(impact(code, level) is not ElementStatus.RELIABLE for level in Assurance)
    return has_impact and any(case.hits[code] for case in context.world.cases)


def is_worse(other: Facts, one: Facts, code: str) -> bool:
    """Return whether `other` differs from `one` in worse evidence of one code, and in nothing else.

    Worse: present where it was absent, or present with a better assurance, at the same age.
    """
    if msgspec.structs.replace(other, findings=()) != msgspec.structs.replace(one, findings=()):
        return False
    if _of(other, code, same=False) != _of(one, code, same=False):
        return False
    before, after = ({_said(each) for each in _of(facts, code)} for facts in (one, other))
    steps = {said: _step(said) for said in before}
    return (
        before != after
        and after <= before.union(steps.values())
        and all({said, step} & after for said, step in steps.items())
    )


_Said = tuple[FindingState, Assurance, datetime | None]


def _said(finding: Finding) -> _Said:
    """Return what matters of a finding, whoever says it."""
    return finding.state, finding.assurance, finding.observed_at


def _step(said: _Said) -> _Said:
    """Return what is one step worse; the worst stays as it is."""
    state, assurance, observed_at = said
    if state is FindingState.ABSENT:
        return FindingState.PRESENT, assurance, observed_at
    return state, _BETTER.get(assurance, assurance), observed_at


def _single_steps(example: Example, code: str) -> Iterator[Example]:
    """Return the steps of an example one by one, each with no other evidence of the code."""
    facts = example[0]
    rest = tuple(each for each in facts.findings if each.code != code)
    for each in facts.findings:
        if each.code != code:
            continue
        state, assurance, _observed_at = _step(_said(each))
        worse = msgspec.structs.replace(each, state=state, assurance=assurance)
        yield (
            msgspec.structs.replace(facts, findings=(*rest, each)),
            msgspec.structs.replace(facts, findings=(*rest, worse)),
        )


def _of(facts: Facts, code: str, *, same: bool = True) -> frozenset[Finding]:
    """Return what is said of a code, or of all others."""
    return frozenset(each for each in facts.findings if (each.code == code) is same)


def _weakened(context: Context, code: str, worse: Reading) -> PropertyResult:
    """Return that worse evidence weakens, with both requests."""

    def shows(example: Example) -> bool:
        one, other = map(context.decide, example)
        return is_worse(example[1], example[0], code) and is_weaker(other, one)

    def tell(example: Example) -> str:
        one, other = map(context.decide, example)
        return (
            f"When {situation(example[0])}, the authentication is {answer(one)}; when instead"
            f" {finding_text(code, example[1])}, it is {answer(other)}: worse evidence makes the"
            " decision weaker."
        )

    return context.refuted_by(
        "P6",
        shows,
        tell,
        readings=[context.reading, worse],
        about=[code],
        variants=lambda example: _single_steps(example, code),
    )
