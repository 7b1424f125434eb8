"""What freeRASP's reports amount to."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers import freerasp
from compliance.evidence.providers.freerasp_names import THREATS
from compliance.evidence.providers.shape import Appraisal, Evidence, EvidenceShapeError, Mode
from policies.vocabulary.findings import CATALOGUE, Assurance
from tests.support.attestation import AT, appraise_one, codes, states


def appraised(threats: list[Any], *, finished: bool = True, **more: Any) -> Appraisal:
    payload = {"threats": threats, "all_checks_finished": finished} | more
    return appraise_one(Evidence("freerasp", Mode.REPORTED, payload, {}, AT))


def problems_of(payload: dict[str, Any], **expected: str) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise_one(Evidence("freerasp", Mode.REPORTED, payload, expected, AT))
    return [problem.pointer.removeprefix("/evidence/0") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "spelling", ["privilegedAccess", "PRIVILEGEDACCESS", 44506749, "onRootDetected", "jailbreak"]
)
def test_a_threat_is_known_by_each_of_its_spellings(spelling: str | int) -> None:
    appraisal = appraised([spelling])

    assert codes(appraisal, "present") == {"device.rooted"}
    assert appraisal.details["threats"] == "privilegedAccess"


def test_every_mapping_of_the_catalogue_is_reached() -> None:
    mapped = {
        type_.code
        for type_ in CATALOGUE.values()
        for mapping in type_.mappings.get("freerasp", ())
        if mapping["path"] in {"threat", "ios.SecurityThreat"}
    }
    names = [threat.name for threat in THREATS]

    assert codes(appraised(names), "present") == mapped | {"device.malware_detected"}


def test_a_report_by_client_software_is_worth_least_and_never_verified() -> None:
    appraisal = appraised(["hooks"])

    assert not appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}


def test_a_finished_run_without_threats_clears_what_both_platforms_check() -> None:
    appraisal = appraised([])

    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    assert {"device.rooted", "app.hooking", "app.tampered"} <= codes(appraisal, "absent")
    assert "app.automation" not in states(appraisal)


@pytest.mark.parametrize(("finished", "state"), [(True, "absent"), (False, "not_evaluated")])
def test_only_the_report_of_a_finished_run_shows_that_the_protection_was_not_silenced(
    state: str, *, finished: bool
) -> None:
    assert states(appraised([], finished=finished))["protection.suppressed"] == state


@pytest.mark.parametrize(("platform", "cleared"), [("android", True), ("ios", False)])
def test_what_only_android_checks_is_cleared_on_android_alone(
    platform: str, *, cleared: bool
) -> None:
    assert ("app.automation" in codes(appraised([], platform=platform), "absent")) is cleared


@pytest.mark.parametrize("code", ["screen.overlay", "device.bootloader_unlocked"])
def test_silence_about_what_not_every_release_checks_means_nothing(code: str) -> None:
    assert code not in states(appraised([], platform="android"))


def test_an_unfinished_run_clears_nothing() -> None:
    appraisal = appraised([], finished=False)

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()
    assert codes(appraisal, "not_evaluated") == codes(appraised([]), "absent")


def test_an_unfinished_run_still_tells_what_it_found() -> None:
    appraisal = appraised(["hooks"], finished=False)

    assert codes(appraisal, "present") == {"app.hooking", "attestation.unevaluated"}


def test_unknown_names_and_codes_are_counted_and_not_kept() -> None:
    appraisal = appraised(["brandNewThreat", 4711, "hooks"])

    assert codes(appraisal, "present") == {"app.hooking", "attestation.unevaluated"}
    assert appraisal.details["unknown_threats"] == 2
    assert "brandNewThreat" not in repr(appraisal)


@pytest.mark.parametrize("mark", ["allChecksFinished", "onAllChecksDone", 187429, "passcodeChange"])
def test_names_that_are_no_threat_change_nothing(mark: str | int) -> None:
    assert appraised([mark]).findings == appraised([]).findings


def test_suspicious_apps_are_counted_and_their_names_dropped() -> None:
    apps = [
        {"packageInfo": {"packageName": "com.evil.app"}, "reason": "blocklist"},
        {"packageInfo": {"packageName": "com.spy.app"}, "reason": "suspiciousPermission"},
    ]
    appraisal = appraised([], malware=apps)

    assert codes(appraisal, "present") == {"device.malware_detected", "message.intercepted"}
    assert appraisal.details["suspicious_apps"] == 2
    assert "com." not in repr(appraisal)


def test_an_empty_list_of_suspicious_apps_says_that_a_scan_found_none() -> None:
    assert "device.malware_detected" in codes(appraised([], malware=[]), "absent")
    assert "device.malware_detected" not in states(appraised([]))


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/threats", "/payload/all_checks_finished"]),
        ({"threats": "hooks", "all_checks_finished": True}, ["/payload/threats"]),
        ({"threats": [], "all_checks_finished": "yes"}, ["/payload/all_checks_finished"]),
        (
            {"threats": ["hooks", None, 1.5, False, "", {}], "all_checks_finished": True},
            [f"/payload/threats/{index}" for index in (1, 2, 3, 4, 5)],
        ),
        ({"threats": ["x" * 65], "all_checks_finished": True}, ["/payload/threats/0"]),
        ({"threats": [2**53], "all_checks_finished": True}, ["/payload/threats/0"]),
        ({"threats": ["hooks"] * 65, "all_checks_finished": True}, ["/payload/threats"]),
        ({"threats": [], "all_checks_finished": True, "more": 1}, ["/payload/more"]),
        ({"threats": [], "all_checks_finished": True, "platform": 5}, ["/payload/platform"]),
        ({"threats": [], "all_checks_finished": True, "platform": []}, ["/payload/platform"]),
        ({"threats": [], "all_checks_finished": True, "malware": {}}, ["/payload/malware"]),
        ({"threats": [], "all_checks_finished": True, "malware": ["x"]}, ["/payload/malware/0"]),
        ({"threats": [], "all_checks_finished": True, "malware": [{}] * 257}, ["/payload/malware"]),
        (
            {
                "threats": [],
                "all_checks_finished": True,
                "malware": [
                    {"version": 2**70},
                    {"version": 1.5},
                    {"ä": 1},
                    {"a": {"b": {"c": {"d": {}}}}},
                    {"a": ["x"] * 33},
                    {"reason": ["suspiciousPermission"]},
                ],
            },
            [f"/payload/malware/{index}" for index in range(5)],
        ),
        ({"threats": ["\ud800"], "all_checks_finished": True}, ["/payload"]),
    ],
)
def test_a_malformed_report_is_refused_with_every_place(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(payload) == pointers


def test_a_report_is_bound_to_nothing_so_nothing_can_be_expected_of_it() -> None:
    payload = {"threats": [], "all_checks_finished": True}

    assert problems_of(payload, nonce="abc") == ["/expected/nonce"]


def test_a_field_is_named_by_a_json_pointer() -> None:
    payload = {"threats": [], "all_checks_finished": True, "a/b~c": 1}

    assert problems_of(payload) == ["/payload/a~1b~0c"]


def test_the_module_says_in_which_mode_it_comes() -> None:
    assert freerasp.PROVIDER.modes == {Mode.REPORTED}
