"""Days that commands are given."""
# SPDX-License-Identifier: Apache-2.0

import argparse
from datetime import date

import pytest

from compliance.core.arguments import day


def test_a_day_is_read() -> None:
    assert day("2026-10-01") == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [("yesterday", "no day like"), ("2026-13-01", "no day like"), ("9999-12-31", "too late")],
)
def test_what_is_no_day_is_said(text: str, words: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=words):
        day(text)
