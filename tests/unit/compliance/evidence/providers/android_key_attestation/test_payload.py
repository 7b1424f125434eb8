"""The form in which a back-end sends a chain."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.payload import (
    MAX_CERTIFICATE_SIZE,
    MAX_CHAIN,
)
from compliance.evidence.providers.shape import (
    Evidence,
    EvidenceShapeError,
    Mode,
)
from tests.support.attestation import (
    AT,
    appraise_one,
    b64,
    codes,
)


def problems_of(payload: Any, expected: dict[str, Any] | None = None) -> list[str]:
    evidence = Evidence(NAME, Mode.RAW, payload, expected or {}, AT)
    with pytest.raises(EvidenceShapeError) as caught:
        appraise_one(evidence)
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/chain"]),
        ({"chain": []}, ["/payload/chain"]),
        ({"chain": "MIIC"}, ["/payload/chain"]),
        ({"chain": ["AAAA"] * (MAX_CHAIN + 1)}, ["/payload/chain"]),
        ({"chain": ["AAAA", 5, None, "", "AAA", "A-A_", "AA\nAA", "=AAA"]}, None),
        ({"chain": [b64(bytes(MAX_CERTIFICATE_SIZE + 1))]}, ["/payload/chain/0"]),
        ({"chain": ["A" * 30_000]}, ["/payload/chain/0"]),
        ({"chain": ["AAAA"], "leaf": 1}, ["/payload/leaf"]),
    ],
)
def test_a_malformed_payload_is_refused_with_every_place(
    payload: dict[str, Any], pointers: list[str] | None
) -> None:
    every_but_the_first = [f"/payload/chain/{index}" for index in range(1, 8)]

    assert problems_of(payload) == (pointers or every_but_the_first)


@pytest.mark.parametrize(
    ("expected", "pointer"),
    [
        ({"challenge": "!"}, "/expected/challenge"),
        ({"challenge": ""}, "/expected/challenge"),
        ({"challenge": 5}, "/expected/challenge"),
        ({"challenge": "A" * 5000}, "/expected/challenge"),
        ({"package": ""}, "/expected/package"),
        ({"package": "a" * 256}, "/expected/package"),
        ({"signature_digest": "abcd"}, "/expected/signature_digest"),
        ({"signature_digest": 5}, "/expected/signature_digest"),
        ({"nonce": "AAAA"}, "/expected/nonce"),
    ],
)
def test_expectations_that_cannot_be_compared_are_refused(
    expected: dict[str, Any], pointer: str
) -> None:
    assert problems_of({"chain": ["AAAA"]}, expected) == [pointer]


def test_the_limit_of_a_chain_is_named() -> None:
    evidence = Evidence(NAME, Mode.RAW, {"chain": ["AAAA"] * 11}, {}, AT)
    with pytest.raises(EvidenceShapeError, match="expected at most 10 certificates"):
        appraise_one(evidence)


def test_ten_certificates_that_are_none_are_evidence_that_does_not_verify() -> None:
    evidence = Evidence(NAME, Mode.RAW, {"chain": ["AAAA"] * 10}, {}, AT)

    assert codes(appraise_one(evidence), "present") == {"attestation.invalid"}
