"""What DeviceCheck's two bits amount to."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.evidence.providers.apple_devicecheck import (
    NAME,
    PROVIDER,
    Settings,
    appraise,
    read_settings,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.findings import Assurance

AT = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)


def appraised(payload: dict[str, Any], **settings: Any) -> Appraisal:
    trust = TrustMaterial(settings={NAME: read_settings(settings)} if settings else {})
    return appraise(Evidence(NAME, Mode.DECODED, payload, {}, AT), trust=trust, at=AT)


def states(appraisal: Appraisal) -> dict[str, str]:
    return {finding.code: finding.state.value for finding in appraisal.findings}


@pytest.mark.parametrize(
    ("bit0", "bit1", "state"),
    [
        (False, False, "absent"),
        (True, False, "present"),
        (False, True, "present"),
        (True, True, "present"),
    ],
)
def test_either_bit_flags_a_device(bit0: bool, bit1: bool, state: str) -> None:  # noqa: FBT001
    appraisal = appraised({"bit0": bit0, "bit1": bit1})

    assert states(appraisal) == {"device.previously_flagged": state}
    assert not appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.C}


def test_a_bit_that_the_psp_uses_for_something_else_flags_nothing() -> None:
    appraisal = appraised({"bit0": True, "bit1": False}, flags=["bit1"])

    assert states(appraisal) == {"device.previously_flagged": "absent"}


def test_a_device_that_apple_knows_no_bits_of_was_never_flagged() -> None:
    appraisal = appraised({"bit_state": "not_found"})

    assert states(appraisal) == {"device.previously_flagged": "absent"}
    assert appraisal.details == {"bit_state": "not_found"}


def test_the_month_of_the_last_change_is_kept() -> None:
    payload = {"bit0": False, "bit1": True, "last_update_time": "2026-10"}

    assert appraised(payload).details == {
        "bit_state": "found",
        "bit0": False,
        "bit1": True,
        "last_update_time": "2026-10",
    }


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({}, ["/payload/bit0", "/payload/bit1"]),
        ({"bit0": 1, "bit1": "true"}, ["/payload/bit0", "/payload/bit1"]),
        ({"bit0": True, "bit1": False, "bit2": True}, ["/payload/bit2"]),
        ({"bit0": True, "bit1": False, "bit_state": "lost"}, ["/payload/bit_state"]),
        ({"bit0": True, "bit_state": "not_found"}, ["/payload/bit0"]),
        (
            {"bit0": True, "bit1": False, "last_update_time": "2026-13"},
            ["/payload/last_update_time"],
        ),
        ({"bit0": True, "bit1": False, "last_update_time": 5}, ["/payload/last_update_time"]),
        ({"bit0": True, "bit1": False, "bit_state": []}, ["/payload/bit_state"]),
    ],
)
def test_what_is_no_answer_of_apple_is_refused_with_every_place(
    payload: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(EvidenceShapeError) as caught:
        appraised(payload)

    assert [problem.pointer for problem in caught.value.problems] == pointers


def test_nothing_is_expected_of_bits() -> None:
    evidence = Evidence(NAME, Mode.DECODED, {"bit0": True, "bit1": True}, {"nonce": "n"}, AT)
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(evidence, trust=TrustMaterial(), at=AT)

    assert [problem.pointer for problem in caught.value.problems] == ["/expected/nonce"]


def test_settings_say_which_bits_are_flags() -> None:
    assert read_settings({}) == Settings(("bit0", "bit1"))
    assert read_settings({"flags": ["bit1"]}) == Settings(("bit1",))


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"flags": []}, "/flags"),
        ({"flags": ["bit2"]}, "/flags"),
        ({"flags": "bit0"}, "/flags"),
        ({"flags": [["bit0"]]}, "/flags"),
        ({"flag": ["bit0"]}, "/flag"),
    ],
)
def test_settings_that_make_no_sense_are_refused(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == [pointer]


def test_the_bits_come_decoded_only() -> None:
    assert PROVIDER.modes == {Mode.DECODED}
