"""Hypothesis strategies for policy sets: every construct of the language, every word of it.

`tests.support.drawn_facts` has what they decide on, `tests.support.drawn_designs` the
authentication designs.
"""
# SPDX-License-Identifier: Apache-2.0

import string
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from policies.documents.texts import decimal_text
from policies.model import (
    CASE_TIME,
    All,
    Any,
    AttributeDeclaration,
    AttributeIs,
    Case,
    Comparison,
    Condition,
    ElementIs,
    EnvironmentIs,
    Expectation,
    FindingIs,
    Not,
    Obligation,
    Operator,
    PolicySet,
    ReliableElements,
    Rule,
)
from policies.vocabulary.actions import ACTIONS, RECORD_ONLY, REVIEW, STEP_UP, ParameterType
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, FAMILIES, Assurance, Finding, FindingState
from tests.support.drawn_facts import (
    CODES,
    NOW,
    PURPOSES,
    amounts,
    durations,
    facts,
    fitted,
    integers,
    methods,
    texts,
    versions,
    words,
)

__all__ = ["NOW", "cases", "conditions", "facts", "policy_sets", "rules", "waived"]

ORDERED = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST, Operator.EQUALS)
patterns = (
    st.sampled_from([*CODES, "device.*", "attestation.*", "channel.*"])
    | st.sampled_from([*CODES, "device.*"])
    | st.sampled_from([*CATALOGUE, *FAMILIES])
)
_ALNUM = string.ascii_letters + string.digits
names = st.builds(
    str.__add__,
    st.sampled_from(_ALNUM),
    st.text(_ALNUM + "._-", max_size=8) | st.text(_ALNUM + "._-", max_size=63),
)
grounds = words.map(lambda text: text.strip() or "A ground")


def comparisons(
    operands: st.SearchStrategy[object], *operators: Operator
) -> st.SearchStrategy[Comparison]:
    def build(operator: Operator, values: list[object]) -> Comparison:
        if operator is Operator.IN:
            return Comparison(operator=operator, operands=tuple(sorted(set(values), key=repr)))  # type: ignore[arg-type]
        return Comparison(operator=operator, operands=(values[0],))  # type: ignore[arg-type]

    return st.builds(build, st.sampled_from(operators), st.lists(operands, min_size=1, max_size=3))


ages = comparisons(durations, *ORDERED[:4])


def _attribute_atoms(
    names_of: tuple[str, ...], operands: st.SearchStrategy[object], *operators: Operator
) -> st.SearchStrategy[AttributeIs]:
    return st.builds(
        AttributeIs, name=st.sampled_from(names_of), comparison=comparisons(operands, *operators)
    )


attribute_atoms = st.one_of(
    _attribute_atoms(("amount_eur",), amounts, *ORDERED),
    _attribute_atoms(("age_days",), integers, *ORDERED, Operator.IN),
    _attribute_atoms(("app_version", "os_version", "wallet"), versions, *ORDERED, Operator.IN),
    _attribute_atoms(("payee_known",), st.booleans(), Operator.EQUALS),
    _attribute_atoms(("purpose",), st.sampled_from(PURPOSES), Operator.EQUALS, Operator.IN),
    _attribute_atoms(
        ("segment", "platform", "channel", "device_model"), texts, Operator.EQUALS, Operator.IN
    ),
    _attribute_atoms(("method",), methods, Operator.EQUALS, Operator.IN),
    _attribute_atoms(("flags",), texts, Operator.CONTAINS),
    st.builds(
        AttributeIs, name=st.just("enrolled_at"), comparison=ages, is_age=st.just(value=True)
    ),
)


@st.composite
def finding_atoms(draw: st.DrawFn) -> FindingIs:
    state = draw(st.sampled_from(FindingState))
    if state is FindingState.NOT_EVALUATED:
        return FindingIs(code=draw(patterns), state=state)
    assurance = draw(st.none() | st.sampled_from(Assurance))
    return FindingIs(
        code=draw(patterns),
        state=state,
        assurance=assurance,
        or_better=assurance is not None and draw(st.booleans()),
        age=draw(st.none() | ages),
    )


