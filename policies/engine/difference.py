"""What two policy sets say differently, by the ids of their rules; the order of rules is no difference.

What they *decide* differently is another question, which `policies.analysis` answers.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from policies.engine.sentences import rule_sentence, value_text
from policies.model import AttributeDeclaration, Case, PolicySet, Rule

T = TypeVar("T")
_FIELDS: Final = (
    *("title", "answers", "when", "effect", "obligations"),
    *("disclosure", "disclosure_ground"),
)


class Change(NamedTuple):
    """One thing under its name, before and after in words; None where it was not, or is no more.

    `fields` says which parts of a rule differ.
    """

    name: str
    before: str | None
    after: str | None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Every change from one policy set to another, each kind in alphabetical order.

    `document` has name, `otherwise` and metadata.
    """

    document: tuple[Change, ...]
    attributes: tuple[Change, ...]
    rules: tuple[Change, ...]
    tests: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not (self.document or self.attributes or self.rules or self.tests)

    def lines(self) -> list[str]:
        """Return the changes for a reader: `+` for what is new, `-` for what is gone."""
        found = []
        for heading, changes in (
            ("document", self.document),
            ("attribute", self.attributes),
            ("rule", self.rules),
            ("test case", self.tests),
        ):
            for change in changes:
                fields = f" ({', '.join(change.fields)})" if change.fields else ""
                found.append(f"{heading} {change.name} {change.kind}{fields}")
                found += [] if change.before is None else [f"  - {change.before}"]
                found += [] if change.after is None else [f"  + {change.after}"]
        return found


def difference(before: PolicySet, after: PolicySet) -> Difference:
    """Return what `after` says differently from `before`."""
    return Difference(
        document=_changes(_document(before), _document(after), str),
        attributes=_changes(before.attributes, after.attributes, _declaration_phrase),
        rules=_changed_rules(_rules(before), _rules(after)),
        tests=_changes(_tests(before), _tests(after), _case_phrase),
    )


def _changes(
    before: Mapping[str, T], after: Mapping[str, T], phrase: Callable[[T], str]
) -> tuple[Change, ...]:
    """Return what was added, removed or changed under each name."""
    return tuple(
        Change(
            name,
            phrase(before[name]) if name in before else None,
            phrase(after[name]) if name in after else None,
        )
        for name in sorted({*before, *after})
        if name not in before or name not in after or before[name] != after[name]
    )


def _changed_rules(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> tuple[Change, ...]:
    """Return the changes of rules, each with the parts that differ."""
    return tuple(
        change._replace(fields=_fields(before[change.name], after[change.name]))
        if change.kind == "changed"
        else change
        for change in _changes(before, after, rule_sentence)
    )


def _fields(before: Rule, after: Rule) -> tuple[str, ...]:
    """Return the parts of a rule that differ."""
    return tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))


def _document(policy_set: PolicySet) -> dict[str, str]:
    """Return what the document says outside of lists."""
    texts = {f"metadata {name}": text for name, text in policy_set.metadata.items()}
    return {"name": policy_set.name, "otherwise": str(policy_set.otherwise), **texts}


def _rules(policy_set: PolicySet) -> dict[str, Rule]:
    """Return the rules by id."""
    return {rule.id: rule for rule in policy_set.rules}


def _tests(policy_set: PolicySet) -> dict[str, Case]:
    """Return the test cases by name."""
    return {case.name: case for case in policy_set.tests}


def _declaration_phrase(declaration: AttributeDeclaration) -> str:
    """Return a declaration in words."""
    words = ["required" if declaration.required else "optional", str(declaration.type)]
    if declaration.minimum is not None:
        words.append(f"at least {value_text(declaration.minimum)}")
    if declaration.maximum is not None:
        words.append(f"at most {value_text(declaration.maximum)}")
    if declaration.values:
        words.append(f"one of {', '.join(declaration.values)}")
    return " ".join(words)


def _case_phrase(case: Case) -> str:
    """Return what a test case expects."""
    rules = case.expect.determining_rules
    return f"expects {case.expect.effect}{'' if rules is None else ' by ' + ', '.join(rules)}"
