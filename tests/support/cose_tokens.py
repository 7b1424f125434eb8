"""Synthetic CBOR web tokens for tests: written by another library, flawed ones too."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, Final

import cbor2
from joserfc.jws import JWSRegistry

from tests.support.signed_tokens import b64url, key_of

ALGORITHMS: Final = {"ES256": -7, "ES384": -35, "EdDSA": -8, "Ed25519": -19, "PS256": -37}


def cose_bytes(
    claims: Any,
    *,
    algorithm: str = "ES256",
    number: int = 0,
    protected: Mapping[Any, Any] | bytes | None = None,
    unprotected: Mapping[Any, Any] | None = None,
    tags: bytes = b"\xd2",
) -> bytes:
    """Return a token; `claims` may be bytes that are no claims, `protected` bytes that are no header."""
    payload = claims if isinstance(claims, bytes) else cbor2.dumps(claims)
    header = {1: ALGORITHMS[algorithm]} if protected is None else protected
    head = header if isinstance(header, bytes) else cbor2.dumps(dict(header))
    name = "Ed25519" if algorithm == "EdDSA" else algorithm
    signature = JWSRegistry.algorithms[name].sign(
        cbor2.dumps(["Signature1", head, b"", payload]), key_of(algorithm, number=number)
    )
    return tags + cbor2.dumps([head, dict(unprotected or {}), payload, signature])


def cose(claims: Any, **more: Any) -> str:
    """Return a token as text."""
    return b64url(cose_bytes(claims, **more))
