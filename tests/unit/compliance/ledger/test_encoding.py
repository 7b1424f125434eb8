"""Base 64 and decimal numbers have one spelling each."""
# SPDX-License-Identifier: Apache-2.0

import pytest

from compliance.ledger.encoding import (
    EncodingError,
    decode_base64,
    decode_decimal,
    encode_base64,
)


@pytest.mark.parametrize("value", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_what_is_encoded_is_decoded(value: bytes) -> None:
    assert decode_base64(encode_base64(value)) == value


@pytest.mark.parametrize(
    "text",
    ["YQ", "YQ=", "YR==", "YQ==\n", " YQ==", "Y Q==", "YQ==YQ==", "-_8=", "YQ===", "é", "=", "A"],
)
def test_another_spelling_of_base64_is_refused(text: str) -> None:
    with pytest.raises(EncodingError, match="Base 64"):
        decode_base64(text)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), (str(2**64 - 1), 2**64 - 1)])
def test_a_decimal_number_is_read(text: str, number: int) -> None:
    assert decode_decimal(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "00", "01", "+1", "-1", " 1", "1 ", "1\n", "1_0", "1.0", "0x1", "١", str(2**64), "9" * 50],
)
def test_another_spelling_of_a_number_is_refused(text: str) -> None:
    with pytest.raises(EncodingError, match="decimal"):
        decode_decimal(text)
