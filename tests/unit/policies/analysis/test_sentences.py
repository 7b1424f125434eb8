"""What an example says is told in clauses that read on after "when"."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from policies.analysis.sentences import also, answer, finding_text, rules_text, situation
from policies.model import Decision, Disposition, Environment, Obligation, Value
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import CATALOGUE, Assurance, FindingState
from tests.support.deciding import NOW, facts, finding

WELL = Environment(
    class_="secure_element",
    delivery="just_in_time",
    packaging="separate_app",
    uniqueness="transaction",
)
CLEAN = tuple(finding(code, FindingState.ABSENT) for code in CATALOGUE)
ROOTED = "“Rooted or jailbroken” (device.rooted)"


def told(*said: Any, **changes: Any) -> str:
    """Return a situation in which all else is well."""
    codes = {each.code for each in said}
    rest = [each for each in CLEAN if each.code not in codes]
    return situation(facts(*rest, *said, **{"environment": WELL} | changes))


def test_nothing_is_found() -> None:
    assert told() == "nothing is found"


def test_nobody_looked_for_anything() -> None:
    assert situation(facts(environment=WELL)) == "nobody looked for anything"


def test_nobody_looked_for_some() -> None:
    unseen = finding("device.rooted", FindingState.NOT_EVALUATED)

    assert told(unseen) == f"nothing is found and nobody looked for {ROOTED}"
    assert finding_text("device.rooted", facts(unseen)) == f"nobody looked for {ROOTED}"


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (1, "assurance B"),
        (61, "assurance B, 1 min 1 s old"),
        (90_061, "assurance B, 1 day 1 hour 1 min 1 s old"),
        (172_800, "assurance B, 2 days old"),
        (None, "assurance B, of unknown age"),
    ],
)
def test_something_is_found_by_evidence_of_some_age(age_s: int | None, words: str) -> None:
    found = finding("device.rooted", assurance=Assurance.B, age_s=age_s)

    assert told(found) == f"{ROOTED} is found ({words}) and nothing else is found"


def test_what_is_old_and_clean_is_told() -> None:
    old = finding("device.rooted", FindingState.ABSENT, age_s=600)

    assert told(old) == (
        f"nothing is found and {ROOTED} is reported absent (assurance A, 10 min old)"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("30.50"), "is 30.50"),
        (True, "is true"),
        ((7, 3), "is 7.3"),
        ("", "is blank"),
        (frozenset(), "is empty"),
        (frozenset({"b", "a"}), "contains a and b"),
        (NOW, "was 0 s ago"),
        (NOW - timedelta(seconds=61), "was 1 min 1 s ago"),
        (NOW + timedelta(days=1), "lies in the future"),
    ],
)
def test_attributes_are_told_by_their_values(value: Value, words: str) -> None:
    assert told(attributes={"a_name": value}) == f"nothing is found and a name {words}"


def test_the_environment_and_the_elements_are_told_where_they_are_unusual() -> None:
    weak = msgspec.structs.replace(WELL, class_="obfuscation_only")

    assert told(environment=weak) == (
        "nothing is found and the execution environment's class is obfuscation only"
    )
    assert told(elements=(Element.INHERENCE,)) == ("nothing is found and only inherence is in use")
    assert told(elements=(*Element,)) == (
        "nothing is found and knowledge, possession and inherence are in use"
    )


def decision(effect: Effect, *obligations: Obligation) -> Decision:
    return Decision(
        effect=effect,
        obligations=obligations,
        determining_rules=(),
        matched_rules=(),
        elements={},
        reliable_elements=2,
        disposition=Disposition.CLEAR,
        disclosure=Disclosure.NONE,
    )


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        (Effect.PERMIT, "permitted"),
        (Effect.STEP_UP, "stepped up"),
        (Effect.HOLD, "held"),
        (Effect.DENY, "denied"),
    ],
)
def test_an_answer_says_what_becomes_of_the_authentication(effect: Effect, word: str) -> None:
    review = Obligation(action="review", within_s=3600)

    assert answer(decision(effect)) == f"{word} with no obligation"
    assert answer(decision(effect, review)) == (
        f"{word} with the obligation to review within 1 hour"
    )


def test_others_and_rules_are_counted_where_they_are_many() -> None:
    assert also("It is so.", []) == "It is so."
    assert also("It is so.", ["A", "B"]) == "It is so; the same goes for A and B."
    assert rules_text(["a"]) == "rule `a`"
    assert rules_text([*"abcdef"]) == "rules `a`, `b`, `c` and 3 others"
