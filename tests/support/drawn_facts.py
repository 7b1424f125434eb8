"""Hypothesis strategies for facts: values on both sides of every threshold, and any others.

What is drawn is what the readers let in: texts and numbers as long as they may be, every finding of
the catalogue, times between the seconds.
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from policies.documents.texts import MAX_DURATION_S, is_storable
from policies.model import AttributeDeclaration, Environment, Facts, PolicySet
from policies.vocabulary.attributes import AttributeType
from policies.vocabulary.elements import Element
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)
CODES = (
    "device.rooted",
    "device.bootloader_unlocked",
    "device.os_outdated",
    "app.hooking",
    "attestation.missing",
    "channel.network_untrusted",
)
METHODS = ("app-pin-push", "letter-code", "branch")
PURPOSES = ("payment", "access", "change", "größer 🙂")

# Most are drawn from a few, so that rules and facts meet; the rest is anything that there is.
codes = st.sampled_from(CODES) | st.sampled_from(CODES) | st.sampled_from([*CATALOGUE])
_UNSTORABLE = [chr(point) for point in range(0x80) if not is_storable(chr(point))]
words = st.text(st.characters(codec="utf-8", exclude_characters=_UNSTORABLE), max_size=20)
amounts = (
    st.sampled_from([Decimal(x) for x in ("0", "29.99", "30", "30.01", "50", "1000")])
    | st.sampled_from([Decimal(x) for x in ("-1", "0", "29.99", "30", "30.01", "50", "1000")])
    | st.decimals(-100, 10_000, places=2)
    | st.sampled_from([Decimal("9" * 30), Decimal("9" * 30 + "." + "9" * 30)])
)
integers = st.integers(-2, 5) | st.integers(-2, 5) | st.integers(1 - 10**30, 10**30 - 1)
versions = st.sampled_from([(7,), (7, 3), (7, 3, 1), (8,), (10, 0, 1)]) | st.lists(
    st.integers(0, 999_999_999), min_size=1, max_size=8
).filter(lambda parts: len(parts) == 1 or parts[-1] > 0).map(tuple)
texts = st.sampled_from(["a", "b", "c", "", "café", "cafe\N{COMBINING ACUTE ACCENT}"])
methods = st.sampled_from([*METHODS, "sms"])
durations = st.sampled_from([1, 59, 60, 600, 86_400]) | st.integers(1, MAX_DURATION_S)
moments = st.builds(
    lambda seconds, micros: NOW - timedelta(seconds=seconds, microseconds=micros),
    st.sampled_from([-120, -61, -60, 0, 1, 59, 60, 61, 599, 600, 601]),
    st.sampled_from([0, 0, -1, 1, 500_000]),
) | durations.map(lambda seconds: NOW - timedelta(seconds=seconds))
findings = st.builds(
    Finding,
    code=codes,
    state=st.sampled_from(FindingState),
    assurance=st.sampled_from(Assurance),
    provider=st.sampled_from(["android_key_attestation", "freerasp"]),
    component=st.none() | st.just("libc.so"),
    observed_at=st.none() | moments,
)


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, object]:
    some_text = texts.filter(bool) | st.just("other")
    values: dict[str, st.SearchStrategy[object]] = {
        "amount_eur": amounts,
        "age_days": integers,
        "app_version": versions,
        "os_version": versions,
        "wallet": versions,
        "payee_known": st.booleans(),
        "purpose": st.sampled_from(PURPOSES),
        "segment": texts | st.just("other"),
        "platform": some_text,
        "channel": some_text,
        "device_model": some_text,
        "method": methods,
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
facts = st.builds(
    Facts,
    decided_at=st.just(NOW),
    findings=(st.lists(findings, max_size=6) | st.lists(findings, min_size=8, max_size=20)).map(
        tuple
    ),
    attributes=attributes(),
    environment=environments,
    elements=st.lists(st.sampled_from(Element), max_size=3, unique=True).map(tuple),
)


def fitted(facts: Facts, policy_set: PolicySet) -> Facts:
    """Return facts that a policy set's declarations let in: within bounds, with what is required."""
    values: dict[str, Any] = dict(facts.attributes)
    for name, declaration in policy_set.attributes.items():
        if name in values:
            values[name] = _bounded(values[name], declaration)
        elif declaration.required:
            values[name] = _bounded(_SOME[declaration.type], declaration)
    return msgspec.structs.replace(facts, attributes=values)


_SOME: Mapping[AttributeType, object] = {
    AttributeType.DECIMAL: Decimal(30),
    AttributeType.INTEGER: 1,
    AttributeType.BOOLEAN: False,
    AttributeType.STRING_SET: frozenset(),
    AttributeType.TIMESTAMP: NOW,
}


def _bounded(value: Any, declaration: AttributeDeclaration) -> Any:
    low, high = declaration.minimum, declaration.maximum
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value
