"""Google's list of revoked attestation keys: how it is read, and how a serial number is looked up."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

MAX_LIST_SIZE: Final = 8 * 1024 * 1024
"""Bytes; the published list has a few hundred kilobytes."""
MAX_LIST_AGE: Final = timedelta(days=7)
"""A list that was loaded longer ago cannot clear a key, unless the PSP says otherwise; Google lets caches keep
it for a day."""

_SERIAL = re.compile(r"[0-9a-f]{1,64}")
_STATUSES: Final = frozenset({"REVOKED", "SUSPENDED"})


class RevocationListError(ValueError):
    """The bytes are not a revocation list; the message names the place."""


def read_revocation_list(content: bytes) -> dict[str, str]:
    """Return `{serial: status}` of a list in the form of Google's `/attestation/status`.

    Serial numbers are lower-case hexadecimal or decimal, and lose leading zeros: padding once made a
    service miss one entry in forty. Every status but `REVOKED` and `SUSPENDED` is refused, so that a
    new word never reads as "not revoked".

    Raises:
        RevocationListError: if the bytes are something else.
    """
    if len(content) > MAX_LIST_SIZE:
        raise RevocationListError(f"expected at most {MAX_LIST_SIZE} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RevocationListError("expected JSON") from error
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(entries, dict):
        raise RevocationListError("/entries: expected an object")
    return {_serial(key): _status(key, entry) for key, entry in entries.items()}


def _serial(key: str) -> str:
    """Return a serial number in the one form in which it is looked up."""
    if not _SERIAL.fullmatch(key.lower()):
        # Half a character is no text that could be told.
        shown = key[:80] if key.isprintable() else "…"
        raise RevocationListError(f"/entries/{shown}: expected a serial number")
    return key.lower().lstrip("0") or "0"


def _status(key: str, entry: Any) -> str:
    """Return the status of an entry."""
    status = entry.get("status") if isinstance(entry, dict) else None
    if not isinstance(status, str) or status not in _STATUSES:
        raise RevocationListError(f"/entries/{key}/status: expected REVOKED or SUSPENDED")
    return status


def status_of(serial: int, statuses: Mapping[str, str]) -> str | None:
    """Return the status of a certificate's serial number; None where the list does not name it.

    A key of digits alone can be decimal or hexadecimal; both readings count (the strict side).
    """
    return statuses.get(format(serial, "x")) or statuses.get(str(serial))
