"""The table of known roots, held against the makers' own certificates; adding one needs no second person."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from compliance.evidence.known_roots import KNOWN_ROOTS
from compliance.evidence.models import AnchorState
from compliance.evidence.providers.x509.certificates import read_certificate
from tests.support.anchored import propose_root
from tests.support.factories import make_psp

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
GOOGLE = VECTORS / "android-key-attestation" / "roots.json"
APPLE = VECTORS / "apple-app-attest"

pytestmark = pytest.mark.skipif(not GOOGLE.is_file(), reason=f"no sample evidence in {VECTORS}")


def roots() -> Iterator[tuple[str, x509.Certificate]]:
    for pem in json.loads(GOOGLE.read_text()):
        yield "android_key_attestation", x509.load_pem_x509_certificate(pem.encode())
    pem = (APPLE / "Apple_App_Attestation_Root_CA.pem").read_bytes()
    yield "apple_app_attest", x509.load_pem_x509_certificate(pem)
    data = (APPLE / "AppleRootCA-G3.cer").read_bytes()
    yield "apple_app_attest", x509.load_der_x509_certificate(data)


def test_the_table_is_what_the_certificates_say() -> None:
    found: dict[str, set[str]] = {}
    for provider, certificate in roots():
        digest = read_certificate(certificate.public_bytes(Encoding.DER)).public_key_digest
        found.setdefault(provider, set()).add(digest)

    assert {provider: set(known) for provider, known in KNOWN_ROOTS.items()} == found


@pytest.mark.django_db
def test_a_known_root_is_trusted_at_once_and_for_its_own_provider_alone() -> None:
    psp = make_psp()
    for provider, certificate in roots():
        pem = certificate.public_bytes(Encoding.PEM)
        (other,) = KNOWN_ROOTS.keys() - {provider}

        assert propose_root(psp, provider=provider, pem=pem).state is AnchorState.TRUSTED
        assert propose_root(psp, provider=other, pem=pem).state is AnchorState.PROPOSED
