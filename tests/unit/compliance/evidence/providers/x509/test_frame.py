"""The frame of a certificate."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from compliance.evidence.demonstration import der
from compliance.evidence.providers.android_key_attestation.tags import (
    KEY_DESCRIPTION,
    KEY_DESCRIPTION_OID,
    PROVISIONING_INFO,
    PROVISIONING_INFO_OID,
)
from compliance.evidence.providers.x509.certificates import read_certificate
from compliance.evidence.providers.x509.der import DerError
from compliance.evidence.providers.x509.frame import read_frame
from tests.support.attestation import AT, chain_of


def extension(identifier: bytes, value: bytes, *more: bytes) -> bytes:
    return der.sequence([der.element(0x06, identifier), *more, der.octets(value)])


def certificate(
    *,
    serial: bytes = b"\x01",
    extensions: Sequence[bytes] = (),
    signature: bytes = b"\x00sig",
    fields: Sequence[bytes] = (),
) -> bytes:
    listed = [der.explicit(3, der.sequence(extensions))] if extensions else []
    signed = der.sequence(
        [der.explicit(0, der.integer(2)), der.element(0x02, serial), *fields, *listed]
    )
    return der.sequence([signed, der.sequence([]), der.element(0x03, signature)])


def test_serial_number_and_raw_extensions_are_read() -> None:
    critical = der.boolean(value=True)
    frame = read_frame(
        certificate(
            serial=b"\x00\x80",
            extensions=[extension(KEY_DESCRIPTION, b"key"), extension(b"\x55", b"x", critical)],
        )
    )

    assert frame.serial == 128
    assert frame.extensions == {KEY_DESCRIPTION: b"key", b"\x55": b"x"}


@pytest.mark.parametrize("der_bytes", chain_of(), ids=["leaf", "batch", "intermediate", "root"])
def test_it_agrees_with_the_library(der_bytes: bytes) -> None:
    library = x509.load_der_x509_certificate(der_bytes)
    frame = read_frame(der_bytes)

    assert frame.serial == library.serial_number
    assert len(frame.extensions) == len(library.extensions)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (certificate(serial=b"\x00"), "must be positive"),
        (certificate(serial=b"\x80"), "must be positive"),
        (certificate(signature=b"\x01sig"), "whole octets"),
        (certificate(signature=b""), "whole octets"),
        (certificate(extensions=[extension(b"\x55", b"")] * 2), "an extension stands twice"),
        (
            certificate(
                extensions=[extension(b"\x55", b"")],
                fields=[der.explicit(3, der.sequence([extension(b"\x56", b"")]))],
            ),
            "extensions stand twice",
        ),
        (certificate(extensions=[der.sequence([der.null()])]), "two or three parts, found 1"),
        (
            certificate(extensions=[extension(b"\x55", b"", der.element(0x01, b"\x01"))]),
            "a BOOLEAN must be 00 or FF",
        ),
        (der.sequence([der.sequence([])]), "three parts, found 1"),
        (
            der.sequence([der.sequence([]), der.null(), der.element(0x03, b"\x00")]),
            "expected a serial number",
        ),
    ],
)
def test_another_frame_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DerError, match=message):
        read_frame(data)


@pytest.mark.parametrize(
    ("oid", "content"),
    [(KEY_DESCRIPTION_OID, KEY_DESCRIPTION), (PROVISIONING_INFO_OID, PROVISIONING_INFO)],
)
def test_identifiers_in_der_are_those_in_words(oid: str, content: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    value = x509.UnrecognizedExtension(ObjectIdentifier(oid), b"value")
    written = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, AT, AT)
        .add_extension(value, critical=False)
        .sign(key, hashes.SHA256())
    )

    assert read_frame(written.public_bytes(Encoding.DER)).extensions == {content: b"value"}


def test_a_key_usage_that_is_not_canonical_does_not_spoil_a_genuine_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    not_canonical = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.15"), b"\x03\x02\x07\xff")
    written = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, AT, AT)
        .add_extension(not_canonical, critical=True)
        .sign(key, hashes.SHA256())
    )

    with pytest.raises(ValueError, match="parsing asn1"):
        len(written.extensions)
    assert read_certificate(written.public_bytes(Encoding.DER)).serial == 1
