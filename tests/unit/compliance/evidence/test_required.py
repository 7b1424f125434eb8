"""Which evidence is required on which channel."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers.shape import SettingsError
from compliance.evidence.required import read_required_evidence

DOCUMENT = {
    "mobile-app": [["android_key_attestation", "freerasp"]],
    "kiosk": [],
    "*": ["android_key_attestation", "freerasp"],
}


@pytest.mark.parametrize(
    ("channel", "given", "is_missing"),
    [
        ("mobile-app", {"freerasp"}, False),
        ("mobile-app", set(), True),
        ("kiosk", set(), False),
        ("web", {"freerasp"}, True),
        ("web", {"freerasp", "android_key_attestation"}, False),
        ("", {"freerasp"}, True),
    ],
)
def test_what_is_required_must_be_there(channel: str, given: set[str], *, is_missing: bool) -> None:
    assert read_required_evidence(DOCUMENT).is_missing(channel, given) is is_missing


def test_where_nothing_is_said_nothing_is_required() -> None:
    assert not read_required_evidence({"web": ["freerasp"]}).is_missing("mobile-app", ())


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"web": "freerasp"}, "/web"),
        ({"web": ["tea_leaves"]}, "/web/0"),
        ({"web": [[]]}, "/web/0"),
        ({"web": [["freerasp", 1]]}, "/web/0"),
        ({"web": ["freerasp"] * 17}, "/web"),
        ({"a/b~": 1}, "/a~1b~0"),
        ({"": []}, "/"),
        ({f"c{number}": [] for number in range(65)}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(
    document: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_required_evidence(document)

    assert [problem.pointer for problem in caught.value.problems] == [pointer]
