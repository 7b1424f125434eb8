"""Requests that are likely to make one rule count and hardly any other: cheap, where they do."""
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from policies.analysis.concretizer import NOW, finding_of
from policies.analysis.world import Piece
from policies.engine.reference import compare, is_assured
from policies.model import (
    All,
    Any,
    AttributeIs,
    Condition,
    Environment,
    EnvironmentIs,
    Facts,
    FindingIs,
    Not,
    PolicySet,
    ReliableElements,
    Rule,
    Value,
    atoms_of,
    seconds_since,
)
from policies.model.facts import attribute_of
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState, codes_of

_FRESH: Piece = (Assurance.A, 5)
_AGES = (5, None)
Values = Mapping[str, Sequence[Value]]


@dataclass(slots=True)
class _Draft:
    """A request in the making: all is well, but for what the rule asks for."""

    values: dict[str, list[Value]]
    said: dict[str, tuple[FindingState, Piece] | None] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    elements: tuple[Element, ...] = (Element.KNOWLEDGE, Element.POSSESSION)


def least_asked_for(policy_set: PolicySet, values: Values) -> dict[str, list[Value]]:
    """Return each attribute's values, first those for which the fewest comparisons hold."""
    asked: dict[str, Counter[int]] = {name: Counter() for name in values}
    for atom in dict.fromkeys(atom for rule in policy_set.rules for atom in atoms_of(rule.when)):
        if isinstance(atom, AttributeIs) and atom.name in asked:
            options = values[atom.name]
            asked[atom.name].update(
                place for place, value in enumerate(options) if _holds(atom, value)
            )
    return {
        name: [options[place] for place in sorted(range(len(options)), key=asked[name].__getitem__)]
        for name, options in values.items()
    }


def likely_facts(rule: Rule, values: Mapping[str, list[Value]]) -> Facts:
    """Return a request that is likely to make the rule count; nothing is promised."""
    draft = _Draft(values=dict(values))
    _meet(rule.when, draft, negated=False)
    said = {code: draft.said.get(code, (FindingState.ABSENT, _FRESH)) for code in CATALOGUE}
    fields = {
        "class": "secure_element",
        "delivery": "just_in_time",
        "packaging": "separate_app",
        "uniqueness": "transaction",
    } | draft.environment
    return Facts(
        decided_at=NOW,
        findings=tuple(finding_of(code, *each) for code, each in said.items() if each is not None),
        attributes={name: options[0] for name, options in draft.values.items() if options},
        environment=Environment(**{attribute_of(name): each for name, each in fields.items()}),
        elements=draft.elements,
    )


def _meet(condition: Condition, draft: _Draft, *, negated: bool) -> None:
    """Change the draft so that the condition holds, or fails; of a choice the first part."""
    match condition:
        case Not(part=part):
            _meet(part, draft, negated=not negated)
        case All(parts=parts) | Any(parts=parts):
            is_every = isinstance(condition, All) is not negated
            for part in parts if is_every else parts[:1]:
                _meet(part, draft, negated=negated)
        case FindingIs():
            _say(condition, draft, negated=negated)
        case AttributeIs(name=name):
            draft.values[name] = [
                value
                for value in draft.values.get(name, ())
                if _holds(condition, value) is not negated
            ]
        case EnvironmentIs(field=name, values=named):
            wanted = [
                value
                for value in ENVIRONMENT_FIELDS[name]
                if (value in named) is not negated and (value != UNKNOWN or UNKNOWN in named)
            ]
            if wanted:
                draft.environment[name] = wanted[0]
        case ReliableElements(comparison=comparison) if compare(1, comparison) is not negated:
            draft.elements = (Element.KNOWLEDGE,)
        case _:
            pass


def _holds(atom: AttributeIs, value: Value) -> bool:
    """Return whether a comparison holds for a value."""
    if not atom.is_age:
        return compare(value, atom.comparison)
    age = seconds_since(value, NOW)  # type: ignore[arg-type]
    return age is not None and compare(age, atom.comparison)


def _say(atom: FindingIs, draft: _Draft, *, negated: bool) -> None:
    """Let evidence say what an atom asks for."""
    code = codes_of(atom.code)[0]
    if negated:
        if atom.state is FindingState.ABSENT:
            draft.said[code] = None
        return
    if atom.state is FindingState.NOT_EVALUATED:
        draft.said[code] = None
        return
    assurance = next(level for level in Assurance if is_assured(level, atom))
    fits = atom.age is None or compare(5, atom.age)
    draft.said[code] = (atom.state, (assurance, _AGES[not fits]))
