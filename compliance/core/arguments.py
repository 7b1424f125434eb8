"""Reads what commands are given: a value, or a word to the person who typed it."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from datetime import date


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
