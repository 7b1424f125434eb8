"""Requests at random, near what policy sets ask for: what a proof must stand up to.

It shares nothing with the analysis: it knows the thresholds, codes and texts that rules name, takes
values on, just above and just below them, and says of every code something or nothing.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal, localcontext
from random import Random

from policies.design import Designs, design_for
from policies.model import (
    AttributeDeclaration,
    AttributeIs,
    Environment,
    Facts,
    FindingIs,
    PolicySet,
    Value,
    atoms_of,
)
from policies.model.facts import attribute_of
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState, codes_of
from tests.support.drawn_facts import METHODS, NOW

_ALL_WELL = {
    "class": "secure_element",
    "delivery": "just_in_time",
    "packaging": "separate_app",
    "uniqueness": "transaction",
}


class Search:
    """An endless search for requests that `policy_sets` take, repeatable by its seed."""

    def __init__(
        self, policy_sets: Sequence[PolicySet], designs: Designs | None, seed: int
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - a search, not a secret
        self._designs = designs
        self._declared = {
            name: AttributeDeclaration(type=type_) for name, type_ in BUILT_IN.items()
        } | dict(self.random.choice(policy_sets).attributes)
        self._values: dict[str, list[Value]] = {name: [] for name in self._declared}
        self._ages: list[int] = [5]
        self._named: list[str] = []
        for atom in (
            atom for each in policy_sets for rule in each.rules for atom in atoms_of(rule.when)
        ):
            if isinstance(atom, AttributeIs) and atom.name in self._values:
                self._values[atom.name] += atom.comparison.operands
            if isinstance(atom, FindingIs):
                self._named += codes_of(atom.code)
                self._ages += [int(str(each)) for each in atom.age.operands] if atom.age else []
        self._values["method"] += METHODS
        if designs is not None:
            bounds = [each for one in designs.methods for each in (one.app_at_least, one.app_below)]
            self._values["app_version"] += [each for each in bounds if each is not None]

    def requests(self, count: int) -> Iterator[Facts]:
        """Return so many requests."""
        return (self._request() for _ in range(count))

    def code(self) -> str:
        """Return a code, half of the time one that some rule names."""
        if self._named and self.random.random() < 0.5:
            return self.random.choice(self._named)
        return self.random.choice([*CATALOGUE])

    def piece(self, code: str, state: FindingState) -> Finding:
        """Return a piece of evidence on a code."""
        return Finding(
            code=code,
            state=state,
            assurance=self.random.choice([*Assurance]),
            provider="search",
            observed_at=self.random.choice(
                [None, NOW, NOW - timedelta(seconds=self._near_age()), NOW + timedelta(hours=1)]
            ),
        )

    def _near_age(self) -> int:
        return max(0, self.random.choice(self._ages) + self.random.choice([-1, 0, 1]))

    def _request(self) -> Facts:
        chance = self.random.random
        clean = self.random.choice([0.0, 0.5, 1.0, 1.0])
        calm = self.random.choice([0.6, 1.0, 1.0])
        attributes = self._attributes(calm)
        version = attributes.get("app_version")
        known = version if isinstance(version, tuple) else None
        design = design_for(self._designs, str(attributes.get("method", "")), known)
        usable = (
            [*Element] if design is None else [each for each in Element if each in design.elements]
        )
        said = [
            self.piece(code, FindingState.ABSENT) if chance() < 0.2 else _clean_bill(code)
            for code in CATALOGUE
            if chance() < clean
        ]
        for _ in range(self.random.choice([0, 1, 1, 2, 5])):
            code = self.code()
            state = self.random.choice([FindingState.PRESENT, *FindingState])
            said = [each for each in said if each.code != code or chance() < 0.3]
            said.append(self.piece(code, state))
        fields = {
            name: _ALL_WELL[name] if chance() < calm else self.random.choice(values)
            for name, values in ENVIRONMENT_FIELDS.items()
        }
        return Facts(
            decided_at=NOW,
            findings=tuple(said),
            attributes=attributes,
            environment=Environment(**{attribute_of(name): each for name, each in fields.items()}),
            elements=tuple(
                self.random.sample(usable, min(self.random.choice([1, 2, 2, 3]), len(usable)))
            ),
        )

    def _attributes(self, said: float) -> dict[str, Value]:
        return {
            name: self._value(name, declaration)
            for name, declaration in self._declared.items()
            if declaration.required or self.random.random() < said
        }

    def _value(self, name: str, declaration: AttributeDeclaration) -> Value:
        """Return a value near one that rules compare with, as the declaration allows it."""
        choose = self.random.choice
        near = choose(self._values[name]) if self._values[name] else None
        match declaration.type:
            case AttributeType.BOOLEAN:
                return choose([True, False])
            case AttributeType.ENUM:
                return choose(declaration.values)
            case AttributeType.STRING:
                return choose([near, near, "another"]) or ("another" if name in BUILT_IN else "")
            case AttributeType.STRING_SET:
                return frozenset(str(each) for each in self._values[name] if choose([True, False]))
            case AttributeType.TIMESTAMP:
                age = int(str(near)) + choose([-1, 0, 1]) if near is not None else 100
                return choose([NOW - timedelta(seconds=age), NOW + timedelta(hours=1)])
            case AttributeType.VERSION:
                version = near if isinstance(near, tuple) else (1,)
                more = (*version, 1) if len(version) < 8 else version
                return choose([version, more, (version[0] + 1,), (max(version[0] - 1, 0),)])
            case _:
                return self._number(near or 0, declaration)

    def _number(self, near: Value, declaration: AttributeDeclaration) -> Value:
        bounds = [each for each in (declaration.minimum, declaration.maximum) if each is not None]
        start = Decimal(str(self.random.choice([near, near, *bounds])))
        is_integer = declaration.type is AttributeType.INTEGER
        step = Decimal(1) if is_integer else Decimal("0.01")
        with localcontext(prec=100):
            exact = start + self.random.choice([0, 1, -1]) * step
        # A number of more digits than 30 cannot be sent.
        exact = start if abs(exact) >= Decimal(10**30) else exact
        number = int(exact) if is_integer else exact
        low, high = declaration.minimum, declaration.maximum
        number = low if low is not None and number < low else number
        return high if high is not None and number > high else number


def _clean_bill(code: str) -> Finding:
    return Finding(
        code=code,
        state=FindingState.ABSENT,
        assurance=Assurance.A,
        provider="search",
        observed_at=NOW - timedelta(seconds=5),
    )
