"""The forms in which a back-end sends evidence of App Attest, and what it expects of it."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.providers.apple_app_attest.keys import PEM, read_key
from compliance.evidence.providers.apple_app_attest.settings import is_app_id
from compliance.evidence.providers.shape import (
    Evidence,
    EvidenceShapeError,
    Mode,
    unknown_fields,
)
from policies.documents import Problem

MAX_ATTESTATION: Final = 32 * 1024
MAX_ASSERTION: Final = 4 * 1024
MAX_RECEIPT: Final = 16 * 1024
MAX_CHALLENGE: Final = 4 * 1024
MAX_PUBLIC_KEY: Final = 512
MAX_COUNTER: Final = 2**32 - 1
DIGEST_SIZE: Final = 32
_MIN_RAW_CHALLENGE: Final = 16

_COUNTER = re.compile(r"0|[1-9][0-9]{0,9}")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What the evidence is."""

    ATTESTATION = "attestation"
    ASSERTION = "assertion"
    RECEIPT = "receipt"
    SUPPORT = "is_supported"


class Expected(NamedTuple):
    """What the evidence must be bound to; None where the back-end did not say.

    `client_data` are the octets of which the app may have had one attested: the digest of the challenge,
    and the challenge itself, since Apple's own sample of 2026 leaves the digest out.
    """

    client_data: tuple[bytes, ...] = ()
    app_id: str | None = None
    key_id: bytes | None = None
    public_key: ec.EllipticCurvePublicKey | None = None
    last_counter: int | None = None


class Item(NamedTuple):
    """One item: what it is, its octets, and the digest that the app says it had attested."""

    kind: Kind
    data: bytes
    client_data_hash: bytes | None
    is_supported: bool
    expected: Expected


_SIZES: Final = {
    Kind.ATTESTATION: MAX_ATTESTATION,
    Kind.ASSERTION: MAX_ASSERTION,
    Kind.RECEIPT: MAX_RECEIPT,
}
_BINDING: Final = frozenset({"challenge", "client_data_hash", "app_id", "key_id"})
_EXPECTED: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.ATTESTATION: _BINDING,
    Kind.ASSERTION: _BINDING | {"public_key", "last_counter"},
    Kind.RECEIPT: frozenset({"app_id", "key_id"}),
    Kind.SUPPORT: frozenset(),
}


def read_item(evidence: Evidence) -> Item:
    """Return the item; what is in its octets is not read yet.

    Raises:
        EvidenceShapeError: if something is missing, unknown, too much, or not of its form.
    """
    kind = _kind(evidence)
    fields = {kind.value}
    if kind in {Kind.ATTESTATION, Kind.ASSERTION}:
        fields.add("client_data_hash")
    problems = unknown_fields("/payload", evidence.payload, fields)
    problems += unknown_fields("/expected", evidence.expected, _EXPECTED[kind])
    expected = _expected(evidence.expected, kind, problems)
    value = evidence.payload[kind.value]
    data, claimed = b"", None
    if kind is Kind.SUPPORT:
        if not isinstance(value, bool):
            problems.append(Problem("/payload/is_supported", "expected true or false"))
    else:
        data = _read(value, _octets(_SIZES[kind]), f"/payload/{kind}", problems) or b""
    if "client_data_hash" in evidence.payload and "client_data_hash" in fields:
        text = evidence.payload["client_data_hash"]
        claimed = _read(text, _digest, "/payload/client_data_hash", problems)
    elif kind is Kind.ASSERTION and not evidence.expected.keys() & {
        "challenge",
        "client_data_hash",
    }:
        problems.append(
            Problem(
                "/expected/client_data_hash",
                "expected it, or `challenge`: without it an assertion cannot be verified",
            )
        )
    if problems:
        raise EvidenceShapeError(problems)
    return Item(kind, data, claimed, value is True, expected)


def _kind(evidence: Evidence) -> Kind:
    """Return which kind of evidence the payload is, of those that its mode allows."""
    if evidence.mode is Mode.REPORTED:
        allowed: tuple[Kind, ...] = (Kind.SUPPORT,)
    else:
        allowed = (Kind.ATTESTATION, Kind.ASSERTION, Kind.RECEIPT)
    found = [kind for kind in allowed if kind.value in evidence.payload]
    if len(found) != 1:
        one_of = " or ".join(f"`{kind}`" for kind in allowed)
        raise EvidenceShapeError.at("/payload", f"expected {one_of}, and one of them only")
    return found[0]


