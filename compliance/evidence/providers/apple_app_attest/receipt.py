"""Receipts: what Apple says of an attested key, and of how many the device has made."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from compliance.evidence.providers.apple_app_attest.certificates import Root, read
from compliance.evidence.providers.apple_app_attest.errors import NotVerifiedError, Reason
from compliance.evidence.providers.apple_app_attest.keys import point_of
from compliance.evidence.providers.apple_app_attest.signed_data import verify_signed_data
from compliance.evidence.providers.shape import Anchor
from compliance.evidence.providers.x509 import der
from compliance.evidence.providers.x509.certificates import CertificateError

ATTEST: Final = "ATTEST"
RECEIPT: Final = "RECEIPT"
SANDBOX: Final = "sandbox"
PRODUCTION: Final = "production"

_APP_ID: Final = 2
_CERTIFICATE: Final = 3
_CLIENT_HASH: Final = 4
_TOKEN: Final = 5
_TYPE: Final = 6
_ENVIRONMENT: Final = 7
_CREATED_AT: Final = 12
_RISK_METRIC: Final = 17
_NOT_BEFORE: Final = 19
_EXPIRES_AT: Final = 21
_REQUIRED: Final = frozenset({_APP_ID, _CERTIFICATE, _TYPE, _CREATED_AT, _EXPIRES_AT})
_KNOWN: Final = _REQUIRED | {_CLIENT_HASH, _TOKEN, _ENVIRONMENT, _RISK_METRIC, _NOT_BEFORE}
_MAX_APP_ID: Final = 255

_TIME = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z")
_METRIC = re.compile(rb"0|[1-9]\d{0,8}")


class Receipt(NamedTuple):
    """What a verified receipt says; None where it says nothing, or nothing that can be read.

    `point` is the attested key's, `certificate` its certificate (DER). `client_hash` is the digest that
    was attested; Apple damages it in receipts that it renews. `risk_metric` approximates the number of
    keys attested for the app on the device in 30 days. `unknown` counts what cannot be read here.
    """

    app_id: str
    certificate: bytes
    point: bytes
    client_hash: bytes | None
    type: str | None
    environment: str | None
    created_at: datetime
    not_before: datetime | None
    expires_at: datetime
    risk_metric: int | None
    unknown: int
    root: Root

    @property
    def key_id(self) -> bytes:
        """The attested key's id."""
        return hashlib.sha256(self.point).digest()


def read_receipt(data: bytes, *, anchors: Sequence[Anchor]) -> Receipt:
    """Return the receipt, verified to Apple's root for receipts, or to an anchor.

    The signer's and the authority's dates count at the receipt's creation, which Apple signed: signers
    are replaced every year, receipts live for three months.

    Raises:
        NotVerifiedError: if it does not verify, or lacks what every receipt says.
    """
    verified = verify_signed_data(data, anchors=anchors)
    receipt = _receipt(_fields(verified.content), verified.root)
    if not all(
        each.is_valid_at(receipt.created_at) for each in (verified.signer, verified.authority)
    ):
        raise NotVerifiedError(Reason.DATES)
    return receipt


def _fields(content: bytes) -> dict[int, bytes]:
    """Return the values by their types; each stands once."""
    fields: dict[int, bytes] = {}
    try:
        for element in der.read_elements(der.read_only(content, der.SET)):
            parts = der.read_elements(der.content_of(element, der.SEQUENCE))
            if len(parts) != 3:
                raise der.DerError("a field has type, version and value")  # noqa: TRY301 - one handler
            kind = der.read_integer(der.content_of(parts[0], der.INTEGER))
            der.read_integer(der.content_of(parts[1], der.INTEGER))
            if kind in fields:
                raise der.DerError("a field stands twice")  # noqa: TRY301 - one handler
            fields[kind] = der.content_of(parts[2], der.OCTET_STRING)
    except der.DerError as error:
        raise NotVerifiedError(Reason.RECEIPT_MALFORMED) from error
    if not fields.keys() >= _REQUIRED:
        raise NotVerifiedError(Reason.RECEIPT_MALFORMED)
    return fields


def _receipt(fields: dict[int, bytes], root: Root) -> Receipt:
    """Return the receipt; the token is dropped here."""
    created_at, expires_at = _time(fields[_CREATED_AT]), _time(fields[_EXPIRES_AT])
    app_id = _text(fields[_APP_ID])
    if created_at is None or expires_at is None or app_id is None:
        raise NotVerifiedError(Reason.RECEIPT_MALFORMED)
    try:
        point = point_of(read(fields[_CERTIFICATE]).key)
    except CertificateError as error:
        raise NotVerifiedError(Reason.RECEIPT_MALFORMED) from error
    kind = _one_of(fields[_TYPE], (ATTEST, RECEIPT))
    environment = fields.get(_ENVIRONMENT)
    known_environment = _one_of(environment, (SANDBOX, PRODUCTION))
    raw_metric = fields.get(_RISK_METRIC)
    metric = None if raw_metric is None else _metric(raw_metric)
    unreadable = (kind is None, environment and known_environment is None)
    unknown = len(fields.keys() - _KNOWN) + sum(map(bool, unreadable))
    return Receipt(
        app_id=app_id,
        certificate=fields[_CERTIFICATE],
        point=point,
        client_hash=fields.get(_CLIENT_HASH),
        type=kind,
        environment=known_environment,
        created_at=created_at,
        not_before=_time(fields.get(_NOT_BEFORE, b"")),
        expires_at=expires_at,
        risk_metric=metric,
        unknown=unknown + (raw_metric is not None and metric is None),
        root=root,
    )


def _text(value: bytes) -> str | None:
    """Return printable ASCII; None for anything else."""
    text = value.decode("ascii", "replace")
    is_plain = text.isascii() and text.isprintable() and 0 < len(text) <= _MAX_APP_ID
    return text if is_plain else None


def _one_of(value: bytes | None, known: Sequence[str]) -> str | None:
    """Return the word that the value is, if it is known."""
    return next((word for word in known if word.encode() == value), None)


def _metric(value: bytes) -> int | None:
    """Return the number; None if it is none."""
    return int(value) if _METRIC.fullmatch(value) else None


def _time(value: bytes) -> datetime | None:
    """Return the time (RFC 3339, UTC, fractions of any length); None if it is none."""
    match = _TIME.fullmatch(value)
    if match is None:
        return None
    try:
        whole = datetime.fromisoformat(match[1].decode())
    except ValueError:
        return None
    return whole.replace(microsecond=int((match[2] or b"0").ljust(6, b"0")), tzinfo=UTC)
