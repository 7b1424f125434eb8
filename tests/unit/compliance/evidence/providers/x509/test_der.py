"""The strict reader of DER."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.evidence.demonstration import der as writer
from compliance.evidence.providers.x509 import der


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("02", "cut off"),
        ("0282", "cut off"),
        ("028201", "cut off"),
        ("0202 00", "beyond the end"),
        ("0281 01 00", "shortest form"),
        ("0282 0080" + "00" * 128, "shortest form"),
        ("3080 0000", "indefinite"),
        ("0284 00000001 00", "indefinite or too large"),
        ("bf", "cut off"),
        ("bf80 01 00", "leading zeros"),
        ("bf1e 00", "shortest form"),
        ("bfffffff7f 00", "tag number above"),
        ("02ff", "too large"),
    ],
)
def test_what_is_not_der_is_refused(data: str, message: str) -> None:
    with pytest.raises(der.DerError, match=message):
        der.read_elements(bytes.fromhex(data))


def test_elements_are_bounded_in_number() -> None:
    assert len(der.read_elements(b"\x05\x00" * der.MAX_ELEMENTS)) == der.MAX_ELEMENTS
    with pytest.raises(der.DerError, match="more than 128 elements"):
        der.read_elements(b"\x05\x00" * (der.MAX_ELEMENTS + 1))


def test_a_lone_element_fills_the_data_exactly() -> None:
    assert der.read_only(writer.octets(b"ab"), der.OCTET_STRING) == b"ab"
    with pytest.raises(der.DerError, match="expected one element, found 2"):
        der.read_only(writer.octets(b"ab") + writer.null(), der.OCTET_STRING)
    with pytest.raises(der.DerError, match="found 0"):
        der.read_only(b"", der.OCTET_STRING)


@pytest.mark.parametrize("data", ["2400", "a400", "0400"])
def test_a_type_must_be_the_expected_one_in_class_and_form(data: str) -> None:
    (element,) = der.read_elements(bytes.fromhex(data))
    with pytest.raises(der.DerError, match="expected universal tag"):
        der.content_of(element, der.SEQUENCE if data == "0400" else der.OCTET_STRING)


@pytest.mark.parametrize("content", [b"\x01", b"\xfe", b"", b"\xff\xff"])
def test_a_boolean_is_00_or_ff(content: bytes) -> None:
    assert der.read_boolean(b"\xff")
    assert not der.read_boolean(b"\x00")
    with pytest.raises(der.DerError, match="00 or FF"):
        der.read_boolean(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1 to 9 octets"),
        (bytes(10), "1 to 9 octets"),
        (b"\xff", "not be negative"),
        (b"\x00\x01", "shortest form"),
    ],
)
def test_numbers_are_bounded_not_negative_and_minimal(content: bytes, message: str) -> None:
    with pytest.raises(der.DerError, match=message):
        der.read_integer(content)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**32 - 1, 2**63, 2**64 - 1])
def test_numbers_are_read_as_they_are_written(number: int) -> None:
    assert der.read_integer(der.read_only(writer.integer(number), der.INTEGER)) == number


def test_a_null_is_empty() -> None:
    assert der.read_null(b"")
    with pytest.raises(der.DerError, match="must be empty"):
        der.read_null(b"\x00")


@pytest.mark.parametrize("number", [0, 30, 31, 127, 128, 704, 16383, 16384, 65535])
def test_tag_numbers_are_read_as_they_are_written(number: int) -> None:
    (element,) = der.read_elements(writer.explicit(number, writer.null()))

    assert (element.cls, element.number, element.constructed) == (der.CONTEXT, number, True)
    assert element.content == writer.null()


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_read_as_they_are_written(size: int) -> None:
    assert len(der.read_only(writer.octets(bytes(size)), der.OCTET_STRING)) == size
