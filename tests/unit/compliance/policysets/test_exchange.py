"""Signed exports: another installation can check and import them, and nothing else passes for one."""
# SPDX-License-Identifier: Apache-2.0

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.core.errors import NotFoundError
from compliance.policysets import exchange
from compliance.policysets.exchange import (
    MAX_BYTES,
    PolicyExportError,
    export_policy,
    import_export,
    verify_export,
)
from compliance.policysets.exchange_keys import (
    ExportKeyError,
    export_key,
    key_path,
    public_key_path,
    read_public_key,
)
from compliance.policysets.models import PolicySetVersion
from compliance.tenants.errors import RoleTooSmallError
from compliance.tenants.models import Psp, Role
from tests.support.factories import NOW, make_person, make_psp, put_policy_in_force

KEY = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def _own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def psp(db: None) -> Psp:  # noqa: ARG001 - opens the database
    return make_psp()


@pytest.fixture
def version(psp: Psp) -> PolicySetVersion:
    return put_policy_in_force(psp)


@pytest.fixture
def exported(psp: Psp, version: PolicySetVersion) -> bytes:
    return export_policy(psp, version.ref, now=NOW)


def trusted() -> list[Any]:
    return [export_key().public_key()]


def resigned(exported: bytes, **changes: Any) -> bytes:
    """Return the export with changes, signed again by the trusted key."""
    members = json.loads(exported) | changes
    return exchange._signed(exchange._Export(**members), export_key())


def test_an_export_is_checked_by_the_public_key_alone(
    version: PolicySetVersion, exported: bytes
) -> None:
    key = read_public_key(public_key_path().read_bytes())

    verified = verify_export(exported, trusted=[KEY.public_key(), key])

    assert (verified.name, verified.number) == (version.name, version.number)
    assert (verified.digest, verified.document) == (version.digest, version.document)
    assert verified.exported_at == NOW.isoformat()


def test_another_installation_imports_it_as_a_draft(
    version: PolicySetVersion, exported: bytes
) -> None:
    other = make_psp("Another PSP")
    author = make_person(other)

    imported = import_export(psp=other, data=exported, trusted=trusted(), author=author, now=NOW)

    assert (imported.digest, imported.document) == (version.digest, version.document)
    assert (imported.psp, imported.author, imported.approver) == (other, author, None)


def test_who_does_not_write_policies_does_not_import(psp: Psp, exported: bytes) -> None:
    reader = make_person(psp, Role.INTERNAL_AUDITOR)

    with pytest.raises(RoleTooSmallError):
        import_export(psp=psp, data=exported, trusted=trusted(), author=reader, now=NOW)


@pytest.mark.parametrize("keys", [[], [KEY.public_key()]])
def test_a_key_that_is_not_trusted_counts_for_nothing(exported: bytes, keys: list[Any]) -> None:
    with pytest.raises(PolicyExportError, match="a key that is not trusted"):
        verify_export(exported, trusted=keys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Another name"),
        ("number", 7),
        ("digest", "sha256:" + "0" * 64),
        ("exported_at", "2020-01-01T00:00:00+00:00"),
        ("signature", "AAAA"),
        ("signature", "not base64"),
        ("signature", ""),
    ],
)
def test_whatever_is_changed_breaks_the_signature(exported: bytes, name: str, value: Any) -> None:
    changed = json.dumps(json.loads(exported) | {name: value}).encode()

    with pytest.raises(PolicyExportError, match="signature does not fit"):
        verify_export(changed, trusted=trusted())


def test_a_changed_document_breaks_the_signature(exported: bytes) -> None:
    with pytest.raises(PolicyExportError, match="signature does not fit"):
        verify_export(exported.replace(b"step_up", b"permits", 1), trusted=trusted())


def test_a_signed_digest_must_be_the_documents(exported: bytes) -> None:
    with pytest.raises(PolicyExportError, match="digest is not the one"):
        verify_export(resigned(exported, digest="sha256:" + "0" * 64), trusted=trusted())


def test_a_signed_document_must_be_canonical(exported: bytes) -> None:
    document = json.loads(exported)["document"]

    with pytest.raises(PolicyExportError, match="digest is not the one"):
        verify_export(resigned(exported, document=f" {document}"), trusted=trusted())


def test_a_signed_document_must_be_a_policy_set_here(exported: bytes) -> None:
    with pytest.raises(PolicyExportError, match="does not take its document"):
        verify_export(resigned(exported, document="{}"), trusted=trusted())


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b"{" * 100_000, b" " * (MAX_BYTES + 1)],
)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(PolicyExportError):
        verify_export(data, trusted=[KEY.public_key()])


@given(data=st.binary(max_size=300))
def test_the_reader_raises_only_its_own_error(data: bytes) -> None:
    with pytest.raises(PolicyExportError):
        verify_export(data, trusted=[KEY.public_key()])


def test_another_psps_version_is_not_exported(version: PolicySetVersion) -> None:
    with pytest.raises(NotFoundError):
        export_policy(make_psp("Another PSP"), version.ref, now=NOW)


def test_the_key_is_made_once_and_is_nobody_elses() -> None:
    first, second = export_key(), export_key()

    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert [path.name for path in sorted(key_path().parent.iterdir())] == [
        "export.pem",
        "export.pub",
    ]


def test_a_broken_key_is_no_key() -> None:
    export_key()
    key_path().write_bytes(b"-----BEGIN")

    with pytest.raises(ExportKeyError):
        export_key()
    with pytest.raises(ExportKeyError):
        read_public_key(b"-----BEGIN")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("policy_exchange", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_exports_verifies_and_imports(
    psp: Psp, version: PolicySetVersion, tmp_path: Path
) -> None:
    author = make_person(psp)
    file = str(tmp_path / "policy.json")
    run("export", version.ref, "--psp", psp.ref, "--out", file)
    key = str(public_key_path())

    assert "BEGIN PUBLIC KEY" in run("key")
    assert f"{version.digest}, exported" in run("verify", file, "--key", key)
    assert "a draft" in run(
        "import", file, "--key", key, "--psp", psp.ref, "--author", author.email
    )
    assert PolicySetVersion.objects.filter(psp=psp, digest=version.digest).count() == 2


def test_the_command_takes_an_authors_address_however_it_is_written(
    psp: Psp, version: PolicySetVersion, tmp_path: Path
) -> None:
    author = make_person(psp)
    file = tmp_path / "policy.json"
    file.write_text(run("export", version.ref, "--psp", psp.ref), encoding="utf-8")
    arguments = ("import", str(file), "--key", str(public_key_path()), "--psp", psp.ref)

    run(*arguments, "--author", author.email.title())

    assert PolicySetVersion.objects.get(psp=psp, number=version.number + 1).author == author
    with pytest.raises(CommandError, match=r"no person `nobody@psp\.example`"):
        run(*arguments, "--author", "nobody@psp.example")


def test_the_command_refuses_what_does_not_verify(
    psp: Psp, version: PolicySetVersion, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pub"
    stranger.write_bytes(
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    file = tmp_path / "policy.json"
    file.write_text(run("export", version.ref, "--psp", psp.ref), encoding="utf-8")

    for arguments in (("--key", str(stranger)), ("--key", str(tmp_path / "nowhere")), ()):
        with pytest.raises(CommandError):
            run("verify", str(file), *arguments)
