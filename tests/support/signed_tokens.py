"""Synthetic signed tokens for tests: keys, and JWS made by hand so that flawed ones can be made too."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Key = ECKey | OctKey | OKPKey | RSAKey

SECRET = bytes(range(64))


@cache
def key_of(algorithm: str, *, number: int = 0) -> Key:
    """Return a private key; another one for each number."""
    match algorithm:
        case "ES256" | "ES384":
            return ECKey.generate_key("P-256" if algorithm == "ES256" else "P-384")
        case "EdDSA" | "Ed25519":
            return OKPKey.generate_key("Ed25519")
        case "HS256":
            return OctKey.import_key(bytes([number]) + SECRET)
        case _:
            return RSAKey.generate_key(2048)


def jwk_of(algorithm: str, *, number: int = 0, **more: Any) -> dict[str, Any]:
    """Return the public key as JWK, with more of its parameters."""
    return {**key_of(algorithm, number=number).as_dict(private=False), **more}


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(
    claims: Mapping[str, Any] | bytes,
    *,
    algorithm: str = "ES256",
    number: int = 0,
    key: Key | None = None,
    **header: Any,
) -> str:
    """Return a token; `claims` may be bytes that are no claims, and a header of None is left out."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    headers = {name: value for name, value in ({"alg": algorithm} | header).items() if value}
    text = f"{b64url(json.dumps(headers).encode())}.{b64url(payload)}"
    name = "Ed25519" if algorithm == "EdDSA" else algorithm
    signature = JWSRegistry.algorithms[name].sign(
        text.encode(), key or key_of(algorithm, number=number)
    )
    return f"{text}.{b64url(signature)}"


def flipped(text: str) -> Iterator[str]:
    """Yield every text that differs in one bit of one character; those that are ASCII still."""
    for index, character in enumerate(text):
        for bit in range(7):
            yield f"{text[:index]}{chr(ord(character) ^ (1 << bit))}{text[index + 1 :]}"
