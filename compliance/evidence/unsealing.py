"""Opens sealed input with the PSP's private key. For the PSP's own machine: the service never comes here. Pure."""
# SPDX-License-Identifier: Apache-2.0

import json
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from compliance.evidence.errors import UnsealingError
from compliance.evidence.public_keys import CONTENT
from compliance.evidence.sealed_inputs import SealedInputError, read_header

PrivateKey = ECKey | OKPKey | RSAKey

PRIVATE_KEY_LIMIT: Final = 32 * 1024
_KINDS: Final[dict[str, type[PrivateKey]]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
_EXPECTED: Final = "expected a private key in PEM (PKCS #8) or as JWK, of P-256, X25519 or RSA"


def read_private_key(content: bytes, *, passphrase: bytes | None = None) -> PrivateKey:
    """Return the private key that a file holds; `passphrase` is for PEM alone.

    Raises:
        UnsealingError: if it is none that input can be sealed to, or the passphrase is missing or wrong.
    """
    if len(content) > PRIVATE_KEY_LIMIT:
        raise UnsealingError(f"the private key: expected at most {PRIVATE_KEY_LIMIT} bytes")
    if content.lstrip().startswith(b"{"):
        return _from_jwk(content)
    try:
        key = load_pem_private_key(content, passphrase or None)
    except TypeError as error:
        how = "needs no passphrase" if passphrase else "needs its passphrase"
        raise UnsealingError(f"the private key {how}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        wrong = " (is the passphrase right?)" if passphrase else ""
        raise UnsealingError(f"the private key cannot be read{wrong}: {_EXPECTED}") from error
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return ECKey.import_key(pem)
    if isinstance(key, X25519PrivateKey):
        return OKPKey.import_key(pem)
    if isinstance(key, RSAPrivateKey):
        return RSAKey.import_key(pem)
    raise UnsealingError(_EXPECTED)


def open_sealed_input(sealed: str, key: PrivateKey) -> bytes:
    """Return what was sealed.

    Raises:
        UnsealingError: if `sealed` is no sealed input, was changed, or is sealed to another key.
    """
    try:
        header = read_header(sealed)
    except SealedInputError as error:
        raise UnsealingError(f"this is no sealed input: {error}") from error
    try:
        opened = jwe.decrypt_compact(sealed, key, algorithms=[header.algorithm, CONTENT])
    # joserfc lets a mismatch of key and header out as one of these too.
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise UnsealingError(
            f"the private key does not open it: it is sealed to the key `{header.kid}`, by "
            f"{header.algorithm}, or it was changed"
        ) from error
    if opened.plaintext is None:
        raise UnsealingError("there is nothing in it")
    return opened.plaintext


def _from_jwk(content: bytes) -> PrivateKey:
    """Return the private key of a JWK."""
    try:
        jwk = json.loads(content)
        key = _KINDS[jwk["kty"]].import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnsealingError(_EXPECTED) from error
    if not key.is_private:
        raise UnsealingError("this is the public key: what it seals, it does not open")
    return key
