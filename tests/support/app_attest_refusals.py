"""What it means that evidence of App Attest is refused."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace
from typing import Any

from compliance.evidence.providers.shape import Appraisal
from tests.support.app_attest import (
    Issuer,
    Says,
    attestation_object,
    authenticator_data,
    leaf_for,
    new_key,
    of_attestation,
    receipt_of,
)
from tests.support.attestation import codes

ALL = {
    "attestation": {
        "app.debug_build",
        "app.repackaged",
        "attestation.binding_mismatch",
        "attestation.stale",
        "key.software_backed",
    },
    "assertion": {"app.repackaged", "attestation.binding_mismatch", "key.counter_regressed"},
    "receipt": {
        "attestation.binding_mismatch",
        "attestation.stale",
        "device.attestation_farming",
    },
}


def assert_refused(appraisal: Appraisal, reason: str) -> None:
    kind = str(appraisal.details["kind"])
    assert appraisal.details["reason"] == reason
    assert not appraisal.verified
    assert codes(appraisal, "absent") == set()
    assert codes(appraisal, "present") | codes(appraisal, "not_evaluated") == ALL[kind] | {
        "attestation.invalid"
    }
    assert "attestation.invalid" in codes(appraisal, "present")
    assert appraisal.once == ()
    assert appraisal.counter is None


def attested_under(parent: Issuer, authority: bytes | None = None, **says: Any) -> Appraisal:
    key, said = new_key(), replace(Says(), **says)
    data = authenticator_data(key, said)
    leaf = leaf_for(key, data, said, parent)
    return of_attestation(
        attestation_object([leaf, authority or parent.der], receipt_of(leaf, said), data)
    )
