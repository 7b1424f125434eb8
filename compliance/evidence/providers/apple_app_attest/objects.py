"""The objects that the app gets from the system: attestation and assertion (CBOR)."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any, Final, NamedTuple

from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.cbor import CborError, decode

FORMAT: Final = "apple-appattest"


class AttestationObject(NamedTuple):
    """An attestation as it comes; nothing is verified."""

    chain: tuple[bytes, ...]
    receipt: bytes
    authenticator_data: bytes


class AssertionObject(NamedTuple):
    """An assertion as it comes; nothing is verified."""

    signature: bytes
    authenticator_data: bytes


def read_attestation(data: bytes) -> AttestationObject:
    """Return the parts of an attestation.

    Raises:
        NotVerifiedError: if it has another form.
    """
    parts = _map(data, ["fmt", "attStmt", "authData"])
    if parts["fmt"] != FORMAT:
        raise NotVerifiedError(Reason.FORMAT)
    statement = parts["attStmt"]
    if not isinstance(statement, dict) or list(statement) != ["x5c", "receipt"]:
        raise NotVerifiedError(Reason.MALFORMED)
    chain = statement["x5c"]
    if not isinstance(chain, list):
        raise NotVerifiedError(Reason.MALFORMED)
    _require_bytes(*chain, statement["receipt"], parts["authData"])
    return AttestationObject(tuple(chain), statement["receipt"], parts["authData"])


def read_assertion(data: bytes) -> AssertionObject:
    """Return the parts of an assertion.

    Raises:
        NotVerifiedError: if it has another form.
    """
    parts = _map(data, ["signature", "authenticatorData"])
    _require_bytes(*parts.values())
    return AssertionObject(parts["signature"], parts["authenticatorData"])


def _map(data: bytes, keys: list[str]) -> dict[str, Any]:
    """Return a map of exactly these keys, in this order: CTAP2's canonical one, which Apple writes."""
    try:
        parts = decode(data)
    except CborError as error:
        raise NotVerifiedError(Reason.MALFORMED) from error
    if not isinstance(parts, dict) or list(parts) != keys:
        raise NotVerifiedError(Reason.MALFORMED)
    return parts


def _require_bytes(*values: Any) -> None:
    """Refuse anything but byte strings."""
    if not all(isinstance(value, bytes) for value in values):
        raise NotVerifiedError(Reason.MALFORMED)
