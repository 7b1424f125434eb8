"""The two spellings that C2SP's text formats share, read without any tolerance."""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import re
from typing import Final

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)
NUMBER_LIMIT: Final = 2**64
"""Sizes and indexes are 64-bit numbers."""


class EncodingError(ValueError):
    """A text is not in the one spelling that its value has."""


def encode_base64(value: bytes) -> str:
    """Return standard Base 64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(value).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of `text`; each value has exactly one accepted spelling.

    Raises:
        EncodingError: on another alphabet, white space, missing padding or stray bits.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EncodingError("not standard Base 64") from error
    if encode_base64(value) != text:
        raise EncodingError("not canonical Base 64")
    return value


def decode_decimal(text: str) -> int:
    """Return the number that `text` spells in ASCII digits without leading zeroes.

    Raises:
        EncodingError: on anything else, or a number of more than 64 bits.
    """
    if not _DECIMAL.fullmatch(text) or int(text) >= NUMBER_LIMIT:
        raise EncodingError("not a decimal number without leading zeroes, below 2^64")
    return int(text)
