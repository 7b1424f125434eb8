"""Lists of revoked keys."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Any

import pytest

from compliance.evidence.providers.android_key_attestation.revocations import (
    MAX_LIST_SIZE,
    RevocationListError,
    read_revocation_list,
    status_of,
)


def listed(**entries: Any) -> bytes:
    return json.dumps({"entries": entries}).encode()


@pytest.mark.parametrize("key", ["ab12", "AB12", "000ab12", str(0xAB12)])
def test_a_serial_number_is_found_in_each_way_of_writing_it(key: str) -> None:
    statuses = read_revocation_list(listed(**{key: {"status": "REVOKED"}}))

    assert status_of(0xAB12, statuses) == "REVOKED"
    assert status_of(0xAB13, statuses) is None


def test_a_serial_number_that_begins_with_zeros_as_bytes_is_found() -> None:
    statuses = read_revocation_list(listed(f={"status": "SUSPENDED"}))

    assert status_of(0x000F, statuses) == "SUSPENDED"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "expected JSON"),
        (b"\xff", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "/entries"),
        (b"{}", "/entries"),
        (b'{"entries": []}', "/entries"),
        (listed(xyz={"status": "REVOKED"}), "/entries/xyz"),
        (listed(ab={"status": "VALID"}), "/entries/ab/status"),
        (listed(ab={"status": ["REVOKED"]}), "/entries/ab/status"),
        (listed(ab={}), "/entries/ab/status"),
        (listed(ab="REVOKED"), "/entries/ab/status"),
        (b" " * (MAX_LIST_SIZE + 1), "at most"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(content: bytes, place: str) -> None:
    with pytest.raises(RevocationListError, match=place):
        read_revocation_list(content)


def test_a_refusal_never_repeats_half_a_character() -> None:
    with pytest.raises(RevocationListError) as caught:
        read_revocation_list(rb'{"entries": {"\ud800": {"status": "REVOKED"}}}')

    assert str(caught.value) == "/entries/…: expected a serial number"
