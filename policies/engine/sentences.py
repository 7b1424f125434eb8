"""Rules and conditions as sentences that a compliance officer reads."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from decimal import Decimal
from typing import Final

from policies.model import (
    All,
    Any,
    AttributeIs,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Obligation,
    Operator,
    ReliableElements,
    Rule,
    Value,
)
from policies.vocabulary.actions import ACTIONS
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.findings import FindingState, codes_of

EFFECT_WORDS: Final = {
    Effect.PERMIT: "permit",
    Effect.STEP_UP: "step up",
    Effect.HOLD: "hold",
    Effect.DENY: "deny",
}
_OPERATORS: Final = {
    Operator.ABOVE: "above",
    Operator.AT_LEAST: "at least",
    Operator.BELOW: "below",
    Operator.AT_MOST: "at most",
    Operator.EQUALS: "equal to",
    Operator.IN: "one of",
}
_STATES: Final = {
    FindingState.PRESENT: "is present",
    FindingState.ABSENT: "is absent",
    FindingState.NOT_EVALUATED: "was not evaluated",
}
_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "min"), (1, "s"))


def rule_sentence(rule: Rule) -> str:
    """Return a rule as one sentence, such as "When … is present: deny, silently; …"."""
    told = (
        "silently" if rule.disclosure is Disclosure.NONE else f"telling {_plain(rule.disclosure)}"
    )
    effect = EFFECT_WORDS[rule.effect]
    if rule.effect is not Effect.PERMIT:
        effect = f"{effect}, {told}"
    parts = [effect, *(obligation_phrase(obligation) for obligation in rule.obligations)]
    return f"When {condition_phrase(rule.when)}: {'; '.join(parts)}."


def obligation_phrase(obligation: Obligation) -> str:
    """Return an obligation in words, with its deadline."""
    phrase = ACTIONS[obligation.action].title
    details = [
        (_plain(name) if value is True else f"{_plain(name)} {value}")
        for name, value in obligation.parameters
        if value is not False
    ]
    if details:
        phrase += f" ({', '.join(details)})"
    return (
        phrase
        if obligation.within_s is None
        else f"{phrase} within {duration(obligation.within_s)}"
    )


def condition_phrase(condition: Condition) -> str:
    """Return a condition in words."""
    match condition:
        case FindingIs():
            return _finding(condition)
        case ElementIs(element=element, status=status, or_worse=or_worse):
            return f"the {element} element is {_plain(status)}{' or worse' if or_worse else ''}"
        case ReliableElements(comparison=comparison):
            return f"the number of reliable elements is {_comparison(comparison)}"
        case EnvironmentIs(field=field, values=values):
            return f"the execution environment's {field} is {_either([_plain(v) for v in values])}"
        case AttributeIs():
            return _attribute(condition)
        case All(parts=parts):
            return " and ".join(_grouped(part, Any) for part in parts)
        case Any(parts=parts):
            return " or ".join(_grouped(part, All) for part in parts)
        case _:
            return f"it is not so that {_grouped(condition.part, (All, Any))}"


def duration(seconds: int) -> str:
    """Return seconds in the largest unit that divides them, such as `5 min`."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    plural = "s" if count != 1 and unit in {"day", "hour"} else ""
    return f"{count} {unit}{plural}"


def value_text(value: Value) -> str:
    """Return a value as a person writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(_plain, value))) or "none"
    return _plain(value) if isinstance(value, str) else str(value)


def _grouped(part: Condition, other: type | tuple[type, ...]) -> str:
    """Return a part, in brackets where "and" and "or" would mix."""
    phrase = condition_phrase(part)
    return f"({phrase})" if isinstance(part, other) else phrase


def _finding(condition: FindingIs) -> str:
    """Return a condition on a finding in words."""
    is_family = codes_of(condition.code) != (condition.code,)
    phrase = f"{'any of ' if is_family else ''}{condition.code} {_STATES[condition.state]}"
    details = []
    if condition.assurance is not None:
        or_better = " or better" if condition.or_better else ""
        details.append(f"assurance {condition.assurance}{or_better}")
    if condition.age is not None:
        details.append(f"age {_age(condition.age)}")
    return f"{phrase} ({', '.join(details)})" if details else phrase


def _attribute(condition: AttributeIs) -> str:
    """Return a condition on an attribute in words."""
    name, comparison = _plain(condition.name), condition.comparison
    if condition.is_age:
        return f"the age of {name} is {_age(comparison)}"
    if comparison.operator is Operator.CONTAINS:
        return f"{name} contains {value_text(comparison.operands[0])}"
    return f"{name} is {_comparison(comparison)}"


def _age(comparison: Comparison) -> str:
    """Return a comparison of seconds in words."""
    (seconds,) = comparison.operands
    return f"{_OPERATORS[comparison.operator]} {duration(int(str(seconds)))}"


def _comparison(comparison: Comparison) -> str:
    """Return a comparison in words."""
    values = [value_text(operand) for operand in comparison.operands]
    if comparison.operator is Operator.IN:
        return _either(values)
    if comparison.operator is Operator.EQUALS:
        return values[0]
    return f"{_OPERATORS[comparison.operator]} {values[0]}"


def _either(words: list[str]) -> str:
    """Return words as a choice."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _plain(word: str) -> str:
    """Return an identifier as words."""
    return str(word).replace("_", " ")
