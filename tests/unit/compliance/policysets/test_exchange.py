"""Signed exports: another installation can check and import them, and nothing else passes for one."""
# SPDX-License-Identifier: Apache-2.0

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance.core.errors import NotFoundError
from compliance.policysets import exchange
from compliance.policysets.exchange import (
    MAX_BYTES,
    PolicyExportError,
    export_policy,
    is_export,
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
from compliance.tenants.models import Psp
from tests.support.factories import NOW, make_psp, put_policy_in_force

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


def test_an_export_is_recognized_by_its_type_alone(exported: bytes) -> None:
    assert is_export(exported)
    assert is_export(b'{"type": "ninefold-policy-export-9"}')


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"{}", b"\xff", b'{"schema": 1}', b'{"type": 1}', b"type: x"),
        *(b'{"type": "other"}', b'{"a": ' + b"[" * 1_000_000),
    ],
)
def test_what_does_not_say_that_it_is_an_export_is_taken_for_none(data: bytes) -> None:
    assert not is_export(data)


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
