"""Ledger entries of decisions: canonical, bounded, and without personal data."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from compliance.decisions.leaf import (
    LISTED,
    commitment_over,
    decision_entry,
    decision_leaf,
    present_codes,
)
from compliance.ledger.staging import ENTRY_LIMIT, entry_bytes
from policies.design import element_hits
from policies.engine import reference
from policies.model import Facts, Obligation, PolicySet
from policies.vocabulary.findings import CATALOGUE, Assurance, Finding, FindingState
from tests.support import strategies as our


def entry_of(facts: Facts, policy_set: PolicySet) -> bytes:
    decision = reference.decide(policy_set, element_hits(None, None), facts)
    return decision_entry(
        decision_leaf(
            ref="dec_" + "0" * 26,
            facts=facts,
            decision=decision,
            evidence=[("freerasp", "reported", False)],
            policy=(7, "sha256:" + "0" * 64),
            design_digest="",
            device_answer="cannot_complete",
            commitment=bytes(32),
        )
    )


@given(our.facts, our.policy_sets())
def test_every_entry_is_in_canonical_form(facts: Facts, policy_set: PolicySet) -> None:
    entry = entry_of(facts, policy_set)

    assert entry == entry_bytes(json.loads(entry))


@given(our.policy_sets())
def test_the_longest_entry_fits(policy_set: PolicySet) -> None:
    findings = tuple(
        Finding(code=code, state=FindingState.PRESENT, assurance=Assurance.A, provider="p" * 48)
        for code in CATALOGUE
    )
    decision = reference.decide(policy_set, element_hits(None, None), Facts(decided_at=our.NOW))
    many = msgspec.structs.replace(
        decision,
        determining_rules=tuple(f"{number:064}" for number in range(5000)),
        obligations=(Obligation(action="a" * 40, within_s=10_000_000),) * 5000,
    )

    entry = decision_entry(
        decision_leaf(
            ref="dec_" + "0" * 26,
            facts=Facts(decided_at=our.NOW, findings=findings),
            decision=many,
            evidence=[("android_key_attestation", "reported", False)] * 16,
            policy=(2_000_000_000, "sha256:" + "0" * 64),
            design_digest="sha256:" + "0" * 64,
            device_answer="cannot_complete",
            commitment=bytes(32),
            waivers=tuple(f"wai_{number:026}" for number in range(500)),
        )
    )

    assert len(entry) <= ENTRY_LIMIT
    leaf = json.loads(entry)
    assert len(leaf["determining_rules"]) == len(leaf["obligations"]) == LISTED
    assert (len(leaf["waivers"]), leaf["waivers_count"]) == (LISTED, 500)
    assert leaf["determining_rules_count"] == leaf["obligations_count"] == 5000


@given(our.facts, our.policy_sets())
def test_attributes_of_the_attempt_are_not_in_the_entry(
    facts: Facts, policy_set: PolicySet
) -> None:
    turned = msgspec.structs.replace(facts, attributes={})
    decision = reference.decide(policy_set, element_hits(None, None), facts)

    entries = {
        decision_entry(
            decision_leaf(
                ref="dec_1",
                facts=each,
                decision=decision,
                evidence=[],
                policy=(1, ""),
                design_digest="",
                device_answer="",
                commitment=bytes(32),
            )
        )
        for each in (facts, turned)
    }

    assert len(entries) == 1


def test_a_code_found_twice_is_listed_once_with_its_best_assurance() -> None:
    findings = [
        Finding(code=code, state=state, assurance=assurance, provider="p")
        for code, state, assurance in (
            ("device.rooted", FindingState.PRESENT, Assurance.D),
            ("device.rooted", FindingState.PRESENT, Assurance.B),
            ("app.hooking", FindingState.PRESENT, Assurance.C),
            ("app.debugger", FindingState.ABSENT, Assurance.A),
        )
    ]

    assert present_codes(findings) == [["app.hooking", "C"], ["device.rooted", "B"]]


@given(st.binary(min_size=32, max_size=32), st.binary(), st.binary())
def test_the_commitment_is_an_hmac_over_all_that_is_recorded(
    key: bytes, evidence: bytes, facts: bytes
) -> None:
    commitment = commitment_over(
        key,
        transaction_ref="tx",
        device_hash="d",
        payer_hash="p",
        evidence=evidence,
        facts=facts,
    )

    text = b'[1,"tx","d","p"]\n' + evidence + b"\n" + facts
    assert commitment == hmac.new(key, text, hashlib.sha256).digest()
