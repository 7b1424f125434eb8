"""What is trusted is named, read within bounds, and never taken from what is verified."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.reports.bundle import BundleError, read_bundle
from compliance.reports.trust import TrustError, deployment_trust, trust_from_folder
from tests.support.sealed import SealedReport, make_sealed_report


@pytest.fixture(scope="module")
def sealed() -> SealedReport:
    return make_sealed_report()


@pytest.fixture
def laid_down(sealed: SealedReport, tmp_path: Path) -> Callable[[], Path]:
    """Return a function that lays a report down with its proof and trust folder."""

    def lay_down() -> Path:
        path = tmp_path / "report.pdf"
        path.write_bytes(sealed.pdf)
        (tmp_path / "report.pdf.tlog-proof").write_bytes(sealed.proof)
        (tmp_path / "trust").mkdir()
        for name, content in sealed.trust.files(sealed.trust.log_vkeys).items():
            (tmp_path / "trust" / name).write_bytes(content)
        return path

    return lay_down


def test_a_trust_folder_reads_back_as_it_was_written(
    sealed: SealedReport, laid_down: Callable[[], Path]
) -> None:
    read = trust_from_folder(laid_down().parent / "trust")

    assert read.seal_roots == sealed.trust.seal_roots
    assert read.tsa_roots == sealed.trust.tsa_roots
    assert read.log_vkeys == sealed.trust.log_vkeys


@pytest.mark.parametrize("name", ["seal-root.pem", "tsa-root.pem", "log.vkey"])
def test_a_missing_or_damaged_file_is_named(laid_down: Callable[[], Path], name: str) -> None:
    folder = laid_down().parent / "trust"
    (folder / name).write_bytes(b"nonsense")
    with pytest.raises(TrustError, match=name):
        trust_from_folder(folder)

    (folder / name).unlink()
    with pytest.raises(TrustError, match=name):
        trust_from_folder(folder)


def test_a_deployment_that_never_sealed_has_nothing_to_trust(
    settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path

    with pytest.raises(TrustError, match=r"seal/root\.pem"):
        deployment_trust()


def test_the_command_takes_proof_and_trust_from_beside_the_file(
    laid_down: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify", str(laid_down()))

    said = capsys.readouterr().out
    assert "HOLDS" in said
    assert "compare its keys" in said


def test_the_command_refuses_with_exit_code_1(
    laid_down: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = laid_down()
    path.with_name("report.pdf.tlog-proof").unlink()

    with pytest.raises(SystemExit) as refusal:
        call_command("verify", "--json", str(path))

    assert refusal.value.code == 1
    (result,) = json.loads(capsys.readouterr().out)
    checks = {check["name"]: check["held"] for check in result["checks"]}
    assert checks["seal"]
    assert not checks["ledger"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.pdf"],
        ["report.pdf", "--trust", "nowhere"],
        ["report.pdf", "report.pdf", "--proof", "report.pdf.tlog-proof"],
        ["report.pdf", "--proof", "nowhere"],
        ["bundle.zip"],
    ],
)
def test_wrong_use_ends_with_exit_code_2(
    laid_down: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    folder = laid_down().parent
    (folder / "bundle.zip").write_bytes(b"PK\x03\x04 and no more")
    monkeypatch.chdir(folder)

    with pytest.raises(CommandError) as refusal:
        call_command("verify", *arguments)

    assert refusal.value.returncode == 2


def test_a_bundle_is_verified_but_its_own_trust_folder_is_not_believed(
    laid_down: Callable[[], Path], sealed: SealedReport, tmp_path: Path
) -> None:
    folder = laid_down().parent
    other = tmp_path / "elsewhere"
    other.mkdir()
    with ZipFile(other / "bundle.zip", "w") as bundle:
        bundle.write(folder / "report.pdf", "a/report.pdf")
        bundle.write(folder / "report.pdf.tlog-proof", "a/report.pdf.tlog-proof")
        bundle.write(folder / "trust" / "log.vkey", "a/trust/log.vkey")

    assert read_bundle((other / "bundle.zip").read_bytes()) == (sealed.pdf, sealed.proof)
    call_command("verify", str(other / "bundle.zip"), "--trust", str(folder / "trust"))
    # This deployment's own keys know nothing of the log in the bundle.
    with pytest.raises(SystemExit):
        call_command("verify", str(other / "bundle.zip"))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_bundle_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(BundleError):
        read_bundle(b"PK\x03\x04" + content)
