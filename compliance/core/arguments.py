"""Reads what commands are given: a value, or a word to the person who typed it."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from datetime import date, datetime


def day(text: str) -> date:
    """Return a day given as 2026-10-01, one that has a day after it.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"`{text}` is no day like 2026-10-01") from error
    if found == date.max:
        raise argparse.ArgumentTypeError(f"`{text}` is too late a day")
    return found


def moment(text: str) -> datetime:
    """Return the moment that a text names with its time zone.

    Raises:
        argparse.ArgumentTypeError: if it names none, or no time zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"`{text}` is no time") from error
    if found.utcoffset() is None:
        raise argparse.ArgumentTypeError(f"`{text}` names no time zone")
    return found
