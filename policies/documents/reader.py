"""Reads a policy set: bytes in, frozen syntax out, every problem with its place."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

from policies.documents.cases import read_cases
from policies.documents.conditions import read_condition
from policies.documents.cursor import Cursor, SkipError, TooManyProblemsError, attempt
from policies.documents.errors import DocumentError, PolicyDocumentError, Problem
from policies.documents.obligations import read_obligations
from policies.documents.tree import parse
from policies.model.conditions import Atom, AttributeIs, Operator, atoms_of
from policies.model.policy_set import AttributeDeclaration, Obligation, PolicySet, Rule
from policies.vocabulary.actions import REVIEW, STEP_UP
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect

MAX_RULES: Final = 5_000
MAX_ATTRIBUTES: Final = 64
MAX_VALUES: Final = 1_000
MAX_METADATA: Final = 100
MAX_OPERANDS: Final = 20_000
"""Comparisons of all different conditions together: the compiled tables grow with their square."""
MAX_MEMBERS: Final = 200
"""Different texts that rules look for in string sets: each is looked for in each decision."""

_NUMERIC: Final = frozenset({AttributeType.DECIMAL, AttributeType.INTEGER})
Declarations = dict[str, AttributeDeclaration]


def read_policy_set(data: bytes) -> PolicySet:
    """Return the policy set that a JSON or YAML document says (at most 1 MB, 5,000 rules).

    Raises:
        PolicyDocumentError: with every problem found (100 at most), each with JSON pointer and
            line.
    """
    problems: list[Problem] = []
    policy_set = None
    try:
        policy_set = _policy_set(Cursor(parse(data), problems))
    except (SkipError, TooManyProblemsError):
        pass
    except DocumentError as error:
        raise PolicyDocumentError(error.problems) from error
    if problems or policy_set is None:
        raise PolicyDocumentError(problems)
    return policy_set


def _policy_set(cursor: Cursor) -> PolicySet:
    """Read the document as a whole."""
    fields = cursor.fields(
        "schema", "name", "attributes", "rules", "otherwise", "metadata", "tests"
    )
    cursor.require(fields, "schema", "name", "rules", "otherwise")
    if fields["schema"].integer() != 1:
        fields["schema"].fail("expected 1, the only version of this language")
    name = attempt(partial(fields["name"].text, at_least=1, at_most=200))
    metadata = attempt(partial(_metadata, fields["metadata"])) if "metadata" in fields else {}
    declarations = _attributes(fields["attributes"]) if "attributes" in fields else {}
    otherwise = attempt(partial(_otherwise, fields["otherwise"]))
    rules = _rules(fields["rules"], declarations, otherwise or Effect.PERMIT)
    if name is None or otherwise is None or metadata is None:
        raise SkipError
    policy_set = PolicySet(
        name=name, attributes=declarations, rules=rules, otherwise=otherwise, metadata=metadata
    )
    if "tests" not in fields or cursor.problems:
        # A case that names a rule or attribute with a problem should not be blamed as well.
        return policy_set
    return replace(policy_set, tests=read_cases(fields["tests"], policy_set))


def _rules(place: Cursor, declarations: Declarations, otherwise: Effect) -> tuple[Rule, ...]:
    """Read the rules that can be read; each has an id of its own."""
    rules: dict[str, Rule] = {}
    for item in place.items(at_most=MAX_RULES):
        rule = attempt(partial(_rule, item, declarations, otherwise))
        if rule is None:
            continue
        if rule.id in rules:
            item.note(f"the id `{rule.id}` is used by an earlier rule")
        rules[rule.id] = rule
    _check_size(place, {atom for rule in rules.values() for atom in atoms_of(rule.when)})
    return tuple(rules.values())


def _check_size(place: Cursor, atoms: set[Atom]) -> None:
    """Refuse rules that together ask for more than is decided quickly."""
    of_attributes = [atom for atom in atoms if isinstance(atom, AttributeIs)]
    operands = sum(len(atom.comparison.operands) - 1 for atom in of_attributes) + len(atoms)
    if operands > MAX_OPERANDS:
        place.fail(f"expected at most {MAX_OPERANDS} different comparisons, not {operands}")
    members = sum(atom.comparison.operator is Operator.CONTAINS for atom in of_attributes)
    if members > MAX_MEMBERS:
        place.fail(f"expected at most {MAX_MEMBERS} different texts for `contains`, not {members}")


def _otherwise(place: Cursor) -> Effect:
    """Read the effect where no rule holds: permit or deny, since it has no obligations."""
    return Effect(place.choice((Effect.PERMIT, Effect.DENY)))


def _metadata(place: Cursor) -> dict[str, str]:
    """Read the texts that say where the document is from."""
    found = place.fields()
    if len(found) > MAX_METADATA:
        place.fail(f"expected at most {MAX_METADATA} texts, not {len(found)}")
    return {key: value.text() for key, value in found.items()}


def _attributes(place: Cursor) -> Declarations:
    """Read what the back-end tells about an attempt."""
    found = place.fields()
    if len(found) > MAX_ATTRIBUTES:
        place.fail(f"expected at most {MAX_ATTRIBUTES} attributes, not {len(found)}")
    # A rule that names an attribute with a problem should not be blamed as well.
    unread = AttributeDeclaration(type=AttributeType.STRING)
    return {
        name: attempt(partial(_declaration, item, name)) or unread for name, item in found.items()
    }


def _declaration(place: Cursor, name: str) -> AttributeDeclaration:
    """Read one declaration."""
    place.check_name(name)
    if name in BUILT_IN:
        place.fail(f"`{name}` is built in and cannot be declared")
    fields = place.fields("type", "required", "min", "max", "values")
    place.require(fields, "type")
    type_ = AttributeType(fields["type"].choice([*AttributeType]))
    minimum, maximum = _bound(fields.get("min"), type_), _bound(fields.get("max"), type_)
    if minimum is not None and maximum is not None and minimum > maximum:
        fields["max"].fail("`max` is below `min`, so that no value is allowed")
    return AttributeDeclaration(
        type=type_,
        required=fields["required"].boolean() if "required" in fields else False,
        minimum=minimum,
        maximum=maximum,
        values=_values(place, fields.get("values"), type_),
    )


def _bound(place: Cursor | None, type_: AttributeType) -> Decimal | int | None:
    """Read a bound of a number."""
    if place is None:
        return None
    if type_ not in _NUMERIC:
        place.fail("bounds go with decimal and integer only")
    return place.decimal() if type_ is AttributeType.DECIMAL else place.integer()


def _values(declaration: Cursor, place: Cursor | None, type_: AttributeType) -> tuple[str, ...]:
    """Read the values of an enum."""
    if type_ is not AttributeType.ENUM:
        if place is not None:
            place.fail("`values` goes with enum only")
        return ()
    if place is None:
        declaration.fail("`values` is missing")
    values = tuple(item.text(at_most=64) for item in place.items(at_least=1, at_most=MAX_VALUES))
    if len(set(values)) != len(values):
        place.fail("a value is repeated")
    return values


def _rule(place: Cursor, declarations: Declarations, otherwise: Effect) -> Rule:
    """Read one rule; a problem in one field does not hide those of the others."""
    fields = place.fields("id", "title", "answers", "when", "effect", "obligations", "disclosure")
    place.require(fields, "id", "when", "effect")
    id_ = attempt(fields["id"].name)
    title = attempt(partial(fields["title"].text, at_most=200)) if "title" in fields else ""
    answers = attempt(partial(_answers, fields.get("answers")))
    when = attempt(partial(read_condition, fields["when"], declarations))
    effect = attempt(partial(_effect, fields["effect"], otherwise))
    obligations = attempt(partial(_obligations, fields.get("obligations")))
    disclosure = attempt(partial(_disclosure, fields.get("disclosure")))
    if effect is not None and obligations is not None:
        _check_effect(place, effect, obligations)
    if (
        id_ is None
        or title is None
        or answers is None
        or when is None
        or effect is None
        or obligations is None
        or disclosure is None
    ):
        raise SkipError
    return Rule(
        id=id_,
        title=title,
        answers=answers,
        when=when,
        effect=effect,
        obligations=obligations,
        disclosure=disclosure[0],
        disclosure_ground=disclosure[1],
    )


def _answers(place: Cursor | None) -> tuple[Duty, ...]:
    """Read the duties that a rule is a measure for, each once."""
    items = [] if place is None else place.items(at_most=100)
    return tuple(sorted({Duty(item.choice([*Duty])) for item in items}))


def _effect(place: Cursor, otherwise: Effect) -> Effect:
    """Read a rule's effect, which is not weaker than `otherwise`."""
    effect = Effect(place.choice([*Effect]))
    if effect.strength < otherwise.strength:
        place.fail(
            f"`{effect}` is weaker than `otherwise` (`{otherwise}`), so the rule could never take effect"
        )
    return effect


