"""Hypothesis strategies for policy sets, designs and facts: every construct of the language."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

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
    Environment,
    EnvironmentIs,
    Expectation,
    Facts,
    FindingIs,
    Not,
    Obligation,
    Operator,
    PolicySet,
    ReliableElements,
    Rule,
)
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.disclosure import Disclosure
from policies.vocabulary.duties import Duty
from policies.vocabulary.effects import Effect
from policies.vocabulary.elements import Element, ElementStatus
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import Assurance, Finding, FindingState

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
CODES = (
    "device.rooted",
    "device.bootloader_unlocked",
    "device.os_outdated",
    "app.hooking",
    "attestation.missing",
    "channel.network_untrusted",
)
PATTERNS = (*CODES, "device.*", "attestation.*", "channel.*")
DECLARATIONS = {
    "amount_eur": AttributeDeclaration(type=AttributeType.DECIMAL),
    "age_days": AttributeDeclaration(type=AttributeType.INTEGER),
    "payee_known": AttributeDeclaration(type=AttributeType.BOOLEAN),
    "purpose": AttributeDeclaration(
        type=AttributeType.ENUM, values=("payment", "access", "change")
    ),
    "segment": AttributeDeclaration(type=AttributeType.STRING),
    "wallet": AttributeDeclaration(type=AttributeType.VERSION),
    "flags": AttributeDeclaration(type=AttributeType.STRING_SET),
    "enrolled_at": AttributeDeclaration(type=AttributeType.TIMESTAMP),
}
ORDERED = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST, Operator.EQUALS)

amounts = st.sampled_from([Decimal(x) for x in ("0", "29.99", "30", "30.01", "50", "1000")])
integers = st.integers(-2, 5)
versions = st.sampled_from([(7,), (7, 3), (7, 3, 1), (8,), (10, 0, 1)])
texts = st.sampled_from(["a", "b", "c"])
purposes = st.sampled_from(["payment", "access", "change"])


def comparisons(
    operands: st.SearchStrategy[object], *operators: Operator
) -> st.SearchStrategy[Comparison]:
    def build(operator: Operator, values: list[object]) -> Comparison:
        if operator is Operator.IN:
            return Comparison(operator=operator, operands=tuple(sorted(set(values), key=repr)))  # type: ignore[arg-type]
        return Comparison(operator=operator, operands=(values[0],))  # type: ignore[arg-type]

    return st.builds(build, st.sampled_from(operators), st.lists(operands, min_size=1, max_size=3))


ages = comparisons(st.sampled_from([1, 59, 60, 600]), *ORDERED[:4])
moments = st.sampled_from([-120, -61, -60, 0, 1, 59, 60, 61, 600, 601]).map(
    lambda seconds: NOW - timedelta(seconds=seconds)
)
attribute_atoms = st.one_of(
    st.builds(AttributeIs, name=st.just("amount_eur"), comparison=comparisons(amounts, *ORDERED)),
    st.builds(
        AttributeIs,
        name=st.just("age_days"),
        comparison=comparisons(integers, *ORDERED, Operator.IN),
    ),
    st.builds(
        AttributeIs,
        name=st.sampled_from(["app_version", "wallet"]),
        comparison=comparisons(versions, *ORDERED, Operator.IN),
    ),
    st.builds(
        AttributeIs,
        name=st.just("payee_known"),
        comparison=comparisons(st.booleans(), Operator.EQUALS),
    ),
    st.builds(
        AttributeIs,
        name=st.just("purpose"),
        comparison=comparisons(purposes, Operator.EQUALS, Operator.IN),
    ),
    st.builds(
        AttributeIs,
        name=st.sampled_from(["segment", "platform"]),
        comparison=comparisons(texts, Operator.EQUALS, Operator.IN),
    ),
    st.builds(AttributeIs, name=st.just("flags"), comparison=comparisons(texts, Operator.CONTAINS)),
    st.builds(
        AttributeIs, name=st.just("enrolled_at"), comparison=ages, is_age=st.just(value=True)
    ),
)


@st.composite
def finding_atoms(draw: st.DrawFn) -> FindingIs:
    state = draw(st.sampled_from(FindingState))
    if state is FindingState.NOT_EVALUATED:
        return FindingIs(code=draw(st.sampled_from(PATTERNS)), state=state)
    assurance = draw(st.none() | st.sampled_from(Assurance))
    return FindingIs(
        code=draw(st.sampled_from(PATTERNS)),
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


conditions: st.SearchStrategy[Condition] = st.recursive(atoms, _nested, max_leaves=12)
harmless = st.sampled_from(
    [
        Obligation(action="record_only"),
        Obligation(action="notify_fraud_desk", within_s=300),
        Obligation(action="notify_fraud_desk", within_s=60),
        Obligation(action="limit", parameters=(("amount_eur", "30"),), within_s=60),
        Obligation(action="suspend_element", parameters=(("element", "possession"),), within_s=60),
        Obligation(action="review", within_s=3600),
    ]
)


@st.composite
def rules(draw: st.DrawFn, number: int, least: Effect) -> Rule:
    effect = draw(st.sampled_from([e for e in Effect if e.strength >= least.strength]))
    chosen = draw(st.lists(harmless, max_size=3, unique_by=lambda o: (o.action, o.parameters)))
    if effect is Effect.STEP_UP:
        method = draw(st.sampled_from(["letter-code", "branch"]))
        chosen.append(Obligation(action="step_up", parameters=(("method", method),), within_s=600))
    if effect is Effect.HOLD and all(each.action != "review" for each in chosen):
        chosen.append(Obligation(action="review", within_s=60))
    disclosure = draw(st.sampled_from(Disclosure))
    return Rule(
        id=f"rule-{number}",
        title=draw(st.sampled_from(["", "A title"])),
        answers=tuple(sorted(draw(st.sets(st.sampled_from(Duty), max_size=2)))),
        when=draw(conditions),
        effect=effect,
        obligations=tuple(chosen),
        disclosure=disclosure,
        disclosure_ground="" if disclosure is Disclosure.NONE else "written",
    )


@st.composite
def policy_sets(draw: st.DrawFn, *, max_rules: int = 6, max_cases: int = 0) -> PolicySet:
    otherwise = draw(st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.DENY]))
    count = draw(st.integers(0, max_rules))
    of_set = tuple(draw(rules(number, otherwise)) for number in range(count))
    ids = [rule.id for rule in of_set]
    return PolicySet(
        name="Generated",
        attributes=DECLARATIONS,
        rules=of_set,
        otherwise=otherwise,
        metadata={},
        tests=tuple(draw(cases(number, ids)) for number in range(draw(st.integers(0, max_cases)))),
    )


waived = st.frozensets(st.sampled_from([f"rule-{number}" for number in range(6)]), max_size=4)
"""Ids of rules to set aside; some of them no policy set has."""

findings = st.builds(
    Finding,
    code=st.sampled_from(CODES),
    state=st.sampled_from(FindingState),
    assurance=st.sampled_from(Assurance),
    provider=st.sampled_from(["android_key_attestation", "freerasp"]),
    observed_at=st.none() | moments,
)


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, object]:
    values: dict[str, st.SearchStrategy[object]] = {
        "amount_eur": amounts,
        "age_days": integers,
        "app_version": versions,
        "wallet": versions,
        "payee_known": st.booleans(),
        "purpose": purposes,
        "segment": texts | st.just("other"),
        "platform": texts,
        "flags": st.frozensets(texts | st.just("other"), max_size=3),
        "enrolled_at": moments,
    }
    return {name: draw(value) for name, value in values.items() if draw(st.booleans())}


environments = st.builds(
    Environment,
    class_=st.sampled_from(ENVIRONMENT_FIELDS["class"]),
    delivery=st.sampled_from(ENVIRONMENT_FIELDS["delivery"]),
    packaging=st.sampled_from(ENVIRONMENT_FIELDS["packaging"]),
    uniqueness=st.sampled_from(ENVIRONMENT_FIELDS["uniqueness"]),
)


@st.composite
def cases(draw: st.DrawFn, number: int, ids: list[str]) -> Case:
    given = draw(facts)
    early = NOW - CASE_TIME
    times = {
        k: v - early for k, v in given.attributes.items() if isinstance(v, datetime) and v < NOW
    }
    others = {k: v for k, v in given.attributes.items() if not isinstance(v, datetime)}
    expected = st.lists(harmless, max_size=3, unique_by=lambda each: (each.action, each.parameters))
    return Case(
        name=f"case {number}",
        facts=msgspec.structs.replace(
            given,
            decided_at=CASE_TIME,
            attributes=others | times,
            findings=tuple(_in_case(finding, early) for finding in given.findings),
        ),
        unlisted=draw(st.sampled_from([FindingState.ABSENT, FindingState.NOT_EVALUATED])),
        expect=Expectation(
            effect=draw(st.sampled_from(Effect)),
            obligations=draw(st.none() | expected.map(tuple)),
            determining_rules=draw(
                st.none() | st.sets(st.sampled_from(ids)).map(sorted).map(tuple)
                if ids
                else st.none()
            ),
        ),
    )


def _in_case(finding: Finding, early: timedelta) -> Finding:
    """Return a finding as a case can have it: not from the future."""
    at = finding.observed_at
    return msgspec.structs.replace(
        finding,
        provider="test case",
        observed_at=None if at is None else min(at, NOW) - early,
    )


facts = st.builds(
    Facts,
    decided_at=st.just(NOW),
    findings=st.lists(findings, max_size=6).map(tuple),
    attributes=attributes(),
    environment=environments,
    elements=st.lists(st.sampled_from(Element), max_size=3, unique=True).map(tuple),
)
