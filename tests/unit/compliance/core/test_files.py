"""A private file is whole, its owner's alone, and the first writer's where that is wanted."""
# SPDX-License-Identifier: Apache-2.0

import threading
from pathlib import Path

import pytest

from compliance.core.files import write_private


def test_a_file_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.pem"

    write_private(path, b"secret", replace=False)

    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_first_writer_wins_unless_the_file_is_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_private(path, b"first", replace=False)

    write_private(path, b"second", replace=False)
    assert path.read_bytes() == b"first"

    write_private(path, b"third", replace=True)
    assert path.read_bytes() == b"third"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_writers_that_race_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "one"
    contents = [bytes([number]) * 50_000 for number in range(8)]
    writers = [
        threading.Thread(target=write_private, args=(path, content), kwargs={"replace": False})
        for content in contents
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.mkdir()

    with pytest.raises(OSError, match="one"):
        write_private(path, b"secret", replace=True)

    assert list(tmp_path.iterdir()) == [path]
