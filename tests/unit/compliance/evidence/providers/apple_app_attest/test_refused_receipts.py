"""Receipts that do not verify."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration import der
from compliance.evidence.providers.apple_app_attest import ber
from compliance.evidence.providers.apple_app_attest.roots import ATTESTATION_ROOT, RECEIPT_ROOT
from tests.support.app_attest import (
    APP_ID,
    AT,
    RECEIPT_SIGNER_OID,
    Issuer,
    Says,
    attest,
    attestation_object,
    authenticator_data,
    indefinite,
    issue,
    leaf_for,
    new_key,
    of_attestation,
    of_receipt,
    pki,
    receipt_content,
    receipt_fields,
    receipt_of,
    renewed,
    signed_data,
    time_text,
)
from tests.support.app_attest_refusals import assert_refused, attested_under


@pytest.mark.parametrize(
    "receipt", [b"", b"\x30\x00", b"\x30", b"\x1f\x01\x00", b"\x04\x80\x00\x00", b"\x30\x84" * 2]
)
def test_an_attestation_with_a_receipt_that_cannot_be_read_is_refused(receipt: bytes) -> None:
    key, says = new_key(), Says()
    data = authenticator_data(key, says)
    leaf = leaf_for(key, data, says)
    item = attestation_object([leaf, pki().authority.der], receipt, data)

    assert_refused(of_attestation(item), "malformed_receipt")


def test_an_attestation_with_the_receipt_of_another_key_is_refused() -> None:
    key, says = new_key(), Says()
    data = authenticator_data(key, says)
    leaf = leaf_for(key, data, says)
    other = leaf_for(new_key(), data, says)
    item = attestation_object([leaf, pki().authority.der], receipt_of(other), data)

    assert_refused(of_attestation(item), "receipt_of_another_key_or_app")


def test_an_attestation_with_the_receipt_of_another_app_is_refused() -> None:
    item = attest(receipt={2: b"TEAMID1234.de.other"})

    assert_refused(of_attestation(item), "receipt_of_another_key_or_app")


def content_of(**changes: Any) -> bytes:
    key, says = new_key(), replace(Says(), **changes)
    return receipt_content(
        receipt_fields(leaf_for(key, authenticator_data(key, says), says), says, b"RECEIPT")
    )


def test_receipts_come_with_lengths_of_both_kinds_and_with_or_without_the_root() -> None:
    two = [pki().receipt_signer.der, pki().receipt_authority.der]
    forms = [
        signed_data(content_of(), is_indefinite=False),
        signed_data(content_of()),
        signed_data(content_of(), certificates=two),
    ]

    assert all(of_receipt(each).verified for each in forms)


def test_a_receipt_whose_content_was_changed_is_refused() -> None:
    changed = signed_data(content_of(), is_indefinite=False).replace(b"production", b"Production")

    assert_refused(of_receipt(changed), "receipt_signature_mismatch")


def test_a_key_under_the_same_root_that_is_not_marked_signs_no_receipts() -> None:
    unmarked = issue("developer", pki().receipt_authority, is_authority=False)
    listed = [unmarked.der, pki().receipt_authority.der]
    receipt = signed_data(content_of(), signer=unmarked, certificates=listed)

    assert_refused(of_receipt(receipt), "receipt_signed_by_another_authority")


def marked(parent: Issuer, **options: Any) -> Issuer:
    oids = {RECEIPT_SIGNER_OID: der.null()}
    return issue("receipt signer", parent, oids=oids, **{"is_authority": False, **options})


def test_an_authority_signs_no_receipts() -> None:
    signer = marked(pki().receipt_authority, is_authority=True)
    listed = [signer.der, pki().receipt_authority.der]
    receipt = signed_data(content_of(), signer=signer, certificates=listed)

    assert_refused(of_receipt(receipt), "receipt_signed_by_another_authority")


def foreign() -> tuple[Issuer, list[bytes]]:
    root = issue("root", None)
    authority = issue("receipt authority", root)
    signer = marked(authority)
    return signer, [signer.der, authority.der, root.der]


def not_an_authority() -> tuple[Issuer, list[bytes]]:
    authority = issue("developer", pki().root, is_authority=False)
    signer = marked(authority)
    return signer, [signer.der, authority.der]


def of_a_twin() -> tuple[Issuer, list[bytes]]:
    signer = marked(issue("receipt authority", pki().root))
    return signer, [signer.der, pki().receipt_authority.der]


def with_another_root() -> tuple[Issuer, list[bytes]]:
    signer, authority = pki().receipt_signer, pki().receipt_authority
    return signer, [signer.der, authority.der, issue("root", None).der]


def with_a_stranger() -> tuple[Issuer, list[bytes]]:
    signer, authority = pki().receipt_signer, pki().receipt_authority
    return signer, [signer.der, authority.der, pki().authority.der]


def with_two_signers() -> tuple[Issuer, list[bytes]]:
    signer, authority = pki().receipt_signer, pki().receipt_authority
    return signer, [signer.der, signer.der, authority.der]


def without_signer() -> tuple[Issuer, list[bytes]]:
    return pki().receipt_signer, [pki().receipt_authority.der, pki().root.der]


@pytest.mark.parametrize(
    "made",
    [
        foreign,
        not_an_authority,
        of_a_twin,
        with_another_root,
        with_a_stranger,
        with_two_signers,
        without_signer,
    ],
)
def test_a_receipt_that_does_not_lead_to_the_root_is_refused(
    made: Callable[[], tuple[Issuer, list[bytes]]],
) -> None:
    signer, listed = made()
    receipt = signed_data(content_of(), signer=signer, certificates=listed)

    assert_refused(of_receipt(receipt), "untrusted_receipt")


@pytest.mark.parametrize("count", [1, 4])
def test_a_receipt_has_two_or_three_certificates(count: int) -> None:
    listed = [pki().receipt_signer.der, pki().receipt_authority.der, pki().root.der]
    receipt = signed_data(content_of(), certificates=(listed * 2)[:count])

    assert_refused(of_receipt(receipt), "malformed_receipt")


def test_a_receipt_signed_on_another_curve_is_refused() -> None:
    signer = marked(pki().receipt_authority, key=ec.generate_private_key(ec.SECP384R1()))
    listed = [signer.der, pki().receipt_authority.der]

    assert_refused(
        of_receipt(signed_data(content_of(), signer=signer, certificates=listed)),
        "malformed_receipt",
    )


def test_dates_of_a_receipts_signer_count_at_its_creation() -> None:
    dates = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    signer = marked(pki().receipt_authority, dates=dates)
    listed = [signer.der, pki().receipt_authority.der]
    in_time = signed_data(content_of(), signer=signer, certificates=listed)
    too_late = signed_data(
        content_of(receipt={12: time_text(AT + timedelta(days=30))}),
        signer=signer,
        certificates=listed,
    )

    assert of_receipt(in_time, at=AT + timedelta(days=20)).verified
    assert_refused(
        of_receipt(too_late, at=AT + timedelta(days=30)), "certificate_not_valid_at_that_time"
    )


@pytest.mark.parametrize("missing", [2, 3, 6, 12, 21])
def test_a_receipt_without_what_every_receipt_says_is_refused(missing: int) -> None:
    receipt = renewed(new_key(), b"1", receipt={missing: None})

    assert_refused(of_receipt(receipt), "malformed_receipt")


@pytest.mark.parametrize(
    "fields",
    [
        {12: b"yesterday"},
        {12: b"2026-13-23T10:15:05Z"},
        {21: b"2026-11-23T10:15:05+00:00"},
        {21: b"2026-11-23T10:15:05.1234567Z"},
        {2: b""},
        {2: b"\xff"},
        {2: b"a" * 256},
        {3: b"no certificate"},
        {3: pki().root.der[:-1]},
    ],
)
def test_a_receipt_whose_fields_cannot_be_read_is_refused(fields: dict[int, bytes]) -> None:
    receipt = renewed(new_key(), b"1", receipt=fields)

    assert_refused(of_receipt(receipt), "malformed_receipt")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30\x00",
        der.element(0x31, der.integer(1)),
        der.element(0x31, der.sequence([der.integer(2), der.integer(1)])),
        der.element(
            0x31, der.sequence([der.integer(2), der.integer(1), der.octets(APP_ID.encode())]) * 2
        ),
    ],
)
def test_a_receipt_whose_content_is_no_set_of_fields_is_refused(content: bytes) -> None:
    assert_refused(of_receipt(signed_data(content, is_indefinite=False)), "malformed_receipt")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("06092a864886f70d010702", "06092a864886f70d010703"),  # SignedData
        ("06092a864886f70d010701", "06092a864886f70d010704"),  # data
        ("310f300d06096086480165030402010500", "310f300d06096086480165030402020500"),  # SHA-256
        ("300a06082a8648ce3d04030204", "300a06082a8648ce3d04030304"),  # ECDSA with SHA-256
        ("020101310f", "020103310f"),  # version
    ],
)
def test_a_receipt_in_another_frame_is_refused(old: str, new: str) -> None:
    receipt = signed_data(content_of())
    assert bytes.fromhex(old) in receipt
    changed = receipt.replace(bytes.fromhex(old), bytes.fromhex(new))

    assert_refused(of_receipt(changed), "malformed_receipt")


@pytest.mark.parametrize(
    "octets",
    [
        indefinite(0x24, der.integer(1)),
        der.integer(1),
        der.octets(b"a") + der.octets(b"b"),
        b"",
    ],
)
def test_a_receipt_without_one_content_is_refused(octets: bytes) -> None:
    content = content_of()
    receipt = signed_data(content, is_indefinite=False)
    start = receipt.index(bytes.fromhex("06092a864886f70d010701"))
    inner = bytes.fromhex("06092a864886f70d010701") + der.element(0xA0, octets)
    old = bytes.fromhex("06092a864886f70d010701") + der.element(0xA0, der.octets(content))
    assert receipt[start:].startswith(old)
    (outer,) = ber.read_items(receipt)
    signed = ber.read_items(ber.read_items(outer.content)[1].content)[0]
    parts = [item.raw for item in ber.read_items(signed.content)]
    parts[2] = der.element(0x30, inner)
    rebuilt_receipt = der.sequence(
        [
            bytes.fromhex("06092a864886f70d010702"),
            der.element(0xA0, der.sequence(parts)),
        ]
    )

    assert_refused(of_receipt(rebuilt_receipt), "malformed_receipt")


@pytest.mark.parametrize("root", [ATTESTATION_ROOT, RECEIPT_ROOT])
def test_the_pinned_keys_are_those_of_their_digests(root: Any) -> None:
    spki = root.public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    assert root.public_key_digest == f"sha256:{hashlib.sha256(spki).hexdigest()}"


def test_a_certificate_that_only_names_apples_root_is_not_trusted() -> None:
    name = x509.Name.from_rfc4514_string(ATTESTATION_ROOT.name)
    key = new_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    impostor = Issuer(key, certificate)

    assert_refused(attested_under(impostor), "untrusted_root")
