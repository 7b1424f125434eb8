"""References and keys: their form, that they differ, and that they sort by time."""
# SPDX-License-Identifier: Apache-2.0

import os
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from compliance.core.refs import new_ref
from compliance.decisions.identifiers import Identifiers

NOW = datetime(2026, 11, 23, 10, 15, 5, 412_000, tzinfo=UTC)


def test_references_have_the_form_of_all_others() -> None:
    ref, support_ref, key = Identifiers().take(NOW)

    assert re.sub(r"[0-9a-z]{16}$", "", ref) == re.sub(
        r"[0-9a-z]{16}$", "", new_ref("dec", now=NOW)
    )
    assert len(ref) == len(new_ref("dec", now=NOW)) == 30
    form = r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}"
    assert re.fullmatch(form, support_ref)
    assert len(key) == 32


def test_no_two_are_alike() -> None:
    identifiers = Identifiers()
    taken = [identifiers.take(NOW) for _ in range(2000)]

    for position in range(3):
        assert len({each[position] for each in taken}) == 2000


def test_references_sort_by_time() -> None:
    identifiers = Identifiers()
    refs = [identifiers.take(NOW + timedelta(milliseconds=step))[0] for step in range(500)]

    assert refs == sorted(refs)


def test_support_references_use_every_letter_alike() -> None:
    identifiers = Identifiers()
    letters = Counter(
        letter for _ in range(5000) for letter in identifiers.take(NOW)[1] if letter != "-"
    )

    assert len(letters) == 30
    assert max(letters.values()) < 1.25 * min(letters.values())


def test_a_forked_child_has_random_bytes_of_its_own() -> None:
    identifiers = Identifiers()
    identifiers.take(NOW)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, identifiers.take(NOW)[2])
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 64) != identifiers.take(NOW)[2]
    os.close(reader)
    os.close(writer)
