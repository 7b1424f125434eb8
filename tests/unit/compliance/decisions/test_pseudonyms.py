"""Keyed hashes of names: stable, apart by PSP and kind, and nothing without the key."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest
from django.conf import LazySettings

from compliance.decisions.errors import PseudonymKeyError
from compliance.decisions.pseudonyms import pseudonym, pseudonym_key


@pytest.fixture(autouse=True)
def _keys(settings: LazySettings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


def test_the_same_name_gives_the_same_hash() -> None:
    assert pseudonym(pseudonym_key("psp_1"), "device", "d-1") == pseudonym(
        pseudonym_key("psp_1"), "device", "d-1"
    )


def test_hashes_differ_by_psp_and_kind_and_name() -> None:
    hashes = {
        pseudonym(pseudonym_key(psp), kind, name)
        for psp in ("psp_1", "psp_2")
        for kind in ("device", "payer")
        for name in ("1", "2")
    }

    assert len(hashes) == 8


def test_no_name_has_no_hash() -> None:
    assert pseudonym(pseudonym_key("psp_1"), "device", "") == ""


def test_the_key_is_made_once_and_for_its_owner_alone(settings: LazySettings) -> None:
    pseudonym_key("psp_1")

    (file,) = Path(settings.KEYS_DIR).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_bytes()) == 32


@pytest.mark.parametrize("damaged", [b"", b"x" * 31, b"x" * 33])
def test_a_key_of_another_length_is_refused(
    settings: LazySettings, tmp_path: Path, damaged: bytes
) -> None:
    settings.KEYS_DIR = tmp_path / f"damaged-{len(damaged)}"
    settings.KEYS_DIR.mkdir()
    (settings.KEYS_DIR / "pseudonyms").write_bytes(damaged)

    with pytest.raises(PseudonymKeyError, match="expected 32 bytes"):
        pseudonym_key("psp_1")
