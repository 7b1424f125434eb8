"""What Google did not evaluate, or nobody switched on, clears nothing."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from tests.support.attestation import codes, states
from tests.support.play import (
    ALL_ON,
    APP,
    APPS,
    LABELS,
    NONCE,
    OF_THE_TOKEN,
    OPEN,
    SOUND,
    appraised,
    content,
    decoded,
    told,
)


def without(*names: str) -> list[str]:
    return [name for name in ALL_ON if name not in names]


DEVICE = {"device.rooted", "device.emulator", "device.not_certified", "device.os_outdated"}
ACCESS = {"device.remote_controlled", "screen.overlay", "screen.captured", "accessibility.abuse"}
PROTECT = {"device.malware_detected", "device.malware_unprotected"}


@pytest.mark.parametrize(
    ("changed", "unsettled"),
    [
        ({"appIntegrity__appRecognitionVerdict": "UNEVALUATED"}, {"app.tampered"}),
        ({"appIntegrity__appRecognitionVerdict": "UNKNOWN"}, {"app.tampered"}),
        ({"appIntegrity__appRecognitionVerdict": None}, {"app.tampered"}),
        ({"appIntegrity__appRecognitionVerdict": "BRAND_NEW"}, {"app.tampered"}),
        ({"appIntegrity": {}}, APP),
        ({"appIntegrity": {"appRecognitionVerdict": "UNEVALUATED"}}, APP),
        ({"accountDetails__appLicensingVerdict": "UNEVALUATED"}, {"app.unofficial_store"}),
        ({"accountDetails__appLicensingVerdict": "UNKNOWN"}, {"app.unofficial_store"}),
        ({"accountDetails": {}}, {"app.unofficial_store"}),
        ({"accountDetails__accountActivity__activityLevel": "UNEVALUATED"}, set()),
        ({"accountDetails__accountActivity": {}}, set()),
        ({LABELS: ["UNKNOWN"]}, DEVICE | {"app.hooking"}),
        ({LABELS: None}, DEVICE | {"app.hooking"}),
        ({LABELS: ["BRAND_NEW"]}, DEVICE | {"app.hooking"}),
        (
            {"deviceIntegrity": {}},
            DEVICE | {"app.hooking", "device.attestation_farming", "device.previously_flagged"},
        ),
        ({"deviceIntegrity__deviceAttributes": {}}, {"device.os_outdated"}),
        (
            {"deviceIntegrity__recentDeviceActivity__deviceActivityLevel": "UNEVALUATED"},
            {"device.attestation_farming"},
        ),
        ({"deviceIntegrity__recentDeviceActivity": {}}, {"device.attestation_farming"}),
        ({"deviceIntegrity__deviceRecall": {}}, {"device.previously_flagged"}),
        ({"deviceIntegrity__deviceRecall__values": {}}, {"device.previously_flagged"}),
        ({"deviceIntegrity__deviceRecall__values__bitThird": None}, {"device.previously_flagged"}),
        ({"environmentDetails__playProtectVerdict": "UNEVALUATED"}, PROTECT),
        ({"environmentDetails__playProtectVerdict": None}, PROTECT),
        ({APPS: {}}, ACCESS),
        ({APPS: None}, ACCESS),
        ({f"{APPS}__appsDetected": []}, ACCESS),
        ({f"{APPS}__appsDetected": ["KNOWN_INSTALLED", "BRAND_NEW"]}, ACCESS),
        ({f"{APPS}__appsDetected": ["APPS_DETECTED_UNSPECIFIED"]}, ACCESS),
        ({"environmentDetails__locationSpoofingRiskVerdict": []}, {"context.spoofed"}),
        ({"environmentDetails": {}}, ACCESS | PROTECT | {"context.spoofed"}),
        ({"testingDetails": {}}, None),
        ({"testingDetails": {"isTestingResponse": None}}, None),
    ],
)
def test_what_google_did_not_evaluate_is_neither_clean_nor_bad(
    changed: dict[str, Any], unsettled: set[str] | None
) -> None:
    appraisal = told(**changed)

    # Whether somebody made the answer up is nothing without which any of it could clear.
    expected = SOUND - (OF_THE_TOKEN - {"app.debug_build"}) if unsettled is None else unsettled
    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "not_evaluated") == expected


@pytest.mark.parametrize(
    ("switch", "paths", "silent"),
    [
        ("strong_integrity", {}, {"device.os_outdated"}),
        (
            "device_attributes",
            {"deviceIntegrity__deviceAttributes": None},
            {"device.os_outdated"},
        ),
        (
            "recent_device_activity",
            {"deviceIntegrity__recentDeviceActivity": None},
            {"device.attestation_farming"},
        ),
        (
            "device_recall",
            {"deviceIntegrity__deviceRecall": None},
            {"device.previously_flagged"},
        ),
        ("account_activity", {"accountDetails__accountActivity": None}, set()),
        ("app_access_risk", {APPS: None}, ACCESS),
        ("play_protect", {"environmentDetails__playProtectVerdict": None}, PROTECT),
        (
            "location_spoofing",
            {"environmentDetails__locationSpoofingRiskVerdict": None},
            {"context.spoofed"},
        ),
    ],
)
def test_what_is_not_switched_on_is_not_spoken_of_and_its_lack_is_no_gap(
    switch: str, paths: dict[str, Any], silent: set[str]
) -> None:
    labels = {LABELS: ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY"]}
    changed = labels if switch == "strong_integrity" else paths
    evidence = decoded(content(**changed), nonce=NONCE)
    off = appraised(evidence, verdicts=without(switch))
    on = appraised(evidence)

    assert codes(off, "absent") == states(off).keys() == SOUND - silent
    assert not silent & codes(on, "absent")
    assert on.findings != off.findings


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (APPS, "device.remote_controlled"),
        ("deviceIntegrity__recentDeviceActivity", "device.attestation_farming"),
        ("deviceIntegrity__deviceRecall", "device.previously_flagged"),
    ],
)
def test_an_empty_object_was_asked_for_whatever_the_settings_say(path: str, code: str) -> None:
    appraisal = appraised(decoded(content(**{path: {}}), nonce=NONCE), verdicts=[])

    assert code in codes(appraisal, "not_evaluated")
    assert OPEN in codes(appraisal, "present")


def test_a_verdict_that_comes_counts_whatever_the_settings_say() -> None:
    changed = {"environmentDetails__playProtectVerdict": "HIGH_RISK"}
    appraisal = appraised(decoded(content(**changed), nonce=NONCE), verdicts=[])

    assert codes(appraisal, "present") == {"device.malware_detected"}


def test_an_empty_list_of_labels_is_an_attack_only_where_the_weakest_label_is_switched_on() -> None:
    evidence = decoded(content(**{LABELS: []}), nonce=NONCE)
    asked = appraised(evidence)
    not_asked = appraised(evidence, verdicts=without("basic_integrity"))

    assert "app.hooking" in codes(asked, "present")
    assert codes(not_asked, "present") == {"device.not_certified", OPEN}
    assert {"app.hooking", "device.rooted"} <= codes(not_asked, "not_evaluated")


def test_no_label_clears_hooking() -> None:
    assert "app.hooking" not in states(told())


def test_from_android_13_on_the_strong_label_speaks_of_updates() -> None:
    changed: dict[str, Any] = {"deviceIntegrity__deviceAttributes__sdkVersion": 33}
    weaker = changed | {LABELS: ["MEETS_DEVICE_INTEGRITY"]}

    assert states(told(**changed))["device.os_outdated"] == "absent"
    assert states(told(**weaker))["device.os_outdated"] == "present"


def test_a_missing_strong_label_says_nothing_about_updates_before_android_13() -> None:
    changed: dict[str, Any] = {
        LABELS: ["MEETS_DEVICE_INTEGRITY"],
        "deviceIntegrity__deviceAttributes__sdkVersion": 32,
    }

    assert states(told(**changed))["device.os_outdated"] == "not_evaluated"


def test_an_empty_answer_clears_nothing() -> None:
    appraisal = appraised(decoded({}))

    assert codes(appraisal, "absent") == set()
    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "not_evaluated") == SOUND - {OPEN} | {"app.hooking"}


def test_null_means_not_there() -> None:
    nulls = content() | {"environmentDetails": None, "testingDetails": None}
    missing = content(environmentDetails=None)

    assert appraised(decoded(nulls)).findings == appraised(decoded(missing)).findings
