"""Reads a rule's obligations, with the parameters that each action takes."""
# SPDX-License-Identifier: Apache-2.0

from functools import partial
from typing import Final

from policies.documents.cursor import Cursor, SkipError, attempt
from policies.documents.texts import decimal_text
from policies.model.policy_set import Obligation, ParameterValue
from policies.vocabulary.actions import ACTIONS, RECORD_ONLY, ParameterType
from policies.vocabulary.elements import Element

MAX_OBLIGATIONS: Final = 20


def read_obligations(place: Cursor) -> tuple[Obligation, ...]:
    """Return the obligations of a list; the same one twice is a mistake.

    Raises:
        SkipError: if one of them is none; the problems are noted.
    """
    read = [
        attempt(partial(read_obligation, item)) for item in place.items(at_most=MAX_OBLIGATIONS)
    ]
    obligations = tuple(each for each in read if each is not None)
    if len(obligations) < len(read):
        raise SkipError
    if len({(each.action, each.parameters) for each in obligations}) != len(obligations):
        place.fail("the same action with the same parameters stands here twice")
    return obligations


def read_obligation(place: Cursor) -> Obligation:
    """Return the obligation at the cursor.

    Raises:
        SkipError: if there is none; the problems are noted.
    """
    every = place.fields()
    if "action" not in every:
        place.fail("`action` is missing")
    action = every["action"].choice([*ACTIONS])
    type_ = ACTIONS[action]
    fields = place.fields("action", "within", *type_.parameters)
    parameters = {}
    for name, parameter in type_.parameters.items():
        if name in fields:
            parameters[name] = _value(fields[name], parameter.type)
        elif parameter.required:
            place.fail(f"action `{action}` needs `{name}`")
    if type_.needs_one and not parameters:
        place.fail(
            f"action `{action}` needs one of {', '.join(f'`{n}`' for n in type_.parameters)}"
        )
    within_s = None
    if action == RECORD_ONLY:
        if "within" in fields:
            fields["within"].fail("`record_only` has no deadline: nothing is to be done")
    elif "within" not in fields:
        place.fail(f"action `{action}` needs a deadline, such as `within: 5m`")
    else:
        within_s = fields["within"].duration_s()
    return Obligation(
        action=action, parameters=tuple(sorted(parameters.items())), within_s=within_s
    )


def _value(place: Cursor, type_: ParameterType) -> ParameterValue:
    """Return a parameter's value in its type; money stays a decimal string (euro)."""
    match type_:
        case ParameterType.NAME:
            return place.name()
        case ParameterType.TEXT:
            return place.text(at_most=500)
        case ParameterType.ELEMENT:
            return place.choice([*Element])
        case ParameterType.FLAG:
            if not place.boolean():
                place.fail("expected true: a limit that does not limit is left out")
            return True
        case _:
            amount = place.decimal()
            if amount < 0:
                place.fail("expected an amount of at least 0")
            return decimal_text(amount)
