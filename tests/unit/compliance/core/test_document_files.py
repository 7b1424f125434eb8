"""A document is read from a pack, standard input or a file, and never beyond what is allowed."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest
from django.core.management import CommandError

from compliance.core.document_files import read_file
from policies.documents import MAX_BYTES
from policies.packs import load_pack


def test_a_pack_and_a_file_are_read_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"schema: 1\n")

    assert read_file("pack:balanced") == load_pack("balanced")
    assert read_file(str(file)) == b"schema: 1\n"


def test_one_byte_too_many_is_read_so_that_it_shows() -> None:
    assert len(read_file("/dev/zero")) == MAX_BYTES + 1


@pytest.mark.parametrize("name", ["pack:none", "pack:../balanced", "/nowhere"])
def test_what_is_not_there_is_a_mistake_in_the_usage(name: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_file(name)

    assert caught.value.returncode == 2
