"""Every example of the page on the policy language is what the page says it is."""
# SPDX-License-Identifier: Apache-2.0

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from policies.documents import PolicyDocumentError, read_policy_set
from policies.engine import condition_phrase, rule_sentence, run_cases
from policies.model import All as AllOf
from policies.model import (
    Any,
    AttributeIs,
    Condition,
    ElementIs,
    EnvironmentIs,
    FindingIs,
    Not,
    Operator,
    PolicySet,
    ReliableElements,
    atoms_of,
)
from policies.vocabulary.actions import ACTIONS
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.effects import Effect
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import Assurance, FindingState

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "policy-language.md"
_BLOCK: Final = re.compile(
    r"^```yaml (?P<kind>\w+)(?P<refused> refused)?\n(?P<text>.*?)^```\n"
    r"(?:```text\n(?P<stated>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """An example: what it is an example of, whether it is refused, and what the page states."""

    kind: str
    is_refused: bool
    text: str
    stated: str


def blocks() -> list[Block]:
    return [
        Block(match["kind"], bool(match["refused"]), match["text"], (match["stated"] or "").strip())
        for match in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    ]


BLOCKS: Final = blocks()
ATTRIBUTES: Final = next(block.text for block in BLOCKS if block.kind == "attributes")
VALID: Final = [block for block in BLOCKS if not block.is_refused]
REFUSED: Final = [block for block in BLOCKS if block.is_refused]


def indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}" for line in text.splitlines(keepends=True))


def document(block: Block) -> bytes:
    """Return the block as a whole document."""
    if block.kind == "policy":
        return block.text.encode()
    rules, tests = "[]\n", "[]\n"
    if block.kind == "condition":
        rules = f"\n  - id: example\n    effect: deny\n    when:\n{indented(block.text, 6)}"
    elif block.kind == "rule":
        rules = f"\n  -\n{indented(block.text, 4)}"
    elif block.kind == "tests":
        tests = f"\n{indented(block.text, 2)}"
    head = f"schema: 1\nname: Example\notherwise: permit\nattributes:\n{indented(ATTRIBUTES, 2)}"
    return f"{head}rules: {rules}tests: {tests}".encode()


def read(block: Block) -> PolicySet:
    return read_policy_set(document(block))


@pytest.mark.parametrize("block", VALID, ids=lambda block: block.text.splitlines()[0])
def test_an_example_is_read_and_reads_as_the_page_says(block: Block) -> None:
    policy_set = read(block)

    if block.stated:
        (rule,) = policy_set.rules
        says = condition_phrase(rule.when) if block.kind == "condition" else rule_sentence(rule)
        assert says == block.stated
    assert run_cases(policy_set).passed


@pytest.mark.parametrize("block", REFUSED, ids=lambda block: block.stated)
def test_a_mistake_is_answered_as_the_page_says(block: Block) -> None:
    with pytest.raises(PolicyDocumentError) as caught:
        read(block)

    assert [f"{each.pointer or '/'}: {each.detail}" for each in caught.value.problems] == [
        block.stated
    ]


def kinds_of(condition: Condition) -> set[type]:
    match condition:
        case AllOf(parts=parts) | Any(parts=parts):
            return {type(condition)}.union(*map(kinds_of, parts))
        case Not(part=part):
            return {Not} | kinds_of(part)
        case _:
            return {type(condition)}


def test_the_page_has_an_example_of_every_construct() -> None:
    sets = [read(block) for block in VALID]
    rules = [rule for policy_set in sets for rule in policy_set.rules]
    atoms = [atom for rule in rules for atom in atoms_of(rule.when)]
    of_attributes = [atom for atom in atoms if isinstance(atom, AttributeIs)]

    kinds: set[type] = set().union(*[kinds_of(rule.when) for rule in rules])
    assert kinds == {
        *(FindingIs, ElementIs, ReliableElements, EnvironmentIs, AttributeIs, AllOf, Any, Not)
    }
    assert {atom.comparison.operator for atom in of_attributes} == set(Operator)
    assert {atom.name for atom in of_attributes} >= {"app_version", "device_model"}
    assert {atom.state for atom in atoms if isinstance(atom, FindingIs)} == set(FindingState)
    assert {atom.field for atom in atoms if isinstance(atom, EnvironmentIs)} == {
        *ENVIRONMENT_FIELDS
    }
    assert {rule.effect for rule in rules} == set(Effect)
    assert {each.action for rule in rules for each in rule.obligations} == {*ACTIONS}
    declared = [each.type for policy_set in sets for each in policy_set.attributes.values()]
    assert set(declared) == set(AttributeType)


def test_the_page_names_every_word() -> None:
    page = PAGE.read_text(encoding="utf-8")
    words = {*BUILT_IN, *map(str, Assurance), *map(str, AttributeType), *map(str, Operator)}

    assert [word for word in sorted(words) if word not in page] == []


def test_no_block_of_the_page_is_left_out() -> None:
    fences = PAGE.read_text(encoding="utf-8").count("\n```yaml")

    assert len(BLOCKS) == fences
    assert len(REFUSED) >= 10
