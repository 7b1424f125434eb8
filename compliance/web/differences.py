"""What changes between two policy sets, rule by rule, as sentences."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass

from policies.engine import rule_sentence
from policies.model import PolicySet, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One rule that differs: `added`, `removed` or `changed`; empty where there is no sentence."""

    kind: str
    rule_id: str
    before: str
    after: str


def rule_changes(before: PolicySet | None, after: PolicySet) -> tuple[RuleChange, ...]:
    """Return what differs; against nothing, every rule is added."""
    old = {} if before is None else {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    changes = [
        RuleChange(
            kind=_kind(old.get(id_), new.get(id_)),
            rule_id=id_,
            before=_sentence(old.get(id_)),
            after=_sentence(new.get(id_)),
        )
        for id_ in {**old, **new}
        if old.get(id_) != new.get(id_)
    ]
    if before is not None and before.otherwise is not after.otherwise:
        effects = before.otherwise.value, after.otherwise.value
        changes.append(
            RuleChange(kind="changed", rule_id="otherwise", before=effects[0], after=effects[1])
        )
    return tuple(changes)


def _kind(old: Rule | None, new: Rule | None) -> str:
    """Return what became of a rule."""
    if old is None:
        return "added"
    return "removed" if new is None else "changed"


def _sentence(rule: Rule | None) -> str:
    """Return how a rule reads, with its effect."""
    return "" if rule is None else f"{rule_sentence(rule)} ({rule.effect.value})"