@st.composite
def environment_atoms(draw: st.DrawFn) -> EnvironmentIs:
    field = draw(st.sampled_from(sorted(ENVIRONMENT_FIELDS)))
    values = draw(st.sets(st.sampled_from(ENVIRONMENT_FIELDS[field]), min_size=1, max_size=3))
    return EnvironmentIs(field=field, values=tuple(sorted(values)))


atoms = st.one_of(
    finding_atoms(),
    finding_atoms(),
    attribute_atoms,
    st.builds(
        ElementIs,
        element=st.sampled_from(Element),
        status=st.sampled_from(ElementStatus),
        or_worse=st.booleans(),
    ),
    st.builds(ReliableElements, comparison=comparisons(st.integers(0, 3), *ORDERED)),
    environment_atoms(),
)


def _nested(children: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(children, min_size=1, max_size=4).map(tuple)
    return st.one_of(
        st.builds(All, parts=parts), st.builds(Any, parts=parts), st.builds(Not, part=children)
    )


def _wrapped(condition: Condition, kinds: list[type]) -> Condition:
    for kind in kinds:
        condition = Not(part=condition) if kind is Not else kind(parts=(condition,))
    return condition


deep = st.builds(_wrapped, atoms, st.lists(st.sampled_from([Not, All, Any]), max_size=12))
"""Nearly as deep as a document may be: 32 levels, and each `all` is two."""

conditions: st.SearchStrategy[Condition] = st.one_of(
    atoms, st.recursive(atoms, _nested, max_leaves=12), st.recursive(atoms, _nested, max_leaves=12), deep
)  # fmt: skip
_PARAMETERS: dict[ParameterType, st.SearchStrategy[str | bool]] = {
    ParameterType.NAME: methods | names,
    ParameterType.TEXT: words,
    ParameterType.ELEMENT: st.sampled_from([str(element) for element in Element]),
    ParameterType.MONEY: amounts.map(Decimal.copy_abs).map(decimal_text),
    ParameterType.FLAG: st.just(value=True),
}


@st.composite
def obligations_to(draw: st.DrawFn, action: str) -> Obligation:
    """Return an obligation to one action, with parameters and a deadline as it takes them."""
    type_ = ACTIONS[action]
    given = [
        name
        for name, parameter in type_.parameters.items()
        if parameter.required or draw(st.booleans())
    ]
    if type_.needs_one and not given:
        given = [draw(st.sampled_from([*type_.parameters]))]
    values = {name: draw(_PARAMETERS[type_.parameters[name].type]) for name in given}
    within_s = None if action == RECORD_ONLY else draw(st.sampled_from([60, 300]) | durations)
    return Obligation(action=action, parameters=tuple(sorted(values.items())), within_s=within_s)


obligations = st.one_of(
    # A few that meet each other, with more and with less time.
    st.sampled_from(
        [
            Obligation(action="notify_fraud_desk", within_s=300),
            Obligation(action="notify_fraud_desk", within_s=60),
            Obligation(action="limit", parameters=(("amount_eur", "30"),), within_s=60),
            Obligation(action="review", within_s=3600),
        ]
    ),
    st.sampled_from([*ACTIONS.keys() - {STEP_UP}]).flatmap(obligations_to),
)


@st.composite
def rules(draw: st.DrawFn, id_: str, least: Effect) -> Rule:
    effect = draw(st.sampled_from([e for e in Effect if e.strength >= least.strength]))
    chosen = draw(st.lists(obligations, max_size=3, unique_by=lambda o: (o.action, o.parameters)))
    if effect is Effect.STEP_UP:
        chosen.append(draw(obligations_to(STEP_UP)))
    if effect is Effect.HOLD and all(each.action != REVIEW for each in chosen):
        chosen.append(draw(obligations_to(REVIEW)))
    disclosure = draw(st.just(Disclosure.NONE) | st.sampled_from(Disclosure))
    return Rule(
        id=id_,
        title=draw(words),
        answers=tuple(sorted(draw(st.sets(st.sampled_from(Duty), max_size=2)))),
        when=draw(conditions),
        effect=effect,
        obligations=tuple(chosen),
        disclosure=disclosure,
        disclosure_ground="" if disclosure is Disclosure.NONE else draw(grounds),
    )


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, AttributeDeclaration]:
    """Return the same eight attributes, one of each type, with and without bounds."""
    low, high = sorted(draw(st.tuples(amounts, amounts)))
    return {
        "amount_eur": AttributeDeclaration(
            type=AttributeType.DECIMAL,
            required=draw(st.booleans()),
            minimum=draw(st.none() | st.just(low)),
            maximum=draw(st.none() | st.just(high)),
        ),
        "age_days": AttributeDeclaration(
            type=AttributeType.INTEGER, minimum=draw(st.none() | st.integers(-1, 1))
        ),
        "payee_known": AttributeDeclaration(
            type=AttributeType.BOOLEAN, required=draw(st.booleans())
        ),
        "purpose": AttributeDeclaration(type=AttributeType.ENUM, values=PURPOSES),
        "segment": AttributeDeclaration(type=AttributeType.STRING),
        "wallet": AttributeDeclaration(type=AttributeType.VERSION),
        "flags": AttributeDeclaration(type=AttributeType.STRING_SET, required=draw(st.booleans())),
        "enrolled_at": AttributeDeclaration(
            type=AttributeType.TIMESTAMP, required=draw(st.booleans())
        ),
    }


