"""Numbers, shares and durations as they are printed (European Union conventions)."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

NO_BREAK: Final = "\u00a0"
THIN: Final = "\u202f"
NOTHING: Final = "–"
"""Stands where there is nothing to divide by; a zero would claim a measurement."""


def number(count: int) -> str:
    """Return a count with a thin space between thousands, such as `1 204 331`."""
    return f"{count:,}".replace(",", THIN)


def share(count: int, of: int) -> str:
    """Return `count` of `of` in per cent with one decimal; never rounded up to all or down to none."""
    if of == 0:
        return NOTHING
    percent = 100 * count / of
    if 0 < percent < 0.1:
        return f"<{NO_BREAK}0.1{NO_BREAK}%"
    if 99.9 < percent < 100:
        return f">{NO_BREAK}99.9{NO_BREAK}%"
    return f"{percent:.1f}{NO_BREAK}%"


def seconds(value: float | None) -> str:
    """Return a duration in the unit that a reader would choose; a dash for None."""
    if value is None:
        return NOTHING
    if value < 120:
        text = f"{value:.1f}" if value < 10 and value != int(value) else f"{value:.0f}"
        return f"{text}{NO_BREAK}s"
    if value < 7200:
        return f"{value / 60:.0f}{NO_BREAK}min"
    if value < 172800:
        return f"{value / 3600:.0f}{NO_BREAK}h"
    return f"{value / 86400:.0f}{NO_BREAK}days"


def plural(count: int, one: str, many: str = "") -> str:
    """Return the word for `count` things."""
    return one if count == 1 else many or f"{one}s"
