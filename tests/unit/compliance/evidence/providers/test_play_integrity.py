"""What Play Integrity's verdicts amount to, and what they never clear."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.play_integrity.rules import RULES
from compliance.evidence.providers.shape import Appraisal, EvidenceShapeError, TrustMaterial
from policies.vocabulary.findings import CATALOGUE, Assurance
from tests.support.attestation import AT, appraise_one, codes, states
from tests.support.play import (
    ALL_ON,
    DIGEST,
    NONCE,
    PACKAGE,
    appraised,
    b64url,
    content,
    decoded,
    milliseconds,
    raw,
    token,
    trust_of,
)

LABELS = "deviceIntegrity__deviceRecognitionVerdict"
APPS = "environmentDetails__appAccessRiskVerdict"
SOUND = {
    "accessibility.abuse",
    "app.debug_build",
    "app.repackaged",
    "app.tampered",
    "app.unofficial_store",
    "attestation.binding_mismatch",
    "attestation.stale",
    "attestation.unevaluated",
    "context.spoofed",
    "device.attestation_farming",
    "device.emulator",
    "device.malware_detected",
    "device.malware_unprotected",
    "device.not_certified",
    "device.os_outdated",
    "device.previously_flagged",
    "device.remote_controlled",
    "device.rooted",
    "screen.captured",
    "screen.overlay",
}
OF_THE_TOKEN = {
    "app.debug_build",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "attestation.unevaluated",
}
OPEN = "attestation.unevaluated"


def told(**changed: Any) -> Appraisal:
    """The appraisal of a decoded answer that is sound but for what is changed, bound to its request."""
    return appraised(decoded(content(**changed), nonce=NONCE))


def without(*names: str) -> list[str]:
    return [name for name in ALL_ON if name not in names]


def problems_of(payload: dict[str, Any], **expected: Any) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(decoded(payload, **expected))
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


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


APP = {"app.tampered", "app.unofficial_store", "app.repackaged"}
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


@pytest.mark.parametrize(
    ("expected", "field", "state"),
    [
        ({"nonce": NONCE}, {}, "absent"),
        ({"nonce": NONCE + "=="}, {}, "absent"),
        ({"nonce": "another"}, {}, "present"),
        ({"nonce": NONCE}, {"nonce": None}, "present"),
        ({"nonce": "a+/b"}, {"nonce": "a-_b"}, "absent"),
        (
            {"request_hash": "sha256 of it"},
            {"nonce": None, "requestHash": "sha256 of it"},
            "absent",
        ),
        (
            {"request_hash": "sha256 of it"},
            {"nonce": None, "requestHash": "Sha256 of it"},
            "present",
        ),
        ({"request_hash": NONCE}, {}, "present"),
        ({"nonce": NONCE, "request_hash": "h"}, {}, "present"),
        ({"nonce": NONCE, "request_hash": "h"}, {"requestHash": "h"}, "absent"),
        ({}, {}, "not_evaluated"),
        ({"package": PACKAGE}, {}, "not_evaluated"),
        ({"nonce": NONCE, "package": PACKAGE}, {}, "absent"),
        ({"nonce": NONCE, "package": "com.example.other"}, {}, "present"),
        ({"nonce": NONCE}, {"requestPackageName": "com.evil"}, "present"),
        ({"nonce": NONCE}, {"requestPackageName": None}, "not_evaluated"),
    ],
)
def test_a_token_is_compared_with_the_request_that_it_was_asked_for(
    expected: dict[str, str], field: dict[str, Any], state: str
) -> None:
    changed = {f"requestDetails__{name}": value for name, value in field.items()}
    appraisal = appraised(decoded(content(**changed), **expected))

    assert states(appraisal)["attestation.binding_mismatch"] == state
    if state == "present":
        assert codes(appraisal, "absent") <= OF_THE_TOKEN


@pytest.mark.parametrize("form", ["decoded", "raw"])
def test_comparing_nothing_never_clears_more(form: str) -> None:
    def cleared(**expected: str) -> set[str]:
        item = raw(token(), **expected) if form == "raw" else decoded(content(), **expected)
        return codes(appraised(item), "absent")

    assert cleared() < cleared(nonce=NONCE)


def test_an_app_of_another_name_is_repackaged_and_its_token_says_nothing_about_ours() -> None:
    appraisal = told(appIntegrity__packageName="com.evil")

    assert codes(appraisal, "present") == {"app.repackaged", "attestation.binding_mismatch"}
    assert codes(appraisal, "absent") <= OF_THE_TOKEN


@pytest.mark.parametrize(
    ("digests", "state"),
    [
        ([b64url(DIGEST)], "absent"),
        ([b64url(bytes(32)), b64url(DIGEST)], "absent"),
        ([b64url(bytes(32))], "present"),
        (["no digest"], "present"),
        ([], "not_evaluated"),
        (None, "not_evaluated"),
    ],
)
def test_the_certificate_is_compared_with_those_that_are_registered(
    digests: list[str] | None, state: str
) -> None:
    appraisal = told(appIntegrity__certificateSha256Digest=digests)

    assert states(appraisal)["app.repackaged"] == state
    assert (states(appraisal)["app.tampered"] == "absent") is (state == "absent")
    assert states(appraisal)["device.rooted"] == "absent"


def test_the_back_end_may_expect_one_of_the_registered_certificates() -> None:
    other = bytes(32)
    both = [b64url(DIGEST), other.hex()]
    fits = decoded(content(), nonce=NONCE, signature_digest=DIGEST.hex())
    differs = decoded(content(), nonce=NONCE, signature_digest=other.hex())

    assert "app.repackaged" in codes(appraised(fits, certificate_digests=both), "absent")
    assert "app.repackaged" in codes(appraised(differs, certificate_digests=both), "present")


@pytest.mark.parametrize(
    ("age", "changed", "state"),
    [
        (timedelta(minutes=10), {}, "absent"),
        (timedelta(minutes=10, milliseconds=1), {}, "present"),
        (timedelta(minutes=10, milliseconds=1), {"max_age_s": 601}, "absent"),
        (timedelta(seconds=31), {"max_age_s": 30}, "present"),
        (timedelta(days=5 * 365), {}, "present"),
        (timedelta(seconds=-60), {}, "absent"),
        (timedelta(seconds=-61), {}, "not_evaluated"),
    ],
)
def test_an_old_token_is_stale_and_clears_nothing(
    age: timedelta, changed: dict[str, Any], state: str
) -> None:
    payload = content(requestDetails__timestampMillis=milliseconds(AT - age))
    appraisal = appraised(decoded(payload, nonce=NONCE), **changed)

    assert states(appraisal)["attestation.stale"] == state
    assert (codes(appraisal, "absent") <= OF_THE_TOKEN) is (state != "absent")
    assert (OPEN in codes(appraisal, "present")) is (state == "not_evaluated")


def test_the_age_counts_at_the_decision_whatever_the_back_end_says_of_the_time() -> None:
    old = AT - timedelta(hours=2)
    payload = content(requestDetails__timestampMillis=milliseconds(old))
    item = decoded(payload)
    observed = type(item)(item.provider, item.mode, item.payload, {}, old)

    assert "attestation.stale" in codes(appraised(observed), "present")


def test_a_token_that_does_not_say_when_clears_nothing() -> None:
    appraisal = told(requestDetails__timestampMillis=None)

    assert codes(appraisal, "absent") <= OF_THE_TOKEN
    assert states(appraisal)["attestation.stale"] == "not_evaluated"


def test_a_time_may_be_a_number() -> None:
    number = int(milliseconds(AT))

    assert told(requestDetails__timestampMillis=number).findings == told().findings


def test_a_testing_response_is_refused_and_clears_nothing() -> None:
    appraisal = told(testingDetails={"isTestingResponse": True})

    assert codes(appraisal, "present") == {"app.debug_build"}
    assert codes(appraisal, "absent") <= OF_THE_TOKEN
    assert appraisal.details["testing_response"] is True


def test_a_testing_response_counts_where_the_psp_allows_it_and_is_marked() -> None:
    payload = content(testingDetails={"isTestingResponse": True})
    appraisal = appraised(decoded(payload, nonce=NONCE), testing_responses=True)

    assert codes(appraisal, "absent") == SOUND
    assert appraisal.details["testing_response"] is True


def test_false_means_that_it_is_no_testing_response() -> None:
    assert told(testingDetails={"isTestingResponse": False}).findings == told().findings


def test_the_variant_for_pcs_is_read_and_clears_no_android_device() -> None:
    payload = {
        "requestDetails": {
            "requestPackageName": PACKAGE,
            "requestHash": "of the request",
            "requestTime": "2026-11-23T10:15:00.123456789Z",
        },
        "deviceIntegrity": {"deviceRecognitionVerdict": ["MEETS_PC_INTEGRITY"]},
        "accountDetails": {"appLicensingVerdict": "LICENSED"},
    }
    appraisal = appraised(decoded(payload, request_hash="of the request"), verdicts=[])

    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "absent") == {
        "app.debug_build",
        "attestation.binding_mismatch",
        "attestation.stale",
    }
    assert appraisal.details["variant"] == "pc"
    assert appraisal.details["age_s"] == 4


def test_of_two_times_the_older_counts() -> None:
    old = (AT - timedelta(hours=1)).isoformat()
    appraisal = told(requestDetails__requestTime=old)

    assert "attestation.stale" in codes(appraisal, "present")
    assert appraisal.details["variant"] == "pc"


def test_values_and_fields_that_are_new_are_counted_and_not_kept() -> None:
    changed: dict[str, Any] = {
        f"{APPS}__appsDetected": ["KNOWN_INSTALLED", "NEW_ONE", "NEW_TWO"],
        "environmentDetails__brandNewVerdict": {"level": ["NEW_THREE", 1, True, None]},
        "somethingElse": "NEW_FOUR",
    }
    appraisal = told(**changed)

    assert codes(appraisal, "present") == {OPEN}
    assert appraisal.details["unknown_values"] == 2
    assert appraisal.details["unknown_fields"] == 2
    assert "NEW" not in repr(appraisal)


def test_details_name_nobody() -> None:
    details = told().details

    assert details == {
        "binding": "nonce",
        "app_recognition": "PLAY_RECOGNIZED",
        "device_labels": "MEETS_BASIC_INTEGRITY, MEETS_DEVICE_INTEGRITY, MEETS_STRONG_INTEGRITY",
        "licensing": "LICENSED",
        "play_protect": "NO_ISSUES",
        "device_activity": "LEVEL_1",
        "age_s": 5,
        "sdk_version": 35,
        "version_code": 25700,
    }


def test_without_settings_verdicts_count_but_nobody_says_that_the_app_is_ours() -> None:
    item = decoded(content(), nonce=NONCE)
    appraisal = appraise_one(item, against=TrustMaterial())

    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "not_evaluated") == APP
    assert appraisal.details["set_up"] is False


@pytest.mark.parametrize(
    ("expected", "present", "cleared"),
    [
        ({"package": PACKAGE, "signature_digest": DIGEST.hex()}, set(), True),
        ({"package": PACKAGE}, set(), False),
        ({"signature_digest": DIGEST.hex()}, set(), False),
        ({"package": "com.other"}, {"app.repackaged", "attestation.binding_mismatch"}, False),
        ({"signature_digest": bytes(32).hex()}, {"app.repackaged"}, False),
    ],
)
def test_without_settings_the_back_end_may_say_itself_whose_app_it_is(
    expected: dict[str, str], present: set[str], *, cleared: bool
) -> None:
    item = decoded(content(), nonce=NONCE, **expected)
    appraisal = appraise_one(item, against=TrustMaterial())

    assert codes(appraisal, "present") == present | {OPEN}
    assert (codes(appraisal, "absent") >= APP) is cleared
    assert ("app.tampered" in codes(appraisal, "absent")) is cleared


def test_without_settings_a_testing_response_is_refused_and_ten_minutes_are_the_limit() -> None:
    made_up = decoded(content(testingDetails={"isTestingResponse": True}))
    eleven = milliseconds(AT - timedelta(minutes=11))
    old = decoded(content(requestDetails__timestampMillis=eleven))
    nothing = TrustMaterial()

    assert "app.debug_build" in codes(appraise_one(made_up, against=nothing), "present")
    assert "attestation.stale" in codes(appraise_one(old, against=nothing), "present")


@pytest.mark.parametrize(
    "against", [TrustMaterial(), trust_of(decryption_key=None, verification_key=None)]
)
def test_a_token_without_keys_is_not_evaluated(against: TrustMaterial) -> None:
    appraisal = appraise_one(raw(token(), nonce=NONCE), against=against)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {OPEN}
    assert codes(appraisal, "absent") == set()
    assert {"attestation.invalid", "device.rooted", "attestation.binding_mismatch"} <= codes(
        appraisal, "not_evaluated"
    )
    assert appraisal.details["reason"] == "no_keys"
    assert appraisal.once == ()


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({"appIntegrity": "PLAY_RECOGNIZED"}, ["/payload/appIntegrity"]),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": "MEETS_DEVICE_INTEGRITY"}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": ["x"] * 33}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"deviceIntegrity": {"deviceRecognitionVerdict": [1]}},
            ["/payload/deviceIntegrity/deviceRecognitionVerdict"],
        ),
        (
            {"requestDetails": {"timestampMillis": "1e3", "nonce": 5, "requestTime": "today"}},
            [
                f"/payload/requestDetails/{name}"
                for name in ("timestampMillis", "nonce", "requestTime")
            ],
        ),
        (
            {"requestDetails": {"timestampMillis": 1.5, "requestTime": "2026-11-23T10:15:00"}},
            [f"/payload/requestDetails/{name}" for name in ("timestampMillis", "requestTime")],
        ),
        ({"requestDetails": {"timestampMillis": -1}}, ["/payload/requestDetails/timestampMillis"]),
        (
            {"requestDetails": {"timestampMillis": True}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        (
            {"requestDetails": {"timestampMillis": "1" * 20}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        (
            {"requestDetails": {"timestampMillis": "١٢"}},
            ["/payload/requestDetails/timestampMillis"],
        ),
        ({"requestDetails": {"nonce": "x" * 1025}}, ["/payload/requestDetails/nonce"]),
        ({"requestDetails": {"requestTime": 5}}, ["/payload/requestDetails/requestTime"]),
        (
            {"testingDetails": {"isTestingResponse": "no"}},
            ["/payload/testingDetails/isTestingResponse"],
        ),
        (
            {"deviceIntegrity": {"deviceAttributes": {"sdkVersion": "35"}}},
            ["/payload/deviceIntegrity/deviceAttributes/sdkVersion"],
        ),
        (
            {"deviceIntegrity": {"deviceAttributes": {"sdkVersion": 2**60}}},
            ["/payload/deviceIntegrity/deviceAttributes/sdkVersion"],
        ),
        ({"a/b~c": 1.5}, ["/payload/a~1b~0c"]),
        ({"new": {"deep": [[[[[[1]]]]]]}}, ["/payload/new"]),
        ({"new": ["x"] * 65}, ["/payload/new"]),
        ({"new": {"schlüssel": 1}}, ["/payload/new"]),
        ({"new": "x" * 1025}, ["/payload/new"]),
        ({"new": 2**60}, ["/payload/new"]),
        ({str(number): 1 for number in range(65)}, ["/payload"]),
        ({"appIntegrity": dict.fromkeys(map(str, range(65)), 1)}, ["/payload/appIntegrity"]),
        ({"tokenPayloadExternal": "eyJ"}, ["/payload/tokenPayloadExternal"]),
        (
            {"tokenPayloadExternal": {"appIntegrity": 1}, "requestDetails": {}},
            ["/payload/requestDetails", "/payload/tokenPayloadExternal/appIntegrity"],
        ),
        ({"new": "\ud800"}, ["/payload"]),
    ],
)
def test_an_answer_of_another_form_is_refused_with_its_places(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(payload) == pointers


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/token"]),
        ({"token": ""}, ["/payload/token"]),
        ({"token": 5}, ["/payload/token"]),
        ({"token": "x" * (32 * 1024 + 1)}, ["/payload/token"]),
        ({"token": "x", "tokenPayloadExternal": {}}, ["/payload/tokenPayloadExternal"]),
    ],
)
def test_a_request_with_anything_but_a_token_is_refused(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    item = raw("")
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(type(item)(NAME, item.mode, payload, {}, AT))

    assert [problem.pointer for problem in caught.value.problems] == [
        f"/evidence/0{pointer}" for pointer in pointers
    ]


@pytest.mark.parametrize(
    "expected",
    [
        {"nonce": ""},
        {"nonce": 5},
        {"request_hash": "x" * 1025},
        {"package": ""},
        {"package": "x" * 256},
        {"signature_digest": "abc"},
        {"signature_digest": 5},
        {"signature_digest": ":" * 97},
        {"signature_digest": "é" * 43},
        {"signature_digest": b64url(DIGEST)[:-1] + "="},
        {"challenge": "x"},
    ],
)
def test_what_is_expected_must_make_sense(expected: dict[str, Any]) -> None:
    (name,) = expected

    assert problems_of(content(), **expected) == [f"/expected/{name}"]


def test_every_line_of_the_catalogue_is_obeyed() -> None:
    codes_of_play = {
        code for code, type_ in CATALOGUE.items() if NAME in type_.mappings or NAME in type_.clears
    }

    assert {rule.code for rule in RULES} | {OPEN} == codes_of_play


def test_findings_tell_when_the_evidence_was_taken() -> None:
    assert {finding.observed_at for finding in told().findings} == {AT}
    assert told().observed_at == AT
