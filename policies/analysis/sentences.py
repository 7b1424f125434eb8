"""Examples and decisions in words that an officer understands."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from policies.engine.reference import overall_state
from policies.engine.sentences import duration, obligation_phrase, value_text
from policies.model import Decision, Facts, Value, age_s, seconds_since
from policies.vocabulary.effects import Effect
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
    """Return facts as a clause after "when": what was found, what nobody looked for, what matters."""
    states = {code: overall_state(_said_of(code, facts)) for code in CATALOGUE}
    found = [code for code, state in states.items() if state is FindingState.PRESENT]
    unseen = [code for code, state in states.items() if state is FindingState.NOT_EVALUATED]
    stale = [
        code
        for code, state in states.items()
        if state is FindingState.ABSENT and not _is_fresh(_telling(code, facts), facts)
    ]
    parts = [finding_text(code, facts) for code in found]
    if len(unseen) < len(CATALOGUE):
        parts.append("nothing else is found" if found else "nothing is found")
    parts += [finding_text(code, facts) for code in stale]
    parts += [*_unseen(unseen), *_attributes(facts), *_environment(facts), *_elements(facts)]
    return listed(parts)


def finding_text(code: str, facts: Facts) -> str:
    """Return what evidence says of one code, as a clause."""
    said = _said_of(code, facts)
    match overall_state(said):
        case FindingState.PRESENT:
            return f"{title_of(code)} is found ({_pieces(_telling(code, facts), facts)})"
        case FindingState.ABSENT:
            return f"{title_of(code)} is reported absent ({_pieces(_telling(code, facts), facts)})"
        case _:
            return f"nobody looked for {title_of(code)}"


def _said_of(code: str, facts: Facts) -> list[Finding]:
    """Return all that is said of a code."""
    return [finding for finding in facts.findings if finding.code == code]


def _telling(code: str, facts: Facts) -> list[Finding]:
    """Return the evidence on a code that makes its state."""
    said = _said_of(code, facts)
    return [finding for finding in said if finding.state is overall_state(said)]


def _unseen(codes: Sequence[str]) -> list[str]:
    """Return what nobody looked for."""
    if len(codes) == len(CATALOGUE):
        return ["nobody looked for anything"]
    return [f"nobody looked for {some_of([*map(title_of, codes)])}"] if codes else []


def _pieces(findings: Iterable[Finding], facts: Facts) -> str:
    """Return what the evidence of one code is worth, and how old it is."""
    words = []
    for finding in findings:
        age = age_s(finding, facts.decided_at)
        if age is None:
            words.append(f"assurance {finding.assurance}, of unknown age")
        elif age > _FRESH_S:
            words.append(f"assurance {finding.assurance}, {_about(age)} old")
        else:
            words.append(f"assurance {finding.assurance}")
    return "; ".join(dict.fromkeys(words))


def _about(seconds: int) -> str:
    """Return an age exactly, such as `10 min 1 s`."""
    words = []
    for size in (86_400, 3_600, 60, 1):
        whole = seconds // size * size
        if whole:
            words.append(duration(whole) if size > 1 else f"{whole} s")
        seconds -= whole
    return " ".join(words)


def _is_fresh(findings: Iterable[Finding], facts: Facts) -> bool:
    """Return whether all the evidence of a code is of the usual kind, which goes without saying."""
    ages = [age_s(finding, facts.decided_at) for finding in findings]
    return all(age is not None and age <= _FRESH_S for age in ages)


def _attributes(facts: Facts) -> list[str]:
    """Return what the back-end says of the attempt; a time by how long ago it was."""
    return [
        f"{name.replace('_', ' ')} {_value(value, facts.decided_at)}"
        for name, value in facts.attributes.items()
    ]


def _value(value: Value, now: datetime) -> str:
    """Return a value in words, after the name of its attribute."""
    if isinstance(value, datetime):
        age = seconds_since(value, now)
        return "lies in the future" if age is None else f"was {_about(age) or '0 s'} ago"
    if isinstance(value, frozenset):
        return f"contains {listed(sorted(value))}" if value else "is empty"
    return f"is {value_text(value) or 'blank'}"


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
        f"the execution environment's {field} is {value.replace('_', ' ')}"
        for field, value in values.items()
        if value != best[field]
    ]


def _elements(facts: Facts) -> list[str]:
    """Return the elements in use where they are not the usual ones."""
    if facts.elements == (Element.KNOWLEDGE, Element.POSSESSION):
        return []
    words = [*map(str, facts.elements)]
    return [f"{listed(words)} are in use" if len(words) > 1 else f"only {listed(words)} is in use"]


def answer(decision: Decision) -> str:
    """Return what becomes of an authentication, after "is" or "was": its effect and obligations."""
    phrases = [obligation_phrase(obligation) for obligation in decision.obligations]
    done = _DONE[decision.effect]
    if not phrases:
        return f"{done} with no obligation"
    return f"{done} with the obligation to {listed(phrases)}"


_DONE: Final = {
    Effect.PERMIT: "permitted",
    Effect.STEP_UP: "stepped up",
    Effect.HOLD: "held",
    Effect.DENY: "denied",
}


def also(sentence: str, titles: Sequence[str]) -> str:
    """Return a sentence that names the other findings for which the same holds."""
    return (
        f"{sentence.removesuffix('.')}; the same goes for {some_of(titles)}."
        if titles
        else sentence
    )


def rules_text(ids: Sequence[str]) -> str:
    """Return rules by their ids."""
    return f"rule{'s' if len(ids) != 1 else ''} {some_of([f'`{id_}`' for id_ in ids])}"
