"""Examples and decisions in words that an officer understands."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from typing import Final

from policies.analysis.concretizer import attributes_text
from policies.engine.reference import overall_state
from policies.engine.sentences import EFFECT_WORDS, duration, obligation_phrase
from policies.model import Decision, Facts, age_s
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, Finding, FindingState

_SHOWN: Final = 3
_FRESH_S: Final = 60


def title_of(code: str) -> str:
    """Return a finding's name for people, with its code."""
    return f"“{CATALOGUE[code].title}” ({code})"


def listed(words: Sequence[str], *, last: str = "and") -> str:
    """Return words as a list in a sentence."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def some_of(words: Sequence[str]) -> str:
    """Return the first few words, and how many more there are."""
    if len(words) <= _SHOWN + 1:
        return listed(words)
    return f"{', '.join(words[:_SHOWN])} and {len(words) - _SHOWN} others"


def situation(facts: Facts) -> str:
    """Return facts in words: what was found, what was not looked at, and what matters besides."""
    by_code: dict[str, list[Finding]] = {code: [] for code in CATALOGUE}
    for finding in facts.findings:
        by_code[finding.code].append(finding)
    states = {code: overall_state(said) for code, said in by_code.items()}
    by_code = {
        code: [finding for finding in said if finding.state is states[code]]
        for code, said in by_code.items()
    }
    found = [
        f"{title_of(code)} found ({_pieces(by_code[code], facts)})"
        for code, state in states.items()
        if state is FindingState.PRESENT
    ]
    stale = [
        f"{title_of(code)} absent ({_pieces(by_code[code], facts)})"
        for code, state in states.items()
        if state is FindingState.ABSENT and not _is_fresh(by_code[code], facts)
    ]
    unseen = [code for code, state in states.items() if state is FindingState.NOT_EVALUATED]
    parts = [*found, *stale, *_unseen(unseen), *attributes_text(facts.attributes)]
    parts += _environment(facts)
    if facts.elements != (Element.KNOWLEDGE, Element.POSSESSION):
        parts.append(f"only {listed([*map(str, facts.elements)])} in use")
    if len(unseen) < len(CATALOGUE):
        parts.append("nothing else found" if found else "nothing found")
    return listed(parts)


def _unseen(codes: Sequence[str]) -> list[str]:
    """Return what nobody looked at."""
    if len(codes) == len(CATALOGUE):
        return ["nothing evaluated at all"]
    return [f"{some_of([title_of(code) for code in codes])} not evaluated"] if codes else []


def _pieces(findings: Iterable[Finding], facts: Facts) -> str:
    """Return what the evidence of one code is worth, and how old it is."""
    words = []
    for finding in findings:
        age = age_s(finding, facts.decided_at)
        if age is None:
            words.append(f"assurance {finding.assurance}, of unknown age")
        elif age > _FRESH_S:
            words.append(f"assurance {finding.assurance}, {duration(age)} old")
        else:
            words.append(f"assurance {finding.assurance}")
    return "; ".join(dict.fromkeys(words))


def _is_fresh(findings: Iterable[Finding], facts: Facts) -> bool:
    """Return whether all the evidence of a code is of the usual kind, which goes without saying."""
    ages = [age_s(finding, facts.decided_at) for finding in findings]
    return all(age is not None and age <= _FRESH_S for age in ages)


def _environment(facts: Facts) -> list[str]:
    """Return the environment where it is not a separated one without faults."""
    values = {field: facts.environment.value_of(field) for field in ENVIRONMENT_FIELDS}
    best = {
        "class": "secure_element",
        "delivery": "just_in_time",
        "packaging": "separate_app",
        "uniqueness": "transaction",
    }
    return [
        f"the environment's {field} {value.replace('_', ' ')}"
        for field, value in values.items()
        if value != best[field]
    ]


def answer(decision: Decision) -> str:
    """Return a decision in words: its effect and its obligations."""
    phrases = [obligation_phrase(obligation) for obligation in decision.obligations]
    if not phrases:
        return f"{EFFECT_WORDS[decision.effect]} with no obligation"
    return f"{EFFECT_WORDS[decision.effect]} with the obligation to {listed(phrases)}"


def rules_text(ids: Sequence[str]) -> str:
    """Return rules by their ids."""
    return f"rule{'s' if len(ids) != 1 else ''} {some_of([f'`{id_}`' for id_ in ids])}"
