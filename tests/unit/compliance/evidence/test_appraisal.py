"""Appraising all evidence of one request."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import freerasp_report
from compliance.evidence.providers import PROVIDERS
from compliance.evidence.providers.shape import Evidence, EvidenceShapeError, Mode, TrustMaterial
from tests.support.attestation import AT, chain_of, evidence_of, trust


def report(threats: list[str] | None = None) -> Evidence:
    payload = freerasp_report(threats or [], finished=True)
    return Evidence("freerasp", Mode.REPORTED, payload, {}, AT)


def problems_of(*items: Evidence) -> list[tuple[str, str]]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(items, trust=TrustMaterial(), at=AT)
    return [(problem.pointer, problem.detail) for problem in caught.value.problems]


def test_each_item_is_appraised_in_order_and_findings_are_told_of_their_provider() -> None:
    appraisals = appraise([report(["hooks"]), evidence_of(chain_of())], trust=trust(), at=AT)
    providers = [appraisal.provider for appraisal in appraisals]

    assert providers == ["freerasp", "android_key_attestation"]
    told = [finding.provider for each in appraisals for finding in each.findings]
    assert set(told) == set(providers)
    assert {finding.observed_at for each in appraisals for finding in each.findings} == {AT}


def test_no_evidence_gives_no_findings() -> None:
    assert appraise([], trust=TrustMaterial(), at=AT) == ()


def test_an_unknown_provider_is_named_with_its_place() -> None:
    item = Evidence("tea_leaves", Mode.RAW, {})

    assert problems_of(report(), item) == [
        (
            "/evidence/1/provider",
            f"unknown provider; expected one of {', '.join(sorted(PROVIDERS))}",
        )
    ]


def test_a_mode_that_the_provider_does_not_have_is_named_with_its_place() -> None:
    item = Evidence("freerasp", Mode.RAW, freerasp_report([], finished=True))

    assert problems_of(item) == [("/evidence/0/mode", "expected reported for freerasp")]


def test_every_problem_of_every_item_is_listed() -> None:
    first = Evidence("freerasp", Mode.REPORTED, {"threats": [True], "all_checks_finished": 1})
    second = Evidence("android_key_attestation", Mode.RAW, {"chain": ["!"]})

    assert [pointer for pointer, _detail in problems_of(first, report(), second)] == [
        "/evidence/0/payload/threats/0",
        "/evidence/0/payload/all_checks_finished",
        "/evidence/2/payload/chain/0",
    ]
