"""Whether recorded attributes fit a candidate's declarations: decided again only where they do.

A back-end that sent these attributes while the candidate were in force would be refused (422) where
they do not fit. Values are not converted: a recorded integer says nothing about which decimal was
meant, so another type is a reason, not a guess.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from policies.model import PolicySet, Value
from policies.model.policy_set import AttributeDeclaration
from policies.vocabulary.attributes import BUILT_IN

_PYTHON_TYPE: Final[Mapping[str, type]] = {
    "decimal": Decimal,
    "integer": int,
    "boolean": bool,
    "enum": str,
    "string": str,
    "version": tuple,
    "string_set": frozenset,
    "timestamp": datetime,
}
"""A test sees to it that no `AttributeType` is missing."""

Check = Callable[[Value], str]


class Declarations:
    """A candidate's declarations, made ready to look at many recorded attributes."""

    def __init__(self, policy_set: PolicySet) -> None:
        declared = policy_set.attributes
        self._checks: dict[str, Check] = {
            name: _check(name, declaration) for name, declaration in declared.items()
        }
        self._required = tuple(sorted(name for name, each in declared.items() if each.required))

    def reason_against(self, attributes: Mapping[str, Value]) -> str:
        """Return why these cannot be decided on by the candidate; empty if they can."""
        checks = self._checks
        for name, value in attributes.items():
            if name in BUILT_IN:
                continue
            check = checks.get(name)
            if check is None:
                return f"the candidate declares no attribute `{name}`"
            reason = check(value)
            if reason:
                return reason
        for name in self._required:
            if name not in attributes:
                return f"the candidate requires attribute `{name}`, which was not recorded"
        return ""


def _check(name: str, declaration: AttributeDeclaration) -> Check:
    """Return a function that tells why a value does not fit; empty if it does."""
    expected = _PYTHON_TYPE.get(declaration.type.value)
    other_type = (
        f"attribute `{name}` is `{declaration.type.value}` for the candidate, not as recorded"
    )
    outside = f"attribute `{name}` was recorded with a value that the candidate does not allow"
    values = frozenset(declaration.values)
    minimum, maximum = declaration.minimum, declaration.maximum

    def check(value: Value) -> str:
        # Exactly this type: a boolean is no integer here.
        if type(value) is not expected:
            return other_type
        if values and value not in values:
            return outside
        if isinstance(value, (int, Decimal)):
            if minimum is not None and value < minimum:
                return outside
            if maximum is not None and value > maximum:
                return outside
        return ""

    return check
