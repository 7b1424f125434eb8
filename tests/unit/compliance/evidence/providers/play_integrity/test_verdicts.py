"""What Play Integrity's verdicts amount to, one by one."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from policies.vocabulary.findings import Assurance
from tests.support.attestation import codes, states
from tests.support.play import (
    APPS,
    LABELS,
    NONCE,
    OPEN,
    SOUND,
    appraised,
    content,
    decoded,
    raw,
    token,
    told,
)


def test_a_sound_device_is_clean_in_every_respect_that_was_looked_at() -> None:
    appraisal = told()

    assert codes(appraisal, "absent") == states(appraisal).keys() == SOUND


def test_what_google_decoded_is_worth_c_and_not_verified() -> None:
    appraisal = told()

    assert not appraisal.verified
    assert appraisal.once == ()
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.C}
    assert "attestation.invalid" not in states(appraisal)


def test_a_token_that_we_opened_is_worth_b_and_says_the_same() -> None:
    appraisal = appraised(raw(token(), nonce=NONCE))

    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert states(appraisal) == states(told()) | {"attestation.invalid": "absent"}
    assert appraisal.details == told().details


def test_both_forms_of_googles_answer_are_read() -> None:
    wrapped = appraised(decoded({"tokenPayloadExternal": content()}, nonce=NONCE))

    assert wrapped.findings == told().findings
    assert wrapped.details == told().details


@pytest.mark.parametrize(
    ("changed", "present", "unsettled"),
    [
        ({"appIntegrity__appRecognitionVerdict": "UNRECOGNIZED_VERSION"}, {"app.tampered"}, set()),
        ({"accountDetails__appLicensingVerdict": "UNLICENSED"}, {"app.unofficial_store"}, set()),
        (
            {LABELS: ["MEETS_BASIC_INTEGRITY"]},
            {"device.not_certified"},
            {"device.rooted", "device.emulator", "device.os_outdated"},
        ),
        (
            {LABELS: ["MEETS_VIRTUAL_INTEGRITY"]},
            {"device.emulator"},
            {"device.rooted", "device.not_certified", "device.os_outdated"},
        ),
        (
            {LABELS: []},
            {"app.hooking", "device.not_certified", OPEN},
            {"device.rooted", "device.emulator", "device.os_outdated"},
        ),
        (
            {LABELS: ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY"]},
            {"device.os_outdated"},
            set(),
        ),
        ({"deviceIntegrity__deviceAttributes__sdkVersion": 32}, set(), {"device.os_outdated"}),
        *(
            (
                {"deviceIntegrity__recentDeviceActivity__deviceActivityLevel": level},
                {"device.attestation_farming"} if level in {"LEVEL_3", "LEVEL_4"} else set(),
                set(),
            )
            for level in ("LEVEL_2", "LEVEL_3", "LEVEL_4")
        ),
        *(
            (
                {f"deviceIntegrity__deviceRecall__values__{bit}": True},
                {"device.previously_flagged"},
                set(),
            )
            for bit in ("bitFirst", "bitSecond", "bitThird")
        ),
        *(
            (
                {"environmentDetails__playProtectVerdict": verdict},
                {"device.malware_detected"},
                set(),
            )
            for verdict in ("MEDIUM_RISK", "HIGH_RISK")
        ),
        *(
            (
                {"environmentDetails__playProtectVerdict": verdict},
                {"device.malware_unprotected"},
                {"device.malware_detected"},
            )
            for verdict in ("NO_DATA", "POSSIBLE_RISK")
        ),
        *(
            ({f"{APPS}__appsDetected": [value]}, present, set())
            for value, present in (
                ("KNOWN_INSTALLED", set()),
                ("KNOWN_CAPTURING", {"screen.captured"}),
                ("KNOWN_OVERLAYS", {"screen.overlay"}),
                ("KNOWN_CONTROLLING", {"device.remote_controlled"}),
                ("UNKNOWN_CAPTURING", {"screen.captured", "accessibility.abuse"}),
                ("UNKNOWN_OVERLAYS", {"screen.overlay"}),
                ("UNKNOWN_CONTROLLING", {"device.remote_controlled", "accessibility.abuse"}),
            )
        ),
        *(
            (
                {"environmentDetails__locationSpoofingRiskVerdict": ["LOW_RISK_DEVICE", value]},
                set() if value.startswith("LOW") else {"context.spoofed"},
                set(),
            )
            for value in ("LOW_RISK_NETWORK", "MEDIUM_RISK_NETWORK", "HIGH_RISK_DEVICE")
        ),
        ({"accountDetails__accountActivity__activityLevel": "UNUSUAL"}, set(), set()),
        ({"accountDetails__accountActivity__activityLevel": "UNKNOWN"}, set(), set()),
    ],
)
def test_each_verdict_has_its_finding(
    changed: dict[str, Any], present: set[str], unsettled: set[str]
) -> None:
    appraisal = told(**changed)

    assert codes(appraisal, "present") == present
    assert codes(appraisal, "not_evaluated") == unsettled
    assert codes(appraisal, "absent") == SOUND - present - unsettled