@st.composite
def policy_sets(draw: st.DrawFn, *, max_rules: int = 6, max_cases: int = 0) -> PolicySet:
    otherwise = draw(st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.DENY]))
    count = draw(st.integers(0, max_rules))
    ids = [f"rule-{number}" for number in range(count)]
    if draw(st.booleans()):
        ids = draw(st.lists(names, min_size=count, max_size=count, unique=True))
    bare = PolicySet(
        name=draw(grounds),
        attributes=draw(declarations()),
        rules=tuple(draw(rules(id_, otherwise)) for id_ in ids),
        otherwise=otherwise,
        metadata=draw(st.dictionaries(words, words, max_size=2)),
    )
    number_of_cases = draw(st.integers(0, max_cases))
    return replace(bare, tests=tuple(draw(cases(each, bare)) for each in range(number_of_cases)))


waived = st.frozensets(st.sampled_from([f"rule-{number}" for number in range(6)]), max_size=4)
"""Ids of rules to set aside; some of them no policy set has."""


@st.composite
def cases(draw: st.DrawFn, number: int, policy_set: PolicySet) -> Case:
    """Return a case as a document can have it: ages in whole seconds, nothing from the future."""
    given = fitted(draw(facts), policy_set)
    values = {
        name: _in_case(value) if isinstance(value, datetime) else value
        for name, value in given.attributes.items()
    }
    said = tuple(
        msgspec.structs.replace(
            finding,
            provider="test case",
            component=None,
            observed_at=_just_now_or_earlier(finding),
        )
        for finding in given.findings
    )
    expected = st.lists(obligations, max_size=3, unique_by=lambda o: (o.action, o.parameters))
    ids = [rule.id for rule in policy_set.rules]
    named = st.sets(st.sampled_from(ids)).map(sorted).map(tuple) if ids else st.nothing()
    return Case(
        name=f"case {number} {draw(words)}",
        facts=msgspec.structs.replace(
            given, decided_at=CASE_TIME, attributes=values, findings=said
        ),
        unlisted=draw(st.sampled_from([FindingState.ABSENT, FindingState.NOT_EVALUATED])),
        expect=Expectation(
            effect=draw(st.sampled_from(Effect)),
            obligations=draw(st.none() | expected.map(tuple)),
            determining_rules=draw(st.none() | named),
        ),
    )


def _in_case(moment: datetime) -> datetime:
    seconds = max(1, int((NOW - moment).total_seconds()))
    return CASE_TIME - timedelta(seconds=seconds)


def _just_now_or_earlier(finding: Finding) -> datetime | None:
    moment = finding.observed_at
    if moment is None:
        return None
    return CASE_TIME if (NOW - moment).total_seconds() < 1 else _in_case(moment)
