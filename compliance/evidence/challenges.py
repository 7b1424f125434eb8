"""Challenges that we issue: each for one transaction and a short time, without a table of them.

A challenge says itself until when it is good, and carries a keyed hash over that and the transaction's
reference: nothing is stored until evidence comes back with it, and then its one use is claimed like that of
any nonce. 39 bytes: the magic `N9`, the form 1, the end (seconds since 1970, 4 bytes), 16 random bytes, and the
first 16 bytes of HMAC-SHA256 under the PSP's key. Every provider's field takes it (Android's 128 bytes, Play's
500 characters of base64url).
"""
# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from compliance.evidence.discrediting import discredited
from compliance.evidence.providers.shape import Appraisal, Evidence

LONGEST: Final = timedelta(hours=1)
USUAL: Final = timedelta(minutes=5)
BINDING: Final = "attestation.binding_mismatch"
STALE: Final = "attestation.stale"

_MAGIC: Final = b"N9\x01"
_RANDOM: Final = 16
_MAC: Final = 16
_LENGTH: Final = len(_MAGIC) + 4 + _RANDOM + _MAC
_TEXT_LENGTH: Final = _LENGTH * 4 // 3


class Challenge(NamedTuple):
    """A challenge as it was issued: its bytes, and the first moment at which it is good no more."""

    value: bytes
    expires_at: datetime


def issue_challenge(
    key: bytes, transaction_ref: str, *, lifetime: timedelta, now: datetime
) -> Challenge:
    """Return a new challenge for a transaction; `key` is the PSP's, `lifetime` whole seconds."""
    expires_at = now.replace(microsecond=0) + lifetime
    end = int(expires_at.timestamp()).to_bytes(4, "big")
    stated = _MAGIC + end + secrets.token_bytes(_RANDOM)
    return Challenge(stated + _mac(key, stated, transaction_ref), expires_at)


def with_challenges(
    appraisals: Sequence[Appraisal],
    items: Sequence[Evidence],
    *,
    key: bytes,
    transaction_ref: str,
    at: datetime,
) -> tuple[Appraisal, ...]:
    """Return the appraisals of `items`, each discredited whose challenge of ours is not good for this.

    A challenge of ours for another transaction (or that nobody issued) gives
    `attestation.binding_mismatch`, one whose time is over `attestation.stale`. That the evidence is
    bound to the challenge at all is the provider's to verify.
    """
    return tuple(
        _checked(appraisal, _problems(item.expected.values(), key, transaction_ref, at))
        for appraisal, item in zip(appraisals, items, strict=True)
    )


def _checked(appraisal: Appraisal, problems: set[str]) -> Appraisal:
    """Return an appraisal without what it cleared, if there are problems."""
    if not problems:
        return appraisal
    return discredited(appraisal, sorted(problems), reason="challenge_not_good")


def _problems(values: Iterable[str], key: bytes, transaction_ref: str, at: datetime) -> set[str]:
    """Return the codes of what is wrong with the challenges of ours among the values."""
    problems = set()
    for value in values:
        challenge = _ours(value)
        if challenge is None:
            continue
        stated, mac = challenge[:-_MAC], challenge[-_MAC:]
        if not hmac.compare_digest(mac, _mac(key, stated, transaction_ref)):
            problems.add(BINDING)
        end = datetime.fromtimestamp(int.from_bytes(stated[3:7], "big"), UTC)
        if at >= end:
            problems.add(STALE)
    return problems


def _ours(value: str) -> bytes | None:
    """Return the bytes of a challenge in our form, given in base64 or base64url; None: it is none."""
    text = value.rstrip("=")
    if len(text) != _TEXT_LENGTH:
        return None
    try:
        decoded = base64.b64decode(text.translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded.startswith(_MAGIC) else None


_STANDARD: Final = str.maketrans("-_", "+/")


def _mac(key: bytes, stated: bytes, transaction_ref: str) -> bytes:
    """Return the keyed hash over what a challenge states and the transaction that it is for."""
    message = b"ninefold challenge\n" + stated + transaction_ref.encode()
    return hmac.digest(key, message, "sha256")[:_MAC]
