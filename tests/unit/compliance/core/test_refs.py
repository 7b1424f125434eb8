"""References sort by time, are unique and cannot be guessed."""
# SPDX-License-Identifier: Apache-2.0

import re
from datetime import UTC, datetime, timedelta

from compliance.core.refs import SUPPORT_ALPHABET, new_ref

NOW = datetime(2026, 11, 23, 10, 15, 5, tzinfo=UTC)


def test_a_reference_names_its_kind_and_has_26_characters_of_base_32() -> None:
    assert re.fullmatch(r"dec_[0-9a-hjkmnp-tv-z]{26}", new_ref("dec", now=NOW))


def test_references_sort_by_the_time_they_were_made() -> None:
    made = [new_ref("dec", now=NOW + timedelta(milliseconds=step)) for step in range(50)]

    assert sorted(made) == made


def test_references_of_the_same_moment_differ() -> None:
    assert len({new_ref("dec", now=NOW) for _ in range(1000)}) == 1000


def test_what_is_read_out_has_no_letters_that_look_alike() -> None:
    assert not set(SUPPORT_ALPHABET) & set("01OILU")
    assert len(set(SUPPORT_ALPHABET)) == len(SUPPORT_ALPHABET) == 30
