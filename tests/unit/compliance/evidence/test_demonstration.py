"""The demonstration's authority and its keys on disk."""
# SPDX-License-Identifier: Apache-2.0

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from compliance.evidence.demonstration import (
    DemonstrationKeysError,
    DeviceState,
    freerasp_report,
    load_or_create_authority,
)
from compliance.evidence.providers.shape import Evidence, Mode, TrustMaterial
from tests.support.attestation import (
    AT,
    CHALLENGE,
    anchor_of,
    appraise_one,
    authority,
    codes,
    evidence_of,
)


def test_the_root_says_what_it_is() -> None:
    root = x509.load_pem_x509_certificate(authority().root_pem.encode())

    assert "Ninefold demonstration root" in root.subject.rfc4514_string()


def test_an_authority_is_the_same_when_it_is_loaded_again(tmp_path: Path) -> None:
    folder = tmp_path / "keys" / "demonstration"
    first, second = load_or_create_authority(folder), load_or_create_authority(folder)
    material = TrustMaterial(anchors=(anchor_of(first.root_pem),))
    chain = second.attest(DeviceState(), challenge=CHALLENGE, at=AT)

    assert first.root_pem == second.root_pem
    assert appraise_one(evidence_of(chain), against=material).verified


def test_two_authorities_do_not_vouch_for_each_other(tmp_path: Path) -> None:
    other = load_or_create_authority(tmp_path)
    chain = other.attest(DeviceState(), challenge=CHALLENGE, at=AT)

    assert not appraise_one(evidence_of(chain)).verified


def test_those_who_begin_at_the_same_time_end_up_with_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        authorities = list(pool.map(load_or_create_authority, [tmp_path] * 8))

    assert len({one.root_pem for one in authorities}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["authority.json"]


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demonstration"
    load_or_create_authority(folder)
    (file,) = folder.iterdir()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"root": {"key": "x"}}', b"\xff"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "authority.json").write_bytes(content)

    with pytest.raises(DemonstrationKeysError, match="json is damaged"):
        load_or_create_authority(tmp_path)


def test_every_attestation_is_of_a_key_of_its_own() -> None:
    leaves = {authority().attest(DeviceState(), challenge=CHALLENGE, at=AT)[0] for _ in range(20)}

    assert len(leaves) == 20


@pytest.mark.parametrize("month", [1, 2, 12])
def test_a_device_is_patched_up_to_the_month_before(month: int) -> None:
    at = AT.replace(month=month)
    chain = authority().attest(DeviceState(), challenge=CHALLENGE, at=at)
    details = appraise_one(evidence_of(chain, observed_at=at), at=at).details

    assert details["os_patch_level"] == (202512 if month == 1 else 202600 + month - 1)


@pytest.mark.parametrize(
    ("threats", "finished", "present"),
    [
        ([], True, set()),
        (["privilegedAccess"], True, {"device.rooted"}),
        ([], False, {"attestation.unevaluated"}),
    ],
)
def test_the_report_of_an_invented_app_has_freerasps_form(
    threats: list[str], finished: Any, present: set[str]
) -> None:
    payload = freerasp_report(threats, finished=finished)
    appraisal = appraise_one(Evidence("freerasp", Mode.REPORTED, payload, {}, AT))

    assert codes(appraisal, "present") == present
