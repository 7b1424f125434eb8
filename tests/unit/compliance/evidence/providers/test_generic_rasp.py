"""Events that a PSP has given a meaning, those that it has not, and tables that make no sense."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.providers import generic_rasp
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.findings import Assurance
from tests.support.attestation import AT, appraise_one, codes, states

UNEVALUATED = "attestation.unevaluated"
EVENTS = {
    "rootFound": {"code": "device.rooted", "state": "present"},
    "magiskFound": {"code": "device.rooted", "state": "present"},
    "hooksFound": {"code": "app.hooking", "state": "present"},
    "hooksUnsupported": {"code": "app.hooking", "state": "not_evaluated"},
    "cleanBoot": {"code": "device.boot_unverified", "state": "absent"},
}
DOCUMENT = {"vendors": {"acme": {"complete": "scanComplete", "events": EVENTS}}}
TRUST = TrustMaterial(settings={"generic_rasp": generic_rasp.read_settings(DOCUMENT)})


def appraised(
    events: Any,
    *,
    vendor: Any = "acme",
    markers: Any = None,
    against: TrustMaterial = TRUST,
    **more: Any,
) -> Appraisal:
    shown = {"scanComplete": True} if markers is None else markers
    payload = {"vendor": vendor, "events": events, "markers": shown} | more
    return appraise_one(Evidence("generic_rasp", Mode.REPORTED, payload, {}, AT), against=against)


def test_an_event_means_what_the_psp_says_and_a_finished_run_clears_the_rest() -> None:
    appraisal = appraised(["rootFound"])

    assert states(appraisal) == {"device.rooted": "present", "app.hooking": "absent"}
    assert appraisal.details == {
        "checks_finished": True,
        "vendor": "acme",
        "events": "rootFound",
    }


def test_a_report_by_client_software_is_worth_least_and_never_verified() -> None:
    appraisal = appraised(["rootFound"])

    assert not appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}


@pytest.mark.parametrize("markers", [{}, {"scanComplete": False}, {"otherMarker": True}])
def test_before_the_marker_nothing_is_absent_not_even_where_an_event_says_so(
    markers: dict[str, bool],
) -> None:
    assert states(appraised(["cleanBoot"], markers=markers)) == {
        "device.rooted": "not_evaluated",
        "app.hooking": "not_evaluated",
        "device.boot_unverified": "not_evaluated",
        UNEVALUATED: "present",
    }


def test_an_event_can_say_that_something_is_absent_or_was_not_evaluated() -> None:
    assert states(appraised(["cleanBoot", "hooksUnsupported"])) == {
        "device.rooted": "absent",
        "app.hooking": "not_evaluated",
        "device.boot_unverified": "absent",
    }


def test_of_events_that_differ_the_worse_counts() -> None:
    assert states(appraised(["hooksUnsupported", "hooksFound"]))["app.hooking"] == "present"
    assert states(appraised(["hooksFound", "hooksUnsupported"]))["app.hooking"] == "present"


def test_unknown_events_are_counted_and_not_kept() -> None:
    appraisal = appraised(["brandNewEvent", "brandNewEvent", "rootFound"])

    assert codes(appraisal, "present") == {"device.rooted", UNEVALUATED}
    assert appraisal.details["unknown_events"] == 2
    assert "brandNewEvent" not in repr(appraisal)


@pytest.mark.parametrize(
    ("vendor", "against"), [("other", TRUST), ("acme", TrustMaterial()), ("other", TrustMaterial())]
)
def test_a_product_that_is_not_set_up_says_nothing_that_could_be_understood(
    vendor: str, against: TrustMaterial
) -> None:
    appraisal = appraised(["rootFound"], vendor=vendor, against=against)

    assert states(appraisal) == {UNEVALUATED: "present"}
    assert appraisal.details == {
        "checks_finished": False,
        "reason": "not set up",
        "unknown_events": 1,
    }


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"vendor": None}, ["/vendor"]),
        ({"vendor": "x" * 65}, ["/vendor"]),
        ({"vendor": "a\nb"}, ["/vendor"]),
        ({"events": {"rootFound": True}}, ["/events"]),
        ({"events": ["x"] * 65}, ["/events"]),
        ({"events": ["ok", "", 5, "ä", "\x00"]}, [f"/events/{index}" for index in (1, 2, 3, 4)]),
        ({"markers": []}, ["/markers"]),
        ({"markers": {"scanComplete": 1}}, ["/markers"]),
        ({"markers": {"ä": True}}, ["/markers"]),
        ({"markers": {f"m{index}": True for index in range(9)}}, ["/markers"]),
        ({"device": "serial"}, ["/device"]),
        ({"vendor": 1, "events": 1, "markers": 1}, ["/vendor", "/events", "/markers"]),
    ],
)
def test_a_malformed_report_is_refused_with_every_place(
    change: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(**({"events": []} | change))

    found = [problem.pointer for problem in caught.value.problems]
    assert found == [f"/evidence/0/payload{pointer}" for pointer in pointers]


def test_a_report_is_bound_to_nothing_so_nothing_can_be_expected_of_it() -> None:
    payload = {"vendor": "acme", "events": [], "markers": {}}

    with pytest.raises(EvidenceShapeError, match="/expected/nonce"):
        appraise_one(Evidence("generic_rasp", Mode.REPORTED, payload, {"nonce": "x"}, AT))


def _with(**event: Any) -> dict[str, Any]:
    return {"vendors": {"acme": {"complete": "done", "events": {"e/1": event}}}}


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/vendors"]),
        ({"vendors": {}}, ["/vendors"]),
        ({"vendors": [1], "more": 1}, ["/more", "/vendors"]),
        ({"vendors": {f"v{index}": {} for index in range(17)}}, ["/vendors"]),
        ({"vendors": {"acme": 1}}, ["/vendors/acme"]),
        (
            {"vendors": {"ä": {"complete": "", "events": {}, "more": 1}}},
            ["/vendors/ä", "/vendors/ä/more", "/vendors/ä/complete", "/vendors/ä/events"],
        ),
        (
            {"vendors": {"acme": {"complete": "done", "events": {"": 1}}}},
            ["/vendors/acme/events/", "/vendors/acme/events/"],
        ),
        (_with(), ["/vendors/acme/events/e~11/code", "/vendors/acme/events/e~11/state"]),
        (_with(code="device.rootet", state="present"), ["/vendors/acme/events/e~11/code"]),
        (_with(code=["device.rooted"], state="present"), ["/vendors/acme/events/e~11/code"]),
        (_with(code="device.rooted", state="found"), ["/vendors/acme/events/e~11/state"]),
        (_with(code="device.rooted", state=["present"]), ["/vendors/acme/events/e~11/state"]),
        (_with(code="attestation.stale", state="absent"), ["/vendors/acme/events/e~11/code"]),
        (_with(code="provider.unavailable", state="present"), ["/vendors/acme/events/e~11/code"]),
        (
            _with(code="device.rooted", state="present", sev=1),
            ["/vendors/acme/events/e~11/sev"],
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_every_place(
    document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        generic_rasp.read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == pointers


@given(
    events=st.lists(st.sampled_from(sorted(EVENTS)) | st.text("abc", min_size=1), max_size=9),
    finished=st.booleans(),
)
def test_an_unfinished_run_never_says_more_good_and_never_less_bad(
    events: list[str], *, finished: bool
) -> None:
    told = appraised(events, markers={"scanComplete": finished})
    unfinished = appraised(events, markers={})

    assert codes(unfinished, "absent") == set()
    assert codes(told, "present") <= codes(unfinished, "present")
