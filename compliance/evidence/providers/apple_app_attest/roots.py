"""Apple's roots of App Attest, as facts: their public keys, pinned by SHA-256.

Source: the public root certificates at https://www.apple.com/certificateauthority/ (Apple App
Attestation Root CA, to 2045; Apple Root CA - G3, to 2039). Attestations do not carry their root, so
the key itself is needed to verify what it signed.
"""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True, eq=False)
class KnownRoot:
    """A root that every PSP trusts.

    `name` is its subject (RFC 4514); `public_key_digest` is `sha256:<hex>` of its
    SubjectPublicKeyInfo. Roots are compared by identity, so that they can be keys of a cache.
    """

    label: str
    name: str
    public_key_digest: str
    public_key: ec.EllipticCurvePublicKey


def _point(text: str) -> ec.EllipticCurvePublicKey:
    """Return a key on P-384 from its uncompressed point."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), bytes.fromhex(text))


ATTESTATION_ROOT: Final = KnownRoot(
    label="Apple App Attestation Root CA",
    name="ST=California,O=Apple Inc.,CN=Apple App Attestation Root CA",
    public_key_digest="sha256:1ae751fd29896d0f1f13fe226c063f445d40d8938acc6245c251ecc0679330bd",
    public_key=_point(
        "04"
        "4531e198b5b4ec04da1502045704ed4f877272d76135b26116cfc88b615d0a000719ba69858dfe77caa3b839e020ddd6"
        "56141404702831e43f70b88fd6c394b608ea2bd6ae61e9f598c12f46af52937266e57f14eb61fec530f7144f53812e35"
    ),
)
"""Signs the authorities that certify attested keys, and nothing else."""

RECEIPT_ROOT: Final = KnownRoot(
    label="Apple Root CA - G3",
    name="C=US,O=Apple Inc.,OU=Apple Certification Authority,CN=Apple Root CA - G3",
    public_key_digest="sha256:9b219d0fbff36a5fb32090571906bceea68617c833a3f61b81e962a8e64db8af",
    public_key=_point(
        "04"
        "98e92f3d4072a4ed93227281131cdd1095f1c5a34e71dc1416d90ee5a6052a77647b5f4e38d3bb1c44b57ff51fb63262"
        "5dc9e9845b4f304f115a00fd58580ca5f50f2c4d07471375da9797976f315ced2b9d7b203bd8b954d95e99a43a510a31"
    ),
)
"""Signs many authorities of Apple's, and through them keys of developers: who signs receipts must be marked."""
