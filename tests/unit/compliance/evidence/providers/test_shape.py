"""The shape that every provider shares."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import rfc8785

from compliance.evidence.providers.shape import payload_digest, verification_time
from tests.support.attestation import AT


def test_evidence_is_verified_at_the_time_it_was_taken() -> None:
    assert verification_time(AT - timedelta(days=900), AT) == AT - timedelta(days=900)


def test_a_clock_that_is_a_little_fast_is_forgiven() -> None:
    assert verification_time(AT + timedelta(seconds=60), AT) == AT + timedelta(seconds=60)


@pytest.mark.parametrize("observed_at", [None, AT + timedelta(seconds=61)])
def test_without_a_time_or_with_one_in_the_future_the_decision_time_counts(
    observed_at: Any,
) -> None:
    assert verification_time(observed_at, AT) == AT


@pytest.mark.parametrize(
    "payload",
    [
        {"chain": ["AAEC", "+/8="]},
        {"threats": ['ünknown\u2028\u0001\n"\\/', 5, -1], "all_checks_finished": False},
        {"threats": [], "malware": [{"z": "1", "a": "😀"}], "all_checks_finished": True},
    ],
)
def test_the_digest_is_of_the_canonical_payload(payload: dict[str, Any]) -> None:
    canonical = hashlib.sha256(rfc8785.dumps(payload)).hexdigest()

    assert payload_digest(payload) == f"sha256:{canonical}"
