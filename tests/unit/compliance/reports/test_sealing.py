"""The seal and its time stamp satisfy standard tools; production never gets keys of our making."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pytest_django.fixtures import Settings

from compliance.reports.errors import SealUnavailableError
from compliance.reports.sealing import require_seal, seal
from compliance.reports.sealing.development import SEAL_PROFILE, TSA_PROFILE, make_folder
from compliance.reports.sealing.material import seal_material, tsa_material
from compliance.reports.sealing.timestamping import time_stamper
from compliance.reports.sealing.validation import check_seal
from compliance.reports.trust import deployment_trust
from tests.support.sealed import make_pdf

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(make_pdf(), now=NOW)


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_pdfsig_finds_the_seal_valid_and_the_total_document_signed(
    sealed: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(sealed)

    said = run("pdfsig", "-nocert", str(path)).stdout

    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_qpdf_finds_nothing_wrong(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(sealed)

    assert run("qpdf", "--check", str(path)).returncode == 0


def test_openssl_accepts_the_cms_of_the_seal(sealed: bytes, tmp_path: Path) -> None:
    (signature,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    start, length, rest, tail = (int(n) for n in signature.sig_object["/ByteRange"])
    (tmp_path / "signed").write_bytes(sealed[start : start + length] + sealed[rest : rest + tail])
    (tmp_path / "cms").write_bytes(signature.pkcs7_content)
    root = Path(deployment_folder()) / "seal" / "root.pem"

    said = run(
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(tmp_path / "cms"),
        "-content", str(tmp_path / "signed"), "-CAfile", str(root), "-purpose", "any",
        "-cades", "-out", os.devnull,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr


def deployment_folder() -> str:
    from django.conf import settings

    return str(settings.KEYS_DIR)


def test_openssl_accepts_the_built_in_authoritys_time_stamp(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"what is stamped").digest()
    token = asyncio.run(time_stamper(now=NOW).async_timestamp(digest, "sha256"))
    (tmp_path / "token").write_bytes(token.dump())
    root = Path(deployment_folder()) / "tsa" / "root.pem"

    said = run(
        "openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token"),
        "-digest", digest.hex(), "-CAfile", str(root),
    )  # fmt: skip

    assert "Verification: OK" in said.stdout + said.stderr


def test_the_time_stamp_states_the_time_of_sealing(sealed: bytes) -> None:
    result = check_seal(sealed, deployment_trust())

    assert result.facts["sealed_at"] == NOW.replace(microsecond=0).isoformat()


def test_an_authority_asked_with_an_old_digest_says_no() -> None:
    with pytest.raises(Exception, match=r"bad_alg|rejection|refused"):
        asyncio.run(time_stamper(now=NOW).async_timestamp(b"\0" * 20, "sha1"))


def test_the_seal_is_one_revision_with_validation_data_and_forbids_changes(sealed: bytes) -> None:
    with pikepdf.open(BytesIO(sealed)) as file:
        store = file.Root.DSS
        assert len(store.CRLs) == 2
        assert "/VRI" not in store
        (transform,) = (reference.TransformParams for reference in file.Root.Perms.DocMDP.Reference)
        assert transform.P == 1
    assert sealed.count(b"%%EOF") == 2, "the document, then the seal"


def test_a_seal_made_again_from_other_keys_is_refused(
    sealed: bytes, settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path
    seal(make_pdf(), now=NOW)

    assert not check_seal(sealed, deployment_trust()).checks[0].held


def test_production_without_a_key_says_what_is_missing(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path
    settings.TIMESTAMP_URL = "http://tsa.example/"

    with pytest.raises(SealUnavailableError, match=r"no sealing key: put key.pem, cert.pem"):
        seal_material(now=NOW)
    with pytest.raises(SealUnavailableError, match="for development only"):
        tsa_material(now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_authority_that_cannot_be_reached_is_a_reason_for_people(
    settings: Settings, tmp_path: Path
) -> None:
    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)
    make_folder(tmp_path / "tsa", TSA_PROFILE, now=NOW)
    settings.KEYS_DIR = tmp_path
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"

    with pytest.raises(SealUnavailableError, match="could not be sealed"):
        seal(make_pdf(), now=NOW)


@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_production_without_the_authoritys_root_says_so_before_anything_is_set(
    settings: Settings, tmp_path: Path, content: bytes | None
) -> None:
    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)
    settings.KEYS_DIR = tmp_path
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    if content is not None:
        (tmp_path / "tsa").mkdir()
        (tmp_path / "tsa" / "root.pem").write_bytes(content)

    with pytest.raises(SealUnavailableError, match=r"tsa/root\.pem"):
        require_seal(now=NOW)
    with pytest.raises(SealUnavailableError, match=r"tsa/root\.pem"):
        seal(make_pdf(), now=NOW)


@pytest.mark.parametrize(
    ("name", "content", "because"),
    [
        ("cert.pem", b"nonsense", "cannot read the keys in `seal`"),
        ("key.pem", b"nonsense", "cannot read the keys in `seal`"),
    ],
)
def test_unreadable_keys_are_refused_by_name(
    settings: Settings, tmp_path: Path, name: str, content: bytes, because: str
) -> None:
    settings.KEYS_DIR = tmp_path
    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)
    (tmp_path / "seal" / name).write_bytes(content)

    with pytest.raises(SealUnavailableError, match=because):
        seal_material(now=NOW)


def test_a_certificate_of_another_key_or_another_time_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path
    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)
    make_folder(tmp_path / "other", SEAL_PROFILE, now=NOW)

    with pytest.raises(SealUnavailableError, match="not valid at this time"):
        seal_material(now=NOW + timedelta(days=2000))
    shutil.copy(tmp_path / "other" / "cert.pem", tmp_path / "seal" / "cert.pem")
    with pytest.raises(SealUnavailableError, match="belongs to another key"):
        seal_material(now=NOW)


def test_whoever_makes_keys_second_uses_the_first(tmp_path: Path) -> None:
    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)
    first = (tmp_path / "seal" / "key.pem").read_bytes()

    make_folder(tmp_path / "seal", SEAL_PROFILE, now=NOW)

    assert (tmp_path / "seal" / "key.pem").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["seal"]
    assert (tmp_path / "seal" / "key.pem").stat().st_mode & 0o077 == 0
