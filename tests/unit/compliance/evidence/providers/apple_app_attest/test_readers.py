"""The readers of CBOR and BER: one form for each value, and bounds."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers import cbor
from compliance.evidence.providers.apple_app_attest import ber

CBOR_VALUES = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("190100", 256),
    ("1a00010000", 65536),
    ("1b0000000100000000", 2**32),
    ("20", -1),
    ("26", -7),
    ("3818", -25),
    ("40", b""),
    ("420102", b"\x01\x02"),
    ("60", ""),
    ("62c3bc", "ü"),
    ("80", []),
    ("820102", [1, 2]),
    ("a0", {}),
    ("a20102616101", {1: 2, "a": 1}),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("8181818101", [[[[1]]]]),
]


@pytest.mark.parametrize(("octets", "value"), CBOR_VALUES)
def test_values_are_read(octets: str, value: Any) -> None:
    assert cbor.decode(bytes.fromhex(octets)) == value


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "1817",  # not the shortest form
        "1900ff",
        "1a0000ffff",
        "1b00000000ffffffff",
        "5817" + "00" * 23,
        "18",  # cut off
        "1901",
        "4201",
        "61",
        "8201",
        "a101",
        "a1",
        "62ffff",  # no UTF-8
        "5f4101ff",  # indefinite lengths
        "7f6161ff",
        "9f01ff",
        "bf0102ff",
        "c001",  # a tag
        "d9d9f700",
        "f7",  # undefined
        "f0",
        "f8ff",
        "f90000",  # a fraction
        "fb0000000000000000",
        "1c",  # reserved
        "a201020103",  # a key stands twice
        "a2616101616102",
        "a2616101016162",  # keys are not in their order
        "a202010102",
        "a2626161016162" + "02",
        "a1f501",  # a key is neither a number nor text
        "a1f601",
        "a1410101",
        "a18001",
        "a1a001",
        "818181818101",  # too deep
        "9821" + "00" * 33,  # too much
        "b821" + "0001" * 33,
        "0000",  # something is left over
    ],
)
def test_anything_else_is_refused(octets: str) -> None:
    with pytest.raises(cbor.CborError):
        cbor.decode(bytes.fromhex(octets))


def test_an_unordered_map_is_read_where_order_is_not_asked_for() -> None:
    assert cbor.decode(bytes.fromhex("a202010102"), is_ordered=False) == {2: 1, 1: 2}
    with pytest.raises(cbor.CborError):
        cbor.decode(bytes.fromhex("a201010102"), is_ordered=False)


def test_a_value_is_read_where_it_stands() -> None:
    assert cbor.decode_at(bytes.fromhex("ff0102"), 1) == (1, 2)


@pytest.mark.parametrize(
    ("octets", "content"),
    [
        ("040161", b"a"),
        ("2480040161040162" + "0000", b"ab"),
        ("2406040161040162", b"ab"),
        ("24800000", b""),
    ],
)
def test_an_octet_string_is_read_whole_or_in_segments(octets: str, content: bytes) -> None:
    (item,) = ber.read_items(bytes.fromhex(octets))

    assert ber.octets_of(item) == content
    assert item.raw == bytes.fromhex(octets)


@pytest.mark.parametrize("octets", ["020101", "2480020101" + "0000", "24802480" + "00000000"])
def test_what_is_no_octet_string_is_refused(octets: str) -> None:
    (item,) = ber.read_items(bytes.fromhex(octets))
    with pytest.raises(ber.BerError):
        ber.octets_of(item)


@pytest.mark.parametrize(
    "octets",
    [
        "30",  # cut off
        "3001",
        "3080",
        "308000",
        "30800200",
        "308102",
        "3f01",  # a tag of several octets
        "308101" + "00",  # not the shortest form
        "30820080" + "00" * 128,
        "3084000000ff" + "00" * 255,
        "04800000",  # an indefinite length where none may be
        "3080" * 10 + "0000" * 10,  # too deep
        "0500" * 65,  # too much
    ],
)
def test_ber_that_is_cut_off_too_long_in_form_too_deep_or_too_much_is_refused(octets: str) -> None:
    with pytest.raises(ber.BerError):
        ber.read_items(bytes.fromhex(octets))


def test_items_have_the_tags_that_were_expected() -> None:
    assert [item.content for item in ber.read_as(b"\x02\x01\x05\x05\x00", [2, 5])] == [b"\x05", b""]
    for tags in ([2], [5, 2], [2, 5, 5]):
        with pytest.raises(ber.BerError):
            ber.read_as(b"\x02\x01\x05\x05\x00", tags)
