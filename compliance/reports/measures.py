"""The PSP's measures: the policy sets in force, and their rules as sentences, by duty."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.assessments.rules import count_rules
from compliance.assessments.scope import Scope
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.programs import compiled
from compliance.policysets.selectors import versions_in_force_between
from policies.engine import rule_sentence
from policies.model import PolicySet, Rule
from policies.vocabulary.duties import Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A version that was in force in the period, until when, and how often its rules decided.

    `decided` counts, for each rule, the decisions that it determined.
    """

    version: PolicySetVersion
    policy_set: PolicySet
    until: datetime | None
    decided: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One rule, as a measure for a duty, and how many decisions it determined in the period."""

    rule: Rule
    sentence: str
    decided: int


def policy_views(scope: Scope, *, as_of: datetime) -> tuple[PolicyView, ...]:
    """Return the versions in force in the scope, oldest first, as the checkpoint has them."""
    versions = versions_in_force_between(scope.psp, start=scope.start, end=scope.end)
    later = _later_activations(scope)
    known = [
        (version, version.active_from)
        for version in versions
        if version.active_from is not None
        and version.active_from <= as_of
        and (version.ref, version.active_from) not in later
    ]
    counts = count_rules(scope)
    ends = [active_from for _version, active_from in known[1:]]
    return tuple(
        PolicyView(
            version=version,
            policy_set=compiled(version.document).policy_set,
            until=end,
            decided={
                rule: count for (number, rule), count in counts.items() if number == version.number
            },
        )
        for (version, _active_from), end in zip(known, [*ends, None], strict=False)
    )


def measures_by_duty(policies: Sequence[PolicyView]) -> Mapping[Duty, tuple[Measure, ...]]:
    """Return the rules of the last version in force that answer each duty."""
    if not policies:
        return dict.fromkeys(Duty, ())
    last = policies[-1]
    return {
        duty: tuple(
            Measure(rule=rule, sentence=rule_sentence(rule), decided=last.decided.get(rule.id, 0))
            for rule in last.policy_set.rules
            if duty in rule.answers
        )
        for duty in Duty
    }


def _later_activations(scope: Scope) -> frozenset[tuple[str, datetime]]:
    """Return the activations that the checkpoint does not cover: which version, and from when.

    A version can come back, so its reference alone does not say which time is meant.
    """
    bodies = scope.later_bodies("policy_activated")
    return frozenset((body["ref"], datetime.fromisoformat(body["active_from"])) for body in bodies)
