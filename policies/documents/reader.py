"""Reads a policy set: bytes in, frozen syntax out, every problem with its place."""
# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress
from decimal import Decimal
from typing import Final, NoReturn

from policies.documents.conditions import read_condition
from policies.documents.cursor import Cursor, SkipError
from policies.documents.errors import DocumentError, PolicyDocumentError, Problem
from policies.documents.obligations import read_obligation
from policies.documents.tree import parse
from policies.model.policy_set import AttributeDeclaration, Obligation, PolicySet, Rule
from policies.vocabulary.actions import REVIEW, STEP_UP
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect

MAX_RULES: Final = 5_000
MAX_ATTRIBUTES: Final = 64
MAX_OBLIGATIONS: Final = 20
_DECLARABLE: Final = tuple(AttributeType)
_NUMERIC: Final = frozenset({AttributeType.DECIMAL, AttributeType.INTEGER})


def read_policy_set(data: bytes) -> PolicySet:
    """Return the policy set that a JSON or YAML document says (at most 1 MB, 5,000 rules).

    Raises:
        PolicyDocumentError: with every problem found, each with JSON pointer and line.
    """
    problems: list[Problem] = []
    try:
        cursor = Cursor(parse(data), problems)
        policy_set = _policy_set(cursor)
    except SkipError:
        policy_set = None
    except DocumentError as error:
        raise PolicyDocumentError(error.problems) from error
    if problems or policy_set is None:
        raise PolicyDocumentError(problems)
    return policy_set


def _policy_set(cursor: Cursor) -> PolicySet:
    """Read the document as a whole."""
    fields = cursor.fields("schema", "name", "attributes", "rules", "otherwise", "metadata")
    _require(cursor, fields, "schema", "name", "rules", "otherwise")
    if fields["schema"].integer() != 1:
        fields["schema"].fail("expected 1, the only version of this language")
    declarations = _attributes(fields["attributes"]) if "attributes" in fields else {}
    otherwise = _otherwise(fields["otherwise"])
    metadata = {}
    if "metadata" in fields:
        for key, value in fields["metadata"].fields().items():
            metadata[key] = value.text()
    rules = []
    ids: set[str] = set()
    for place in fields["rules"].items(at_most=MAX_RULES):
        try:
            rule = _rule(place, declarations, otherwise)
        except SkipError:
            continue
        if rule.id in ids:
            place.note(f"the id `{rule.id}` is used by an earlier rule")
        ids.add(rule.id)
        rules.append(rule)
    return PolicySet(
        name=fields["name"].text(at_most=200),
        attributes=declarations,
        rules=tuple(rules),
        otherwise=otherwise,
        metadata=metadata,
    )


def _require(cursor: Cursor, fields: dict[str, Cursor], *names: str) -> None:
    """Note every missing field, and give up if there is one."""
    missing = [name for name in names if name not in fields]
    for name in missing:
        cursor.note(f"`{name}` is missing")
    if missing:
        raise SkipError


def _otherwise(place: Cursor) -> Effect:
    """Read the effect where no rule holds: permit or deny, since it has no obligations."""
    return Effect(place.choice((Effect.PERMIT, Effect.DENY)))


def _attributes(place: Cursor) -> dict[str, AttributeDeclaration]:
    """Read what the back-end tells about an attempt."""
    found = place.fields()
    if len(found) > MAX_ATTRIBUTES:
        place.fail(f"expected at most {MAX_ATTRIBUTES} attributes, not {len(found)}")
    declarations = {}
    for name, item in found.items():
        try:
            if name in BUILT_IN:
                item.fail(f"`{name}` is built in and cannot be declared")
            declarations[name] = _declaration(item)
        except SkipError:
            # A rule that names it should not be blamed as well.
            declarations[name] = AttributeDeclaration(type=AttributeType.STRING)
    return declarations


