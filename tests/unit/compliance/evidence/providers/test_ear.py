"""What an attestation result amounts to."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers.ear_claims import DIMENSIONS, RULES
from policies.vocabulary.findings import CATALOGUE, Assurance
from tests.support.attestation import codes, states
from tests.support.ear import (
    NONCE,
    VERAISON,
    VERIFIER,
    appraised,
    claims_of,
    part,
    reason,
    result,
    trusting,
)
from tests.support.signed_tokens import signed

TRUSTEE = "tag:github.com,2024:confidential-containers/Trustee"
DRAFT = "tag:ietf.org,2026:rats/ear#03"


def test_what_a_verifier_affirms_altogether_is_clear() -> None:
    appraisal = appraised(signed(claims_of(eat_nonce=NONCE)), nonce=NONCE)

    assert appraisal.verified
    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    mapped = {code for code, type_ in CATALOGUE.items() if "ear_ar4si" in type_.mappings}
    assert codes(appraisal, "absent") == mapped
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}


def test_every_mapping_of_the_catalogue_is_reached() -> None:
    for rule in RULES:
        for line in rule.mappings:
            for value in set(line.values) - {0}:
                if line.path == "ear_status":
                    appraisal = result(part(value))
                else:
                    path = DIMENSIONS[0] if line.path == "*" else line.path
                    appraisal = result(part(vector={path: value}))
                assert rule.code in codes(appraisal, "present"), (rule.code, line.path, value)


@pytest.mark.parametrize("profile", [VERAISON, TRUSTEE, DRAFT])
def test_three_profiles_say_the_same(profile: str) -> None:
    bad = part("contraindicated", current=profile == DRAFT, executables=96)
    appraisal = appraised(signed(claims_of(bad, eat_profile=profile)))

    assert codes(appraisal, "present") == {
        *("app.hooking", "app.tampered", "device.boot_unverified"),
        *("device.noncompliant", "device.rooted"),
    }
    assert appraisal.details["profile"] == profile


def test_a_profile_that_nobody_knows_says_nothing() -> None:
    text = signed(claims_of(eat_profile="tag:example,2030:ear", eat_nonce=NONCE))
    appraisal = appraised(text, nonce=NONCE)

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == {
        *("attestation.binding_mismatch", "attestation.invalid", "attestation.stale")
    }


def test_names_of_one_profile_are_not_those_of_another() -> None:
    assert reason(signed(claims_of(part(current=True)))) == "claims"
    assert reason(signed(claims_of(part(), eat_profile=DRAFT))) == "claims"


def test_the_overall_tier_is_never_better_than_the_worst_claim() -> None:
    appraisal = result(part("affirming", hardware=97))

    assert states(appraisal)["device.noncompliant"] == "present"
    assert appraisal.details["status_better_than_claims"] is True


def test_a_status_over_all_parts_counts_too() -> None:
    appraisal = appraised(
        signed(claims_of(part(current=True), eat_profile=DRAFT, ear_status="contraindicated"))
    )

    assert codes(appraisal, "present") == {"device.noncompliant"}


@pytest.mark.parametrize("value", [0, 1, -1, None])
def test_what_was_not_evaluated_is_neither_clean_nor_bad(value: int | None) -> None:
    appraisal = result(part(executables=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert {"app.tampered", "app.hooking", "device.rooted", "device.boot_unverified"} <= codes(
        appraisal, "not_evaluated"
    )


def test_saying_nothing_and_saying_zero_are_the_same() -> None:
    assert result(part(hardware=0)).findings == result(part(hardware=None)).findings


def test_a_dimension_that_a_verifier_does_not_look_at_is_no_open_question() -> None:
    wanted = [name for name in DIMENSIONS if name != "sourced-data"]
    text = signed(claims_of(part(sourced_data=0)))

    assert states(appraised(text))["attestation.unevaluated"] == "present"
    against = trusting(VERIFIER | {"dimensions": wanted})
    assert states(appraised(text, against=against))["attestation.unevaluated"] == "absent"
    failed = signed(claims_of(part(sourced_data=1)))
    assert states(appraised(failed, against=against))["attestation.unevaluated"] == "present"


def test_one_part_may_say_what_another_leaves_out_but_not_better_it() -> None:
    silent = part(vector=dict.fromkeys(DIMENSIONS, 0))

    assert codes(result(part(), silent), "present") == set()
    assert states(result(part(), part(executables=33)))["app.hooking"] == "present"
    mixed = states(result(part(), part(executables=3)))
    assert mixed["app.tampered"] == "not_evaluated"
    assert mixed["device.boot_unverified"] == "absent"


@pytest.mark.parametrize("value", [40, -40, 95, -96])
def test_a_warning_that_the_catalogue_has_no_name_for_is_an_open_question(value: int) -> None:
    appraisal = result(part(file_system=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert states(appraisal)["app.tampered"] == "not_evaluated"


@pytest.mark.parametrize("value", [97, 127, -97, -128])
def test_what_is_contraindicated_without_a_name_makes_the_device_noncompliant(value: int) -> None:
    assert codes(result(part(hardware=value)), "present") == {"device.noncompliant"}


@pytest.mark.parametrize("value", [3, 31, -2, -32])
def test_affirming_in_other_words_clears_only_what_the_catalogue_says(value: int) -> None:
    appraisal = result(part(runtime_opaque=value))

    assert codes(appraisal, "present") == set()
    assert states(appraisal)["env.not_separate"] == "not_evaluated"


@pytest.mark.parametrize("value", [128, -129, 2.0, True, "2", [2], 10**30])
def test_values_of_no_tier_are_counted_and_say_nothing(value: Any) -> None:
    appraisal = result(part(executables=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["unknown_claims"] == 1


def test_a_dimension_and_a_status_that_nobody_knows_are_open_questions() -> None:
    assert codes(result(part(mood=2)), "present") == {"attestation.unevaluated"}
    appraisal = result(part("splendid"))
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert states(appraisal)["device.noncompliant"] == "not_evaluated"
