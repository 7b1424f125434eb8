"""Attestations and assertions that do not verify: objects, certificates, authenticator data."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration import der
from compliance.evidence.providers.apple_app_attest.certificates import read
from compliance.evidence.providers.shape import Appraisal
from compliance.evidence.providers.x509.certificates import CertificateError
from tests.support.app_attest import (
    AT,
    NONCE_OID,
    Says,
    appraise,
    assert_with,
    attest,
    attestation_object,
    authenticator_data,
    canonical,
    cose_key,
    evidence,
    fixed_data,
    issue,
    key_id,
    leaf_for,
    new_key,
    nonce_extension,
    of_assertion,
    of_attestation,
    pki,
    receipt_of,
)
from tests.support.app_attest_refusals import assert_refused, attested_under
from tests.support.attestation import codes


def rebuilt(change: Callable[[dict[str, Any]], Any]) -> bytes:
    parts = cbor2.loads(attest())
    return canonical(change(parts) or parts)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda parts: parts | {"fmt": "apple"}, "unknown_format"),
        (lambda parts: parts | {"more": 1}, "malformed"),
        (lambda parts: {"fmt": parts["fmt"], "authData": parts["authData"]}, "malformed"),
        (lambda parts: parts | {"authData": "text"}, "malformed"),
        (lambda parts: parts | {"attStmt": []}, "malformed"),
        (lambda parts: parts["attStmt"].update(x5c=b"chain"), "malformed"),
        (lambda parts: parts["attStmt"].update(x5c=[1, 2]), "malformed"),
        (lambda parts: parts["attStmt"].pop("receipt") and None, "malformed"),
        (lambda parts: parts["attStmt"].update(alg=-7), "malformed"),
        (lambda parts: parts["attStmt"]["x5c"].pop() and None, "chain_is_not_two_certificates"),
        (
            lambda parts: parts["attStmt"]["x5c"].append(pki().root.der),
            "chain_is_not_two_certificates",
        ),
        (lambda parts: parts["attStmt"]["x5c"].reverse(), "untrusted_root"),
        (
            lambda parts: parts["attStmt"].update(x5c=[b"\x30\x00", parts["attStmt"]["x5c"][1]]),
            "unreadable_certificate",
        ),
        (lambda _parts: [1, 2], "malformed"),
    ],
)
def test_an_attestation_of_another_form_is_refused(change: Any, reason: str) -> None:
    assert_refused(of_attestation(rebuilt(change)), reason)


def test_keys_of_an_object_stand_in_their_order() -> None:
    parts = cbor2.loads(attest())
    swapped = {name: parts[name] for name in ("attStmt", "fmt", "authData")}

    assert_refused(of_attestation(cbor2.dumps(swapped)), "malformed")


@pytest.mark.parametrize("data", [b"\x00", b"\xa0", b"\xa1\x61a\x01", b"\xff", attest() + b"\x00"])
@pytest.mark.parametrize("kind", ["attestation", "assertion"])
def test_bytes_that_are_no_object_are_refused(data: bytes, kind: str) -> None:
    if kind == "attestation":
        assert_refused(of_attestation(data), "malformed")
    else:
        assert_refused(of_assertion(new_key(), data), "malformed")


def test_an_authority_under_another_root_is_not_trusted() -> None:
    assert_refused(attested_under(issue("authority", issue("root", None))), "untrusted_root")


def test_an_attested_key_cannot_certify_another_one() -> None:
    genuine = issue("attested key", pki().authority, is_authority=False)

    assert_refused(attested_under(genuine), "untrusted_root")


def test_a_certificate_that_the_root_gave_to_no_authority_certifies_nothing() -> None:
    other = issue("something else of the root's", pki().root, is_authority=False)

    assert_refused(attested_under(other), "issuer_is_no_authority")


def test_a_leaf_that_is_an_authority_is_refused() -> None:
    key, says = new_key(), Says()
    data = authenticator_data(key, says)
    nonce = hashlib.sha256(data + says.client_data_hash).digest()
    leaf = issue("leaf", pki().authority, key=key, oids={NONCE_OID: nonce_extension(nonce)}).der
    item = attestation_object([leaf, pki().authority.der], receipt_of(leaf), data)

    assert_refused(of_attestation(item), "issuer_is_no_authority")


def test_a_leaf_that_another_authority_signed_is_refused() -> None:
    twin = issue("attestation authority", pki().root)

    assert_refused(attested_under(twin, pki().authority.der), "signature_or_name_mismatch")


@pytest.mark.parametrize("moment", [datetime(2019, 1, 1, tzinfo=UTC), AT - timedelta(days=2)])
def test_certificates_of_a_later_time_are_refused(moment: datetime) -> None:
    item = evidence("attestation", attest(), observed_at=moment)
    assert_refused(appraise(item), "certificate_not_valid_at_that_time")


@pytest.mark.parametrize(
    "value",
    [b"", b"\x05\x00", der.octets(bytes(32)), nonce_extension(bytes(31)), nonce_extension(b"")],
)
def test_a_leaf_without_a_nonce_is_refused(value: bytes) -> None:
    assert_refused(of_attestation(attest(oids={NONCE_OID: value})), "certificate_without_nonce")


def test_a_leaf_with_a_key_on_another_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    leaf = issue("leaf", pki().authority, key=key, is_authority=False).der
    data = authenticator_data(new_key(), Says())
    item = attestation_object([leaf, pki().authority.der], receipt_of(leaf), data)

    assert_refused(of_attestation(item), "unreadable_certificate")


def test_a_certificate_that_names_two_algorithms_is_unreadable() -> None:
    inner, outer = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040303")
    data = pki().authority.der
    position = data.rindex(inner)

    with pytest.raises(CertificateError):
        read(data[:position] + outer + data[position + len(outer) :])


def attested_data(data: bytes, key: Any) -> Appraisal:
    leaf = leaf_for(key, data, Says())
    return of_attestation(attestation_object([leaf, pki().authority.der], receipt_of(leaf), data))


def parts_of(key: Any) -> dict[str, bytes]:
    return {
        "fixed": fixed_data(Says(), 0),
        "aaguid": b"appattest" + bytes(7),
        "size": b"\x00\x20",
        "id": key_id(key),
        "key": cose_key(key),
        "rest": b"",
    }


def test_authenticator_data_that_the_nonce_does_not_cover_is_refused() -> None:
    key = new_key()
    leaf = leaf_for(key, authenticator_data(key, Says()), Says())
    data = authenticator_data(key, Says(aaguid=b"appattestdevelop"))
    item = attestation_object([leaf, pki().authority.der], receipt_of(leaf), data)

    appraisal = of_attestation(item)
    assert_refused(appraisal, "nonce_mismatch")
    assert "attestation.binding_mismatch" in codes(appraisal, "present")
    assert_refused(of_attestation(item, challenge=None), "nonce_mismatch")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fixed": fixed_data(Says(), 1)}, "counter_is_not_zero"),
        ({"id": bytes(32)}, "key_mismatch"),
        ({"key": cose_key(new_key())}, "key_mismatch"),
        ({"size": b"\x00\x1f"}, "malformed"),
        ({"key": b"\xa0"}, "malformed"),
        ({"key": b"\x01"}, "malformed"),
        ({"key": b""}, "malformed"),
        ({"key": b"\xff"}, "malformed"),
        ({"key": canonical({1: 2, 3: -35, -1: 1, -2: bytes(32), -3: bytes(32)})}, "malformed"),
        ({"key": canonical({1: 2, 3: -7, -1: 1, -2: bytes(31), -3: bytes(32)})}, "malformed"),
        ({"key": canonical({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: True})}, "malformed"),
        ({"rest": b"\x01"}, "malformed"),
        ({"rest": b"\xa1"}, "malformed"),
        ({"rest": b"\xa0\xa0"}, "malformed"),
        ({"rest": b"\xa1\x61a" + b"\x81" * 9 + b"\x01"}, "malformed"),
        ({"rest": b"\xa2\x61a\x01\x61a\x02"}, "malformed"),
        ({"rest": canonical({"a": bytes(2000)})}, "malformed"),
    ],
)
def test_authenticator_data_of_another_form_is_refused(
    changes: dict[str, bytes], reason: str
) -> None:
    key = new_key()

    assert_refused(attested_data(b"".join((parts_of(key) | changes).values()), key), reason)


@pytest.mark.parametrize("size", [0, 36, 3000])
def test_an_assertion_of_another_size_is_refused(size: int) -> None:
    data = canonical({"signature": b"s", "authenticatorData": bytes(size)})

    assert_refused(of_assertion(new_key(), data), "malformed")


def test_an_assertion_of_another_key_is_refused() -> None:
    assert_refused(of_assertion(new_key(), assert_with(new_key())), "signature_mismatch")


def test_an_assertion_of_another_challenge_is_refused() -> None:
    key = new_key()

    assert_refused(of_assertion(key, challenge=b"another challenge"), "signature_mismatch")