def _declaration(place: Cursor) -> AttributeDeclaration:
    """Read one declaration."""
    fields = place.fields("type", "required", "min", "max", "values")
    _require(place, fields, "type")
    type_ = AttributeType(fields["type"].choice(_DECLARABLE))
    bounds: dict[str, Decimal | int | None] = {"min": None, "max": None}
    for name in bounds:
        if name in fields:
            if type_ not in _NUMERIC:
                fields[name].fail(f"`{name}` goes with decimal and integer only")
            is_decimal = type_ is AttributeType.DECIMAL
            bounds[name] = fields[name].decimal() if is_decimal else fields[name].integer()
    values: tuple[str, ...] = ()
    if type_ is AttributeType.ENUM:
        _require(place, fields, "values")
        values = tuple(item.text(at_most=64) for item in fields["values"].items(at_least=1))
        if len(set(values)) != len(values):
            fields["values"].fail("a value is repeated")
    elif "values" in fields:
        fields["values"].fail("`values` goes with enum only")
    required = fields["required"].boolean() if "required" in fields else False
    return AttributeDeclaration(
        type=type_, required=required, minimum=bounds["min"], maximum=bounds["max"], values=values
    )


def _rule(place: Cursor, declarations: dict[str, AttributeDeclaration], otherwise: Effect) -> Rule:
    """Read one rule."""
    fields = place.fields("id", "title", "answers", "when", "effect", "obligations", "disclosure")
    _require(place, fields, "id", "when", "effect")
    when = None
    with suppress(SkipError):
        when = read_condition(fields["when"], declarations)
    effect = Effect(fields["effect"].choice([*Effect]))
    if effect.strength < otherwise.strength:
        fields["effect"].fail(
            f"`{effect}` is weaker than `otherwise` (`{otherwise}`), so the rule could never take effect"
        )
    obligations = _obligations(fields.get("obligations"))
    _check_effect(place, effect, obligations)
    disclosure, ground = Disclosure.NONE, ""
    if "disclosure" in fields:
        disclosure, ground = _disclosure(fields["disclosure"])
    answers: tuple[Duty, ...] = ()
    if "answers" in fields:
        answers = tuple(Duty(item.choice([*Duty])) for item in fields["answers"].items())
    if when is None:
        raise SkipError
    return Rule(
        id=fields["id"].name(),
        title=fields["title"].text(at_most=200) if "title" in fields else "",
        answers=tuple(sorted(set(answers))),
        when=when,
        effect=effect,
        obligations=obligations,
        disclosure=disclosure,
        disclosure_ground=ground,
    )


def _obligations(place: Cursor | None) -> tuple[Obligation, ...]:
    """Read a rule's obligations; the same one twice is a mistake."""
    if place is None:
        return ()
    obligations = tuple(read_obligation(item) for item in place.items(at_most=MAX_OBLIGATIONS))
    if len({(each.action, each.parameters) for each in obligations}) != len(obligations):
        place.fail("the same action with the same parameters stands here twice")
    return obligations


def _check_effect(place: Cursor, effect: Effect, obligations: tuple[Obligation, ...]) -> None:
    """Note when an effect lacks the obligation that carries it out."""
    step_ups = sum(obligation.action == STEP_UP for obligation in obligations)
    if effect is Effect.STEP_UP and step_ups != 1:
        place.note(f"effect `step_up` needs exactly one `step_up` obligation, not {step_ups}")
    if effect is not Effect.STEP_UP and step_ups:
        place.note(f"a `step_up` obligation goes with effect `step_up`, not `{effect}`")
    if effect is Effect.HOLD and all(obligation.action != REVIEW for obligation in obligations):
        place.note("effect `hold` needs a `review` obligation")


def _disclosure(place: Cursor) -> tuple[Disclosure, str]:
    """Read `disclosure: none`, or a level with its written ground."""
    if isinstance(place.node.value, str):
        level = Disclosure(place.choice([*Disclosure]))
        if level is not Disclosure.NONE:
            place.fail(f'`{level}` needs a written ground: {{level: {level}, ground: "…"}}')
        return level, ""
    fields = place.fields("level", "ground")
    _require(place, fields, "level")
    level = Disclosure(fields["level"].choice([*Disclosure]))
    ground = fields["ground"].text(at_most=500).strip() if "ground" in fields else ""
    if level is not Disclosure.NONE and not ground:
        _fail_ground(place)
    return level, ground


def _fail_ground(place: Cursor) -> NoReturn:
    """Refuse to tell the device anything without a reason."""
    place.fail("`ground` is missing: telling the device anything needs a written ground")
