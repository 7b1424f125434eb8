"""The form in which a back-end sends a chain, and what it expects the chain to be bound to."""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.key_description import (
    MAX_CHALLENGE,
    MAX_PACKAGE_NAME,
)
from compliance.evidence.providers.shape import Evidence, EvidenceShapeError, unknown_fields
from policies.documents import Problem

MAX_CHAIN: Final = 10
MAX_CERTIFICATE_SIZE: Final = 16 * 1024
_MAX_TEXT: Final = MAX_CERTIFICATE_SIZE // 3 * 4 + 4
_FIELDS: Final = frozenset({"chain"})
_EXPECTED: Final = frozenset({"challenge", "package", "signature_digest"})
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIGEST_SIZE: Final = 32


class Expected(NamedTuple):
    """What the attestation must be bound to; None where the back-end did not say."""

    challenge: bytes | None
    package: str | None
    signature_digest: bytes | None


def read_payload(evidence: Evidence) -> tuple[tuple[bytes, ...], Expected]:
    """Return the chain (DER, leaf first) and what is expected of it; certificates are not read yet.

    Raises:
        EvidenceShapeError: if something is missing, unknown, too much, or not base64.
    """
    problems = unknown_fields("/payload", evidence.payload, _FIELDS)
    problems += unknown_fields("/expected", evidence.expected, _EXPECTED)
    chain = _chain(evidence.payload.get("chain"), problems)
    expected = _expected(evidence.expected, problems)
    if problems:
        raise EvidenceShapeError(problems)
    return chain, expected


def _chain(chain: Any, problems: list[Problem]) -> tuple[bytes, ...]:
    """Return the certificates in DER, as far as they could be read."""
    if not isinstance(chain, list) or not chain:
        problems.append(
            Problem("/payload/chain", "expected a list of certificates (base64 DER), leaf first")
        )
        return ()
    if len(chain) > MAX_CHAIN:
        problems.append(Problem("/payload/chain", f"expected at most {MAX_CHAIN} certificates"))
        return ()
    certificates = []
    for index, text in enumerate(chain):
        try:
            certificates.append(_certificate(text))
        except ValueError as error:
            problems.append(Problem(f"/payload/chain/{index}", str(error)))
    return tuple(certificates)


def _certificate(text: Any) -> bytes:
    """Return the bytes of one certificate; raises ValueError with what was expected."""
    if not isinstance(text, str):
        raise ValueError("expected a string")  # noqa: TRY004 - one error for one caller
    if len(text) > _MAX_TEXT:
        raise ValueError(f"expected at most {MAX_CERTIFICATE_SIZE} bytes")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("expected standard base64 (RFC 4648, section 4)") from error
    if not 0 < len(data) <= MAX_CERTIFICATE_SIZE:
        raise ValueError(f"expected 1 to {MAX_CERTIFICATE_SIZE} bytes")
    return data


def _expected(expected: Mapping[str, Any], problems: list[Problem]) -> Expected:
    """Return what the back-end expects, as far as it could be read."""
    readers = {"challenge": _challenge, "package": _package, "signature_digest": read_digest}
    values: dict[str, Any] = dict.fromkeys(readers)
    for key, read in readers.items():
        if key not in expected:
            continue
        try:
            values[key] = read(expected[key])
        except ValueError as error:
            problems.append(Problem(f"/expected/{key}", str(error)))
    return Expected(**values)


def _challenge(text: Any) -> bytes:
    """Return the challenge from standard or URL-safe base64, padded or not."""
    data = _decode_any(text)
    if data is None or not 0 < len(data) <= MAX_CHALLENGE:
        raise ValueError(f"expected base64 of 1 to {MAX_CHALLENGE} bytes")
    return data


def _package(text: Any) -> str:
    """Return the package name."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_PACKAGE_NAME:
        raise ValueError(f"expected a package name of 1 to {MAX_PACKAGE_NAME} characters")
    return text


def read_digest(text: Any) -> bytes:
    """Return the SHA-256 of the app's signing certificate from hexadecimal or base64."""
    if isinstance(text, str):
        hexadecimal = text.replace(":", "").lower()
        if _HEX_DIGEST.fullmatch(hexadecimal):
            return bytes.fromhex(hexadecimal)
        data = _decode_any(text)
        if data is not None and len(data) == _DIGEST_SIZE:
            return data
    raise ValueError("expected the SHA-256 of a certificate, hexadecimal or base64")


def _decode_any(text: Any) -> bytes | None:
    """Return the bytes of standard or URL-safe base64, padded or not; None for anything else."""
    if not isinstance(text, str) or len(text) > 2 * MAX_CHALLENGE:
        return None
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
