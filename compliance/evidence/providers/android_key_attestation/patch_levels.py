"""Security patch levels: how old the system, vendor and boot partitions are."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

_LEVEL: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?")
_UNKNOWN_DAY: Final = "00"


class MaxAge(NamedTuple):
    """How old a patch level may be: so many `days`, or calendar `months`."""

    value: int
    unit: str


PATCH_LEVELS: Final = MappingProxyType(
    {"osPatchLevel": "os", "vendorPatchLevel": "vendor", "bootPatchLevel": "boot"}
)
"""The schema's three levels, and what documents of a PSP call them."""

MAX_PATCH_AGE: Final[Mapping[str, MaxAge]] = MappingProxyType(
    dict.fromkeys(PATCH_LEVELS, MaxAge(12, "months"))
)
"""What holds where nothing is set up. Google asks the same of its strongest label since Android 13:
updates within the last year, on every partition."""


def patch_age(level: int, at: datetime, unit: str) -> int | None:
    """Return how many `days`, or calendar `months`, a level YYYYMM or YYYYMMDD is old at `at`.

    Without a day, or with the day 00 (devices whose maker tells no day report that), the first of the
    month counts: the strict side. None: it is no date, so nobody knows.
    """
    match = _LEVEL.fullmatch(str(level))
    if match is None:
        return None
    day = match[3] or _UNKNOWN_DAY
    try:
        released = date(int(match[1]), int(match[2]), 1 if day == _UNKNOWN_DAY else int(day))
    except ValueError:
        return None
    if unit == "days":
        return (at.date() - released).days
    return (at.year - released.year) * 12 + at.month - released.month
