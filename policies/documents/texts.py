"""Values as text and back: durations and numbers, each in one canonical spelling."""
# SPDX-License-Identifier: Apache-2.0

import re
from decimal import Decimal
from typing import Final

MAX_DURATION_S: Final = 3_660 * 86_400
"""Ten years. A deadline beyond any calendar would fail when it is added to a time."""

_DURATION: Final = re.compile(r"([1-9][0-9]{0,8})(s|m|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_INTEGER: Final = re.compile(r"-?[0-9]{1,30}")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_duration(text: str) -> int | None:
    """Return a duration such as `90s`, `5m`, `4h` or `2d` in seconds; None if it is none.

    It is at least a second and at most ten years.
    """
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    return seconds if 0 < seconds <= MAX_DURATION_S else None


def duration_text(seconds: int) -> str:
    """Return seconds (at least 1) in the largest unit that divides them."""
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def read_decimal(text: str) -> Decimal | None:
    """Return an exact decimal of at most 30 digits on each side of the point; None if it is none."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def decimal_text(number: Decimal) -> str:
    """Return the one spelling of a decimal: equal numbers, equal texts (`50.0` is `50`)."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def read_integer(text: str) -> int | None:
    """Return an integer of at most 30 digits; None if it is none."""
    return int(text) if _INTEGER.fullmatch(text) else None


def is_storable(text: str) -> bool:
    """Return whether a text is free of control characters and of lone surrogates.

    PostgreSQL takes neither NUL nor a surrogate, and the others only deceive a reader.
    """
    return _UNSTORABLE.search(text) is None
