"""Mutations of a pack: what an officer, or an attacker among them, might change in one rule.

Each takes a document and a rule's place and returns the changed policy set, or None where the rule
has nothing of the kind.
"""
# SPDX-License-Identifier: Apache-2.0

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from policies.model import PolicySet
from policies.vocabulary.disclosure import Disclosure
from tests.support.analysing import Document, read

Mutation = Callable[[Document, int], PolicySet | None]


def dropped(document: Document, place: int) -> PolicySet | None:
    """Return the policy set without the rule."""
    changed = copy.deepcopy(document)
    del changed["rules"][place]
    return read(changed)


def flipped(document: Document, place: int) -> PolicySet | None:
    """Return it with the rule permitting; obligations that only carry the effect out fall away."""
    changed = copy.deepcopy(document)
    rule = changed["rules"][place]
    if rule["effect"] == "permit":
        return None
    rule["effect"] = "permit"
    rule["obligations"] = [
        each for each in rule["obligations"] if each["action"] not in {"step_up", "review"}
    ]
    return read(changed)


def loosened(document: Document, place: int) -> PolicySet | None:
    """Return it with each threshold of the rule moved, so that the rule counts less often."""
    changed = copy.deepcopy(document)
    atoms = [*_atoms(changed["rules"][place]["when"])]
    return read(changed) if sum([_loosen(atom) for atom in atoms]) else None


def _loosen(atom: Document) -> bool:
    """Move an atom's threshold; return whether it has one."""
    for name in {"above", "at_least"} & atom.keys():
        atom[name] *= 100
        return True
    if "below" in atom:
        atom["below"] -= 1
        return True
    if "reliable_elements" in atom:
        return _loosen(atom["reliable_elements"])
    if "age" in atom:
        ((operator, _limit),) = atom["age"].items()
        atom["age"] = {operator: "10h" if operator == "above" else "1d"}
        return True
    if str(atom.get("assurance", "")).startswith("at_least"):
        atom["assurance"] = "at_least A"
        return True
    return False


def _atoms(condition: Document) -> Iterator[Document]:
    """Return the conditions that have no parts."""
    for part in condition.get("all") or condition.get("any") or ():
        yield from _atoms(part)
    if not {"all", "any"} & condition.keys():
        yield condition


def blinded(document: Document, place: int) -> PolicySet | None:
    """Return it without the branch for what was not evaluated."""
    changed = copy.deepcopy(document)
    rule = changed["rules"][place]
    parts = rule["when"].get("any", [])
    rest = [part for part in parts if part.get("state") != "not_evaluated"]
    if len(rest) == len(parts):
        return None
    rule["when"]["any"] = rest
    if not rest:
        del changed["rules"][place]
    return read(changed)


def disclosed(document: Document, place: int) -> PolicySet | None:
    """Return it with the device told everything, without a ground: no document can say this."""
    policy_set = read(document)
    rules = list(policy_set.rules)
    rules[place] = replace(rules[place], disclosure=Disclosure.FULL, disclosure_ground=" ")
    return replace(policy_set, rules=tuple(rules))


MUTATIONS: Mapping[str, Mutation] = {
    "drop": dropped,
    "flip": flipped,
    "loosen": loosened,
    "blind": blinded,
    "disclose": disclosed,
}


def blind_spots(document: Document) -> Iterator[tuple[str, str, PolicySet]]:
    """Return the policy set without each single `not_evaluated`, with the rule and the finding."""
    for place, rule in enumerate(document["rules"]):
        for number, part in enumerate(rule["when"].get("any", [])):
            if part.get("state") == "not_evaluated":
                changed = copy.deepcopy(document)
                del changed["rules"][place]["when"]["any"][number]
                yield rule["id"], part["finding"], read(changed)