def _obligations(place: Cursor | None) -> tuple[Obligation, ...]:
    """Read a rule's obligations; the same one twice is a mistake."""
    return () if place is None else read_obligations(place)


def _check_effect(place: Cursor, effect: Effect, obligations: tuple[Obligation, ...]) -> None:
    """Note when an effect lacks the obligation that carries it out."""
    step_ups = sum(obligation.action == STEP_UP for obligation in obligations)
    if effect is Effect.STEP_UP and step_ups != 1:
        place.note(f"effect `step_up` needs exactly one `step_up` obligation, not {step_ups}")
    if effect is not Effect.STEP_UP and step_ups:
        place.note(f"a `step_up` obligation goes with effect `step_up`, not `{effect}`")
    if effect is Effect.HOLD and all(obligation.action != REVIEW for obligation in obligations):
        place.note("effect `hold` needs a `review` obligation")


def _disclosure(place: Cursor | None) -> tuple[Disclosure, str]:
    """Read `disclosure: none`, or a level with its written ground."""
    if place is None:
        return Disclosure.NONE, ""
    if isinstance(place.node.value, str):
        level = Disclosure(place.choice([*Disclosure]))
        if level is not Disclosure.NONE:
            place.fail(f'`{level}` needs a written ground: {{level: {level}, ground: "…"}}')
        return level, ""
    fields = place.fields("level", "ground")
    place.require(fields, "level")
    level = Disclosure(fields["level"].choice([*Disclosure]))
    if level is Disclosure.NONE:
        if "ground" in fields:
            fields["ground"].fail("`none` tells the device nothing and needs no ground")
        return level, ""
    place.require(fields, "ground")
    return level, fields["ground"].text(at_least=1, at_most=500).strip()
