"""Kinds of keys: of the attested key, and of those that certify it."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)

from compliance.evidence.demonstration.authority import Issuer
from compliance.evidence.providers.shape import Appraisal, TrustMaterial
from tests.support.attestation import (
    anchored,
    appraise_one,
    codes,
    der_of,
    evidence_of,
    issuer,
    leaf_under,
    states,
    under_unknown_algorithm,
)

ROOT = issuer()
MLDSA: dict[str, Callable[[], CertificateIssuerPrivateKeyTypes]] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey.generate,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey.generate,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey.generate,
}


def appraised(leaf: bytes, *issuers: Issuer) -> Appraisal:
    """The appraisal of a leaf under issuers, the root last."""
    chain = [leaf, *map(der_of, issuers)]
    against = TrustMaterial(anchors=(anchored(issuers[-1]),))
    return appraise_one(evidence_of(chain), against=against)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (ec.generate_private_key(ec.SECP256R1()).public_key(), "EC secp256r1"),
        (rsa.generate_private_key(65537, 2048).public_key(), "RSA 2048"),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "Ed25519"),
        (x25519.X25519PrivateKey.generate().public_key(), "X25519"),
        *((generate().public_key(), name) for name, generate in MLDSA.items()),
    ],
)
def test_the_kind_of_the_attested_key_is_told(key: CertificatePublicKeyTypes, name: str) -> None:
    appraisal = appraised(leaf_under(ROOT, key=key), ROOT)

    assert appraisal.verified
    assert appraisal.details["key_algorithm"] == name
    assert "attestation.unevaluated" not in states(appraisal)


def test_an_attested_key_of_an_unknown_kind_is_told_and_was_not_evaluated() -> None:
    appraisal = appraised(under_unknown_algorithm(ROOT), ROOT)

    assert appraisal.verified
    assert appraisal.details["key_algorithm"] == "unknown"
    assert codes(appraisal, "present") == {"attestation.unevaluated"}


@pytest.mark.parametrize("generate", MLDSA.values(), ids=MLDSA)
def test_a_post_quantum_chain_verifies_from_leaf_to_root(
    generate: Callable[[], CertificateIssuerPrivateKeyTypes],
) -> None:
    root = issuer(key=generate())
    batch = issuer(root, key=generate())
    appraisal = appraised(leaf_under(batch, key=generate().public_key()), batch, root)

    assert appraisal.verified
    assert codes(appraisal, "present") == set()


def test_a_post_quantum_signature_of_another_key_does_not_verify() -> None:
    root = issuer(key=mldsa.MLDSA65PrivateKey.generate())
    twin = issuer(key=mldsa.MLDSA65PrivateKey.generate())
    appraisal = appraised(leaf_under(twin), root)

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert appraisal.details["reason"] == "signature_or_name_mismatch"


def test_a_leaf_under_a_key_of_an_unknown_kind_is_refused_with_the_reason() -> None:
    unknown = x509.load_der_x509_certificate(under_unknown_algorithm(ROOT))
    appraisal = appraised(leaf_under(Issuer(ROOT.key, unknown)), Issuer(ROOT.key, unknown), ROOT)

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert appraisal.details["reason"] == "unknown_algorithm"
    assert appraisal.details["certificate"] == 0


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP224R1()),
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - weak on purpose
        ed448.Ed448PrivateKey.generate(),
    ],
    ids=["P-224", "RSA-1024", "Ed448"],
)
def test_a_key_that_is_not_accepted_is_refused_with_the_reason(
    key: CertificateIssuerPrivateKeyTypes,
) -> None:
    batch = issuer(ROOT, key=key)
    appraisal = appraised(leaf_under(batch), batch, ROOT)

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert appraisal.details["reason"] == "algorithm_not_accepted"
