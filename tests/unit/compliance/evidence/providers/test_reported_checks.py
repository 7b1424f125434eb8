"""What Promon's and Wultra's reports amount to. All reports are synthetic."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.providers import promon, wultra
from compliance.evidence.providers.reported_checks import MAX_CHECKS, Product
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.findings import CATALOGUE, Assurance
from tests.support.attestation import AT, appraise_one, codes, states

PRODUCTS = {"promon": promon.PRODUCT, "wultra": wultra.PRODUCT}
CATALOGUE_NAMES = {"promon": "promon_onespan", "wultra": "wultra_malwarelytics"}
READERS = {"promon": promon.read_settings, "wultra": wultra.read_settings}
UNEVALUATED = "attestation.unevaluated"

each_product = pytest.mark.parametrize("name", PRODUCTS)


def appraised(
    name: str,
    checks: Any,
    *,
    finished: Any = True,
    registered: list[str] | None = None,
    expected: Mapping[str, str] | None = None,
    **more: Any,
) -> Appraisal:
    payload = {PRODUCTS[name].field: checks, "checks_finished": finished} | more
    against = TrustMaterial()
    if registered is not None:
        against = TrustMaterial(settings={name: READERS[name]({"registered": registered})})
    item = Evidence(name, Mode.REPORTED, payload, expected or {}, AT)
    return appraise_one(item, against=against)


def problems_of(name: str, checks: Any, **more: Any) -> list[str]:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(name, checks, **more)
    return [
        problem.pointer.removeprefix("/evidence/0/payload") for problem in caught.value.problems
    ]


@each_product
def test_every_mapping_of_the_catalogue_is_reached(name: str) -> None:
    mapped = {type_.code for type_ in CATALOGUE.values() if CATALOGUE_NAMES[name] in type_.mappings}
    appraisal = appraised(name, dict.fromkeys(PRODUCTS[name].codes_of, True))

    assert codes(appraisal, "present") == mapped
    assert codes(appraisal, "absent") == set()


@pytest.mark.parametrize(
    ("name", "check", "found"),
    [
        ("promon", "ROOTING", {"device.rooted"}),
        ("promon", "jailbreakStatus", {"device.rooted"}),
        ("promon", "EMULATED_INPUT", {"app.automation", "device.remote_controlled"}),
        ("promon", "TASK_HIJACKING", {"screen.overlay"}),
        ("promon", "repackagingStatus", {"app.repackaged"}),
        ("promon", "debuggerstatus", {"app.debugger"}),
        ("wultra", "appPresenceDetected", {"device.remote_controlled"}),
        ("wultra", "ROOTDETECTED", {"device.rooted"}),
        ("wultra", "onCallChanged", {"context.active_call"}),
        ("wultra", "vpnDetected", {"channel.network_untrusted"}),
    ],
)
def test_a_check_that_found_something_is_present(name: str, check: str, found: set[str]) -> None:
    appraisal = appraised(name, {check: True})

    assert codes(appraisal, "present") == found
    assert appraisal.details["found"] == check.lower()


@each_product
def test_a_report_by_client_software_is_worth_least_and_never_verified(name: str) -> None:
    appraisal = appraised(name, dict.fromkeys(PRODUCTS[name].codes_of, True))

    assert not appraisal.verified
    assert appraisal.once == ()
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}
    assert {finding.provider for finding in appraisal.findings} == {name}


def test_a_check_that_ran_and_found_nothing_clears_its_codes_and_no_others() -> None:
    appraisal = appraised("promon", {"EMULATOR": False, "KEYBOARD": False})

    assert states(appraisal) == {
        "device.emulator": "absent",
        "input.untrusted_keyboard": "absent",
    }


def test_before_the_checks_have_finished_nothing_is_absent() -> None:
    appraisal = appraised("wultra", {"rootDetected": True, "vpnDetected": False}, finished=False)

    assert states(appraisal) == {
        UNEVALUATED: "present",
        "channel.network_untrusted": "not_evaluated",
        "device.rooted": "present",
    }


def test_silence_means_something_only_about_checks_that_the_app_has_switched_on() -> None:
    told = appraised("promon", {}, registered=["ROOTING", "emulator"])
    untold = appraised("promon", {})
    unfinished = appraised("promon", {}, registered=["ROOTING"], finished=False)

    assert states(told) == {"device.rooted": "absent", "device.emulator": "absent"}
    assert untold.findings == ()
    assert states(unfinished)["device.rooted"] == "not_evaluated"


def test_one_check_of_several_is_enough_for_a_code_to_be_present() -> None:
    appraisal = appraised("promon", {"ROOTING": False, "FILESYSTEM_WATCHING": True})

    assert states(appraisal) == {"device.rooted": "present"}


def test_of_two_spellings_the_worse_counts() -> None:
    assert states(appraised("promon", {"ROOTING": True, "rooting": False})) == {
        "device.rooted": "present"
    }


def test_a_passcode_that_did_not_change_need_not_be_there() -> None:
    unchanged = appraised("wultra", {"systemPasscodeConfigurationChanged": False})
    changed = appraised("wultra", {"systemPasscodeConfigurationChanged": True})

    assert states(unchanged) == {"element.enrolment_changed": "absent"}
    assert codes(changed, "present") == {"device.lock_absent", "element.enrolment_changed"}


@each_product
def test_unknown_checks_are_counted_and_not_kept(name: str) -> None:
    appraisal = appraised(name, {"brandNewCheck": True, "otherNewCheck": False})

    assert states(appraisal) == {UNEVALUATED: "present"}
    assert appraisal.details["unknown_checks"] == 2
    assert "NewCheck" not in repr(appraisal)


@each_product
@pytest.mark.parametrize(
    ("checks", "more", "pointers"),
    [
        (None, {}, ["/{}"]),
        (["ROOTING"], {}, ["/{}"]),
        ({"a/b": 1, "c": None, "": True}, {}, ["/{}/a~1b", "/{}/c", "/{}"]),
        ({"ä": True}, {}, ["/{}"]),
        ({"x" * 65: True}, {}, ["/{}"]),
        ({f"check{index}": True for index in range(MAX_CHECKS + 1)}, {}, ["/{}"]),
        ({}, {"finished": None}, ["/checks_finished"]),
        ({}, {"extra": 1}, ["/extra"]),
    ],
)
def test_a_malformed_report_is_refused_with_every_place(
    name: str, checks: Any, more: dict[str, Any], pointers: list[str]
) -> None:
    field = PRODUCTS[name].field

    assert problems_of(name, checks, **more) == [pointer.format(field) for pointer in pointers]


@each_product
def test_a_report_is_bound_to_nothing_so_nothing_can_be_expected_of_it(name: str) -> None:
    with pytest.raises(EvidenceShapeError, match="/expected/nonce"):
        appraised(name, {}, expected={"nonce": "abc"})


@each_product
@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/registered"]),
        ({"registered": []}, ["/registered"]),
        ({"registered": "ROOTING"}, ["/registered"]),
        ({"registered": ["x"] * (MAX_CHECKS + 1)}, ["/registered"]),
        ({"registered": ["nonsense", 5, None]}, [f"/registered/{index}" for index in range(3)]),
        ({"registered": ["nonsense"], "more": 1}, ["/more", "/registered/0"]),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_every_place(
    name: str, document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        READERS[name](document)

    assert [problem.pointer for problem in caught.value.problems] == pointers


def _names(product: Product) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(product.codes_of)) | st.text("abcXYZ_", min_size=1, max_size=9)


@each_product
@given(data=st.data())
def test_taking_something_out_of_a_report_never_clears_more_without_the_psps_word(
    name: str, data: st.DataObject
) -> None:
    checks = data.draw(st.dictionaries(_names(PRODUCTS[name]), st.booleans(), max_size=9))
    finished = data.draw(st.booleans())
    whole = appraised(name, checks, finished=finished)
    quiet = {check: found for check, found in checks.items() if found}

    assert codes(appraised(name, quiet, finished=finished), "absent") == set()
    assert codes(appraised(name, checks, finished=False), "absent") == set()
    assert codes(whole, "present") - {UNEVALUATED} == {
        code for check in quiet for code in PRODUCTS[name].codes_of.get(check.lower(), ())
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    name=st.sampled_from(["promon", "wultra", "generic_rasp", "sensor_consistency"]),
    payload=st.dictionaries(
        st.sampled_from(
            [
                *("callbacks", "observers", "checks_finished", "vendor", "events", "markers"),
                *("accelerometer", "touches_ms", "haptic_feedback", "a/b"),
            ]
        ),
        json_values,
        max_size=5,
    ),
)
def test_arbitrary_payloads_are_appraised_or_refused_with_their_place(
    name: str, payload: dict[str, Any]
) -> None:
    problems = []
    try:
        appraise_one(Evidence(name, Mode.REPORTED, payload, {}, AT))
    except EvidenceShapeError as error:
        problems = [problem.pointer for problem in error.problems] or ["an error without a place"]

    assert all(pointer.startswith("/evidence/0/payload") for pointer in problems)
