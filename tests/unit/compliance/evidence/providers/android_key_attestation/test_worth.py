"""Attestations that are worth nothing: revoked, not verified, or of another time."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509

from compliance.evidence.demonstration import (
    DeviceState,
)
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.revocations import MAX_LIST_AGE
from compliance.evidence.providers.android_key_attestation.settings import read_settings
from compliance.evidence.providers.shape import (
    Revocations,
    SettingsError,
    TrustMaterial,
)
from tests.support.attestation import (
    AT,
    CLEAN,
    appraise_one,
    chain_of,
    codes,
    evidence_of,
    trust,
)


def known(statuses: Mapping[str, str], *, age: timedelta = timedelta()) -> TrustMaterial:
    revocations = Revocations(statuses=statuses, loaded_at=AT - age)
    return trust(revocations=revocations, demonstration=False)


@pytest.mark.parametrize("status", ["REVOKED", "SUSPENDED"])
@pytest.mark.parametrize("position", [0, 1, 2, 3])
@pytest.mark.parametrize("age", [timedelta(), MAX_LIST_AGE * 9])
def test_a_revoked_key_anywhere_in_the_chain_makes_all_of_it_worthless(
    status: str, position: int, age: timedelta
) -> None:
    chain = chain_of(DeviceState(device_locked=False))
    serial = x509.load_der_x509_certificate(chain[position]).serial_number
    appraisal = appraise_one(
        evidence_of(chain), against=known({format(serial, "x"): status}, age=age)
    )

    assert codes(appraisal, "present") == {"key.attestation_revoked", "device.bootloader_unlocked"}
    assert codes(appraisal, "absent") == set()
    assert not appraisal.verified


def test_a_current_list_that_does_not_name_the_keys_clears_them() -> None:
    appraisal = appraise_one(evidence_of(chain_of()), against=known({"ab": "REVOKED"}))

    assert "key.attestation_revoked" in codes(appraisal, "absent")
    assert appraisal.details["revocation_list"] == "current"


def test_a_stale_list_clears_no_key() -> None:
    stale = known({}, age=MAX_LIST_AGE + timedelta(seconds=1))
    appraisal = appraise_one(evidence_of(chain_of()), against=stale)

    assert codes(appraisal, "not_evaluated") == {"key.attestation_revoked"}
    assert codes(appraisal, "present") == {"provider.unavailable"}
    assert appraisal.details["revocation_list"] == "stale"


@pytest.mark.parametrize(("allowed", "state"), [("48 hours", "current"), ("1 days", "stale")])
def test_how_old_a_list_may_be_is_the_psps_choice(allowed: str, state: str) -> None:
    material = known({}, age=timedelta(hours=36))
    settings = read_settings({"max_revocation_list_age": allowed})
    material = msgspec.structs.replace(material, settings={NAME: settings})
    appraisal = appraise_one(evidence_of(chain_of()), against=material)

    assert appraisal.details["revocation_list"] == state
    assert ("provider.unavailable" in codes(appraisal, "present")) is (state == "stale")


@pytest.mark.parametrize("age", ["", "0 days", "31 days", "7 weeks", 7, None, "900 hours"])
def test_an_age_of_lists_that_makes_no_sense_is_refused(age: object) -> None:
    with pytest.raises(SettingsError, match="/max_revocation_list_age: expected an age"):
        read_settings({"max_revocation_list_age": age})


def test_without_a_list_no_key_is_cleared_unless_it_is_invented() -> None:
    evidence = evidence_of(chain_of())
    registered = appraise_one(evidence, against=trust(demonstration=False))

    assert codes(registered, "not_evaluated") == {"key.attestation_revoked"}
    assert codes(registered, "present") == {"provider.unavailable"}
    assert registered.details["revocation_list"] == "never loaded"
    assert "provider.unavailable" not in codes(appraise_one(evidence), "present")
    assert "key.attestation_revoked" in codes(appraise_one(evidence), "absent")


def test_what_does_not_verify_is_invalid_and_nothing_is_taken_from_it() -> None:
    chain = chain_of(DeviceState(device_locked=False))
    appraisal = appraise_one(evidence_of(chain), against=TrustMaterial())

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert codes(appraisal, "not_evaluated") == CLEAN - {"attestation.invalid"}
    assert not appraisal.verified
    assert appraisal.details == {
        "chain_length": 4,
        "verified_at": "2026-11-23T10:15:05+00:00",
        "reason": "untrusted_root",
        "certificate": 3,
    }


def test_a_leaf_whose_key_ended_is_stale() -> None:
    later = AT.replace(year=2048, month=2)
    evidence = evidence_of(chain_of(), observed_at=later)

    assert "attestation.stale" in codes(appraise_one(evidence, at=later), "present")


@pytest.mark.parametrize("observed_at", [None, AT + timedelta(days=400)])
def test_a_time_that_is_missing_or_in_the_future_is_not_used(observed_at: Any) -> None:
    appraisal = appraise_one(evidence_of(chain_of(), observed_at=observed_at))

    assert appraisal.details["verified_at"] == "2026-11-23T10:15:05+00:00"
    assert appraisal.observed_at == observed_at
    assert codes(appraisal, "absent") == CLEAN
