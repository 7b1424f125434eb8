"""What a decision is made on."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from policies.model.conditions import Value
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import Finding

FUTURE_TOLERANCE_S: Final = 60
"""Evidence from further in the future than this has no known age (clocks differ a little)."""


def attribute_of(field: str) -> str:
    """Return the name that a field of documents has in `Environment`: `class` is a keyword."""
    return "class_" if field == "class" else field


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The execution environment of this authentication; what nobody said is `unknown`."""

    class_: str = msgspec.field(default=UNKNOWN, name="class")
    delivery: str = UNKNOWN
    packaging: str = UNKNOWN
    uniqueness: str = UNKNOWN

    def value_of(self, field: str) -> str:
        """Return the value of a field by its name in documents."""
        value: str = getattr(self, attribute_of(field))
        return value

    def problems(self) -> tuple[str, ...]:
        """Return the fields whose value the vocabulary does not know."""
        return tuple(
            field
            for field, known in ENVIRONMENT_FIELDS.items()
            if self.value_of(field) not in known
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a decision: values only, `decided_at` included (aware, UTC).

    `attributes` are typed by `policies.documents.type_attributes`; `elements` are the categories
    in use, without repetition.
    """

    decided_at: datetime
    findings: tuple[Finding, ...] = ()
    attributes: Mapping[str, Value] = {}
    environment: Environment = Environment()
    elements: tuple[Element, ...] = ()


def age_s(finding: Finding, decided_at: datetime) -> int | None:
    """Return a finding's age in whole seconds; None when it is not known."""
    return None if finding.observed_at is None else seconds_since(finding.observed_at, decided_at)


def seconds_since(moment: datetime, decided_at: datetime) -> int | None:
    """Return the whole seconds from a moment to the decision; None when they are not known.

    What claims to come from the future has no known age: leaving out or inventing a time never
    helps.
    """
    age = (decided_at - moment).total_seconds()
    return None if age < -FUTURE_TOLERANCE_S else max(0, int(age))
