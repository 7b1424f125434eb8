"""Public keys on P-256: the forms in which back-ends keep them, and the one whose digest is a key's id."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

PEM: Final = "-----BEGIN PUBLIC KEY-----"
_POINT_SIZE: Final = 65


def read_key(data: bytes) -> ec.EllipticCurvePublicKey | None:
    """Return the key of PEM, of a SubjectPublicKeyInfo (DER) or of an uncompressed point; None: it is none."""
    try:
        if len(data) == _POINT_SIZE:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
        load = load_pem_public_key if data.startswith(PEM.encode()) else load_der_public_key
        key = load(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        return None
    return key


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a key as an uncompressed point: what its id is the digest of."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
