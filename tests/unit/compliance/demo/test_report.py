"""The demonstration names the report that it has just made."""
# SPDX-License-Identifier: Apache-2.0

import io
import zipfile
from pathlib import Path

from compliance.demo.report import unpack


def bundle(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{name}/{name}.pdf", b"%PDF-")
        archive.writestr(f"{name}/{name}.tlog-proof", b"")
    return content.getvalue()


def test_an_earlier_report_in_the_folder_is_not_taken_for_this_one(tmp_path: Path) -> None:
    first = unpack(bundle("b"), tmp_path)
    second = unpack(bundle("a"), tmp_path)
    third = unpack(bundle("c"), tmp_path)

    assert [each.stem for each in (first, second, third)] == ["b", "a", "c"]
    assert third.read_bytes() == b"%PDF-"
