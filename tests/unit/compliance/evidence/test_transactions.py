"""Evidence that is expected to be of one transaction counts for that one alone."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, Once, StatedEnvironment
from compliance.evidence.transactions import BINDING, with_transactions
from policies.model import Environment
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.attestation import states

REF = "tx-1"


def found_to_be(code: str, state: FindingState) -> Finding:
    return Finding(code=code, state=state, assurance=Assurance.B, provider="execution_environment")


APPRAISAL = Appraisal(
    provider="execution_environment",
    mode=Mode.RAW,
    verified=True,
    findings=(
        found_to_be("env.not_separate", FindingState.ABSENT),
        found_to_be(BINDING, FindingState.ABSENT),
        found_to_be("env.obfuscation_only", FindingState.PRESENT),
    ),
    digest="sha256:0",
    observed_at=None,
    details={},
    once=(Once("sha256:1"),),
    environment=StatedEnvironment(Environment(class_="tee")),
)


def held_against(ref: str, expected: dict[str, Any]) -> Appraisal:
    item = Evidence("execution_environment", Mode.RAW, {}, expected, None)
    (found,) = with_transactions([APPRAISAL], [item], transaction_ref=ref)
    return found


@pytest.mark.parametrize("expected", [{}, {"transaction": REF}, {"nonce": "another"}])
def test_evidence_of_this_transaction_or_of_none_is_left_alone(expected: dict[str, Any]) -> None:
    assert held_against(REF, expected) is APPRAISAL


@pytest.mark.parametrize("other", ["tx-2", "tx-11", "TX-1", "tx-1 ", "", "\udc80"])
def test_evidence_of_another_transaction_clears_nothing_and_claims_nothing(other: str) -> None:
    found = held_against(REF, {"transaction": other})

    assert states(found) == {
        "env.not_separate": "not_evaluated",
        "env.obfuscation_only": "present",
        BINDING: "present",
    }
    assert not found.verified
    assert found.once == ()
    assert found.environment is None
    assert found.details == {"another_transaction": True}


def test_each_item_is_held_against_its_own_expectation() -> None:
    items = [
        Evidence("execution_environment", Mode.RAW, {}, {"transaction": ref}, None)
        for ref in ("tx-2", REF)
    ]
    first, second = with_transactions([APPRAISAL, APPRAISAL], items, transaction_ref=REF)

    assert not first.verified
    assert second is APPRAISAL
