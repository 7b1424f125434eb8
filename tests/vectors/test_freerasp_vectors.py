"""The published names and codes of freeRASP's threats."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from pathlib import Path
from typing import Any

import pytest

from compliance.evidence.providers.freerasp_names import BY_NAME, SILENT, SILENT_CODES

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
CODES = VECTORS / "freerasp" / "threat-codes.json"

pytestmark = pytest.mark.skipif(not CODES.is_file(), reason=f"no sample evidence in {CODES}")


def published() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CODES.read_text())
    return loaded


def test_every_published_threat_is_known_by_name_and_by_code() -> None:
    for name, code in published()["threats"].items():
        assert BY_NAME[name.lower()] is BY_NAME[code]
        assert BY_NAME[code].name == name


def test_every_native_name_of_ios_means_the_threat_of_its_code() -> None:
    native = published()["ios_security_threat_enum"]
    dropped = {name for name, code in native.items() if code < 0}

    assert dropped <= SILENT
    for name in native.keys() - dropped:
        assert BY_NAME[name.lower()].code == native[name]


def test_later_and_other_codes_are_known() -> None:
    other = published()["other_codes"]

    assert BY_NAME[other["overlay (doc comment only)"]].name == "overlay"
    assert other["allChecksFinished (execution state)"] in SILENT_CODES
    assert {name.lower() for name in published()["later_additions"]} <= BY_NAME.keys()
