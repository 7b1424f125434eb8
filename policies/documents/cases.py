"""Reads the test cases of a policy set."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from policies.documents.attributes import type_attributes
from policies.documents.cursor import Cursor, SkipError, attempt, hint, nearest
from policies.documents.errors import AttributeValueError
from policies.documents.obligations import read_obligations
from policies.documents.texts import decimal_text
from policies.model.conditions import Value
from policies.model.facts import Environment, Facts
from policies.model.policy_set import (
    CASE_TIME,
    AttributeDeclaration,
    Case,
    Expectation,
    PolicySet,
)
from policies.vocabulary.attributes import BUILT_IN, AttributeType
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS, UNKNOWN
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

MAX_CASES: Final = 1_000
MAX_FINDINGS: Final = 200
UNLISTED: Final = (FindingState.NOT_EVALUATED, FindingState.ABSENT)
_PROVIDER: Final = "test case"
_MAX_BUILT_IN: Final = 64
_MAX_TEXT: Final = 256
_FEW: Final = 200


def read_cases(place: Cursor, policy_set: PolicySet) -> tuple[Case, ...]:
    """Return the test cases at the cursor that can be read; each has a name of its own.

    `policy_set` is what they are about: their attributes are typed by its declarations, and the
    rules that they name are its rules.
    """
    cases: dict[str, Case] = {}
    for item in place.items(at_most=MAX_CASES):
        case = attempt(partial(_case, item, policy_set))
        if case is None:
            continue
        if case.name in cases:
            item.note(f"the name `{case.name[:64]}` is used by an earlier case")
        cases[case.name] = case
    return tuple(cases.values())


def _case(place: Cursor, policy_set: PolicySet) -> Case:
    """Read one case; a problem in one part does not hide those of the others."""
    fields = place.fields("name", "given", "expect")
    place.require(fields, "name", "given", "expect")
    name = attempt(partial(fields["name"].text, at_least=1, at_most=200))
    given = attempt(partial(_given, fields["given"], policy_set))
    expect = attempt(partial(_expect, fields["expect"], policy_set))
    if name is None or given is None or expect is None:
        raise SkipError
    facts, unlisted = given
    return Case(name=name, facts=facts, unlisted=unlisted, expect=expect)


def _given(place: Cursor, policy_set: PolicySet) -> tuple[Facts, FindingState]:
    """Read what is given, in the form of a decision request with findings instead of evidence."""
    fields = place.fields(
        *BUILT_IN, "attributes", "environment", "elements", "findings", "unlisted"
    )
    values = {name: _built_in(fields[name], name) for name in BUILT_IN if name in fields}
    values |= _attributes(fields.get("attributes", place), policy_set, given="attributes" in fields)
    facts = Facts(
        decided_at=CASE_TIME,
        findings=_findings(fields.get("findings")),
        attributes=values,
        environment=_environment(fields.get("environment")),
        elements=_elements(fields.get("elements")),
    )
    if "unlisted" not in fields:
        return facts, FindingState.NOT_EVALUATED
    return facts, FindingState(fields["unlisted"].choice(UNLISTED))


def _built_in(place: Cursor, name: str) -> Value:
    """Read a built-in attribute."""
    if BUILT_IN[name] is AttributeType.VERSION:
        return place.version()
    return place.text(at_least=1, at_most=_MAX_BUILT_IN)


def _attributes(place: Cursor, policy_set: PolicySet, *, given: bool) -> dict[str, Value]:
    """Read the PSP's own attributes, as a request would have them.

    Raises:
        SkipError: if they do not fit the declarations; each problem is noted.
    """
    raw = {}
    if given:
        for name, item in place.fields().items():
            declaration = policy_set.attributes.get(name)
            raw[name] = None if declaration is None else _raw(item, declaration)
    try:
        return type_attributes(policy_set, raw)
    except AttributeValueError as error:
        for problem in error.problems:
            Cursor(place.node, place.problems, f"{place.pointer}{problem.pointer}").note(
                problem.detail, problem.suggestion or ""
            )
        raise SkipError from error


def _raw(place: Cursor, declaration: AttributeDeclaration) -> object:
    """Return a value as a request would have it; a timestamp is given by its age."""
    match declaration.type:
        case AttributeType.DECIMAL:
            return decimal_text(place.decimal())
        case AttributeType.INTEGER:
            return place.integer()
        case AttributeType.BOOLEAN:
            return place.boolean()
        case AttributeType.VERSION:
            return ".".join(map(str, place.version()))
        case AttributeType.STRING_SET:
            return [item.text(at_most=_MAX_TEXT) for item in place.items()]
        case AttributeType.TIMESTAMP:
            fields = place.fields("age")
            place.require(fields, "age")
            return _before(fields["age"].duration_s()).isoformat()
        case _:
            return place.text(at_most=_MAX_TEXT)


def _before(seconds: int) -> datetime:
    """Return the moment so many seconds before the decision."""
    return CASE_TIME - timedelta(seconds=seconds)


def _findings(place: Cursor | None) -> tuple[Finding, ...]:
    """Read what evidence says."""
    items = [] if place is None else place.items(at_most=MAX_FINDINGS)
    read = [attempt(partial(_finding, item)) for item in items]
    findings = tuple(each for each in read if each is not None)
    if len(findings) < len(read):
        raise SkipError
    return findings


def _finding(place: Cursor) -> Finding:
    """Read one finding: present, of assurance A and taken just now, unless it says otherwise."""
    fields = place.fields("code", "state", "assurance", "age")
    place.require(fields, "code")
    code = fields["code"].text(at_most=64)
    if code not in CATALOGUE:
        near = nearest(code, CATALOGUE)
        fields["code"].fail(f"unknown finding `{code}`{hint(near)}", near)
    state, assurance, observed_at = FindingState.PRESENT, Assurance.A, CASE_TIME
    if "state" in fields:
        state = FindingState(fields["state"].choice([*FindingState]))
    if "assurance" in fields:
        assurance = Assurance(fields["assurance"].choice([*Assurance]))
    is_undated = "age" in fields and fields["age"].node.value == UNKNOWN
    if "age" in fields and not is_undated:
        observed_at = _before(fields["age"].duration_s())
    return Finding(
        code=code,
        state=state,
        assurance=assurance,
        provider=_PROVIDER,
        observed_at=None if is_undated else observed_at,
    )


def _environment(place: Cursor | None) -> Environment:
    """Read the execution environment; what is left out is unknown."""
    fields = {} if place is None else place.fields(*ENVIRONMENT_FIELDS)
    said = {field: item.choice(ENVIRONMENT_FIELDS[field]) for field, item in fields.items()}
    return Environment(
        class_=said.get("class", UNKNOWN),
        delivery=said.get("delivery", UNKNOWN),
        packaging=said.get("packaging", UNKNOWN),
        uniqueness=said.get("uniqueness", UNKNOWN),
    )


def _elements(place: Cursor | None) -> tuple[Element, ...]:
    """Read the elements in use, each once."""
    items = [] if place is None else place.items(at_most=len(Element))
    elements = tuple(Element(item.choice([*Element])) for item in items)
    if place is not None and len(set(elements)) != len(elements):
        place.fail("an element is repeated")
    return elements


def _expect(place: Cursor, policy_set: PolicySet) -> Expectation:
    """Read what must be decided."""
    fields = place.fields("effect", "obligations", "determining_rules")
    place.require(fields, "effect")
    effect = Effect(fields["effect"].choice([*Effect]))
    obligations, rules = None, None
    if "obligations" in fields:
        obligations = read_obligations(fields["obligations"])
    if "determining_rules" in fields:
        rules = _rules(fields["determining_rules"], policy_set)
    return Expectation(effect=effect, obligations=obligations, determining_rules=rules)


def _rules(place: Cursor, policy_set: PolicySet) -> tuple[str, ...]:
    """Read ids of rules, in alphabetical order."""
    known = {rule.id for rule in policy_set.rules}
    ids = []
    for item in place.items():
        id_ = item.text(at_most=64)
        if id_ not in known:
            # To look for the nearest among thousands would cost more than it helps.
            near = nearest(id_, known) if len(known) <= _FEW else ""
            item.fail(f"there is no rule `{id_}`{hint(near)}", near)
        ids.append(id_)
    return tuple(sorted(set(ids)))