def _read(
    value: Any, read: Callable[[Any], Any], pointer: str, problems: list[Problem]
) -> Any | None:
    """Return what a reader makes of a value; None and a problem where it refuses."""
    try:
        return read(value)
    except ValueError as error:
        problems.append(Problem(pointer, str(error)))
        return None


def _expected(given: Mapping[str, Any], kind: Kind, problems: list[Problem]) -> Expected:
    """Return what the back-end expects, as far as it could be read."""
    values: dict[str, Any] = {
        name: _read(given[name], read, f"/expected/{name}", problems)
        for name, read in _READERS.items()
        if name in given and name in _EXPECTED[kind]
    }
    challenge, digest = values.pop("challenge", None), values.pop("client_data_hash", None)
    if "challenge" in given and "client_data_hash" in given:
        problems.append(Problem("/expected/challenge", "expected it or `client_data_hash`"))
    if kind is Kind.ASSERTION and "public_key" not in given:
        problems.append(
            Problem("/expected/public_key", "expected the key that was registered at attestation")
        )
    client_data: tuple[bytes, ...] = ()
    if challenge is not None:
        client_data = (hashlib.sha256(challenge).digest(),)
        if len(challenge) >= _MIN_RAW_CHALLENGE:
            client_data += (challenge,)
    elif digest is not None:
        client_data = (digest,)
    return Expected(client_data=client_data, **values)


def _octets(size: int) -> Callable[[Any], bytes]:
    """Return a reader of standard base64 (RFC 4648, section 4) of 1 to `size` octets."""

    def read(text: Any) -> bytes:
        if not isinstance(text, str) or len(text) > size // 3 * 4 + 4:
            raise ValueError(f"expected base64 of 1 to {size} bytes")
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("expected standard base64 (RFC 4648, section 4)") from error
        if not 0 < len(data) <= size:
            raise ValueError(f"expected base64 of 1 to {size} bytes")
        return data

    return read


def _either_base64(text: Any, size: int) -> bytes:
    """Return the octets of standard or URL-safe base64, padded or not."""
    if not isinstance(text, str):
        raise ValueError("expected a string")  # noqa: TRY004 - one error for one caller
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    return _octets(size)(standard + "=" * (-len(standard) % 4))


def _digest(text: Any) -> bytes:
    """Return a SHA-256 digest from hexadecimal or base64."""
    if isinstance(text, str) and _HEX_DIGEST.fullmatch(text.lower()):
        return bytes.fromhex(text)
    try:
        data = _either_base64(text, DIGEST_SIZE)
    except ValueError:
        data = b""
    if len(data) != DIGEST_SIZE:
        raise ValueError("expected a SHA-256 digest, hexadecimal or base64")
    return data


def _challenge(text: Any) -> bytes:
    """Return the challenge."""
    return _either_base64(text, MAX_CHALLENGE)


def _app_id(text: Any) -> str:
    """Return the app."""
    if not is_app_id(text):
        raise ValueError("expected an app like `TEAMID1234.de.example.app`")
    return str(text)


def _public_key(text: Any) -> ec.EllipticCurvePublicKey:
    """Return a key on P-256 from PEM, or from base64 of SubjectPublicKeyInfo or of a point."""
    if not isinstance(text, str) or len(text) > MAX_PUBLIC_KEY:
        raise ValueError("expected a key on P-256")
    is_pem = text.startswith(PEM)
    key = read_key(
        text.encode("ascii", "replace") if is_pem else _either_base64(text, MAX_PUBLIC_KEY)
    )
    if key is None:
        raise ValueError(
            "expected a key on P-256: PEM, or base64 of SubjectPublicKeyInfo or of a point"
        )
    return key


def _counter(text: Any) -> int:
    """Return a counter from its decimal digits."""
    if not isinstance(text, str) or not _COUNTER.fullmatch(text) or int(text) > MAX_COUNTER:
        raise ValueError(f"expected a number from 0 to {MAX_COUNTER}, in digits")
    return int(text)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "challenge": _challenge,
    "client_data_hash": _digest,
    "app_id": _app_id,
    "key_id": _digest,
    "public_key": _public_key,
    "last_counter": _counter,
}
