"""From the solver's example to facts that the engine decides on, and to the plainest that still show it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from policies.analysis.reading import Reading
from policies.analysis.world import Piece
from policies.engine.sentences import value_text
from policies.model import Environment, Facts, Value
from policies.model.facts import attribute_of
from policies.vocabulary.attributes import BUILT_IN
from policies.vocabulary.elements import Element
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""The moment of every example: a decision depends on ages, never on the date."""

_PROVIDERS: Final = {
    Assurance.A: "hardware_attestation",
    Assurance.B: "vendor_attestation",
    Assurance.C: "back_end",
    Assurance.D: "client_software",
}
_FRESH_S: Final = 5
_MOST_PIECES: Final = 8
_WELL: Final = Environment(
    class_="secure_element",
    delivery="just_in_time",
    packaging="separate_app",
    uniqueness="transaction",
)
_USUAL: Final = (Element.KNOWLEDGE, Element.POSSESSION)

Example = tuple[Facts, ...]
"""One request, or two that differ in what the property is about."""


def facts_of(reading: Reading) -> Facts:
    """Return the solver's last example as facts."""
    solver, world = reading.solver, reading.world
    findings = []
    for code, said in reading.said.items():
        is_present = solver.is_true(said.is_present)
        for state, is_said, pieces in (
            (FindingState.PRESENT, is_present, said.present),
            (FindingState.ABSENT, is_present or solver.is_true(said.is_absent), said.absent),
        ):
            if is_said:
                saying = [piece for piece, term in pieces.items() if solver.is_true(term)]
                findings += [finding_of(code, state, piece) for piece in saying]
    attributes = {
        name: value
        for name, attribute in world.attributes.items()
        if (value := attribute.shown(solver, NOW)) is not None
    }
    environment = {
        attribute_of(field): choice.chosen(solver) for field, choice in world.environment.items()
    }
    return Facts(
        decided_at=NOW,
        findings=tuple(findings),
        attributes=attributes,
        environment=Environment(**environment),
        elements=tuple(element for element, term in world.in_use.items() if solver.is_true(term)),
    )


def finding_of(code: str, state: FindingState, piece: Piece) -> Finding:
    """Return a finding with an assurance and an age."""
    assurance, age = piece
    return Finding(
        code=code,
        state=state,
        assurance=assurance,
        provider=_PROVIDERS[assurance],
        observed_at=None if age is None else NOW - timedelta(seconds=age),
    )


def plainest(
    example: Example,
    shows: Callable[[Example], bool],
    *,
    noise: Callable[[Example], int],
    values: Mapping[str, Sequence[Value]],
    about: Iterable[str] = (),
) -> Example:
    """Return an example with as little in it as still shows the same.

    Of the codes in `about` as much stays as the example needs. Of the others, what was present
    or not evaluated becomes absent by fresh evidence where that makes no difference. Attributes
    take the least remarkable of `values` or are left out, environment and elements become the
    usual ones. `noise` measures how much happens besides (the rules that count): no step makes
    more of it.
    """
    level = noise(example)
    for change in _changes(example, frozenset(about), values):
        candidate = tuple(change(facts) for facts in example)
        if candidate != example and noise(candidate) <= level and shows(candidate):
            example, level = candidate, noise(candidate)
    return example


Change = Callable[[Facts], Facts]


def _changes(
    example: Example, kept: frozenset[str], values: Mapping[str, Sequence[Value]]
) -> Iterator[Change]:
    """Return what can be tried, the largest steps first."""
    others = [code for code in CATALOGUE if code not in kept]
    yield _with_absent(others)
    said = {
        finding.code
        for facts in example
        for finding in facts.findings
        if finding.state is FindingState.PRESENT
    }
    yield _with_absent([code for code in others if code not in said])
    for code in others:
        yield _with_absent([code])
    for code in CATALOGUE:
        if any(finding.code == code for facts in example for finding in facts.findings):
            yield from (_with_piece(code, place) for place in range(_MOST_PIECES))
            yield _made_fresh(code)
    yield lambda facts: msgspec.structs.replace(facts, environment=_WELL)
    for field in _WELL.__struct_fields__:
        yield _with_field(field)
    yield lambda facts: msgspec.structs.replace(facts, elements=_USUAL)
    for name, options in values.items():
        yield from (_with_attribute(name, value) for value in options)
    for name in values:
        yield _with_attribute(name, None)


def _with_absent(codes: Iterable[str]) -> Change:
    """Say that codes are absent, by fresh evidence of the best kind."""
    fresh = {code: finding_of(code, FindingState.ABSENT, (Assurance.A, _FRESH_S)) for code in codes}

    def change(facts: Facts) -> Facts:
        rest = [finding for finding in facts.findings if finding.code not in fresh]
        findings = sorted([*rest, *fresh.values()], key=lambda finding: finding.code)
        return msgspec.structs.replace(facts, findings=tuple(findings))

    return change


def _with_piece(code: str, place: int) -> Change:
    """Leave one piece of evidence of a code, where it has several."""

    def change(facts: Facts) -> Facts:
        said = [finding for finding in facts.findings if finding.code == code]
        if place >= len(said):
            return facts
        rest = [finding for finding in facts.findings if finding.code != code]
        findings = sorted([*rest, said[place]], key=lambda finding: finding.code)
        return msgspec.structs.replace(facts, findings=tuple(findings))

    return change


def _made_fresh(code: str) -> Change:
    """Take the evidence of a code a moment ago."""
    fresh = NOW - timedelta(seconds=_FRESH_S)

    def change(facts: Facts) -> Facts:
        findings = tuple(
            msgspec.structs.replace(finding, observed_at=fresh) if finding.code == code else finding
            for finding in facts.findings
        )
        return msgspec.structs.replace(facts, findings=findings)

    return change


def _with_field(field: str) -> Change:
    """Make one field of the environment as good as it can be."""

    def change(facts: Facts) -> Facts:
        environment = msgspec.structs.replace(facts.environment, **{field: getattr(_WELL, field)})
        return msgspec.structs.replace(facts, environment=environment)

    return change


def _with_attribute(name: str, value: Value | None) -> Change:
    """Give an attribute a value; None leaves it out."""

    def change(facts: Facts) -> Facts:
        attributes = {key: each for key, each in facts.attributes.items() if key != name}
        if value is not None:
            attributes[name] = value
        return msgspec.structs.replace(facts, attributes=attributes)

    return change


_WIRE_NAMES: Final = {
    "channel": ("transaction", "channel"),
    "method": ("transaction", "method"),
    "platform": ("device", "platform"),
    "os_version": ("device", "os_version"),
    "app_version": ("device", "app_version"),
    "device_model": ("device", "model"),
}


def request_of(facts: Facts) -> dict[str, Any]:
    """Return facts in the form of the parts of `POST /v1/decisions`.

    Findings stand as such, in place of the evidence that an adapter would make them from.
    """
    request: dict[str, Any] = {"transaction": {"ref": "example"}, "device": {}}
    attributes = {}
    for name, value in facts.attributes.items():
        if name in BUILT_IN:
            part, field = _WIRE_NAMES[name]
            request[part][field] = _written(value)
        else:
            attributes[name] = _written(value)
    return request | {
        "elements": [str(element) for element in facts.elements],
        "attributes": attributes,
        "environment": msgspec.to_builtins(facts.environment),
        "findings": [msgspec.to_builtins(finding) for finding in facts.findings],
    }


def _written(value: Value) -> bool | int | str | list[str]:
    """Return a value as a back-end writes it."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    return f"{value:f}" if isinstance(value, Decimal) else value_text(value)
