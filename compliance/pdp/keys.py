"""API keys in memory: a presented key's digest leads to its PSP and scopes, or to nothing."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance.core.errors import ComplianceError
from compliance.tenants.keys import digest_of_key
from compliance.tenants.models import Psp
from compliance.tenants.selectors import usable_api_keys

_SCHEME: Final = "bearer "
_LONGEST: Final = 200


class UnauthenticatedError(ComplianceError):
    """No usable API key came with the request; unknown, revoked and expired keys read the same."""

    code = "unauthenticated"

    def __init__(self) -> None:
        super().__init__("send a usable API key: `Authorization: Bearer nf_…`")


class ScopeTooSmallError(ComplianceError):
    """The API key does not allow what was asked."""

    code = "scope-too-small"

    def __init__(self, scope: str) -> None:
        super().__init__(f"this needs an API key with the scope `{scope}`")
        self.scope = scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is and what it allows; `expires_at` is None where it does not expire."""

    psp: Psp
    scopes: frozenset[str]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every usable key, by its digest.

    Looking up a SHA-256 leaks no useful time: whoever asks chooses the key, not its digest.
    """

    callers: Mapping[bytes, Caller]

    def caller_of(self, authorization: str, *, scope: str, now: datetime) -> Caller:
        """Return who sent the header `authorization`, if their key allows `scope` at `now`.

        Raises:
            UnauthenticatedError: if the key is missing, unknown, revoked or expired.
            ScopeTooSmallError: if the key does not have the scope.
        """
        key = authorization[len(_SCHEME) :]
        if len(key) > _LONGEST or authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise UnauthenticatedError
        caller = self.callers.get(digest_of_key(key))
        if caller is None or (caller.expires_at is not None and caller.expires_at <= now):
            raise UnauthenticatedError
        if scope not in caller.scopes:
            raise ScopeTooSmallError(scope)
        return caller


def load_keys(*, now: datetime) -> KeyRing:
    """Read every key that is usable at `now`."""
    return KeyRing(
        {
            bytes(row.key_digest): Caller(row.psp, frozenset(row.scopes), row.expires_at)
            for row in usable_api_keys(now=now)
        }
    )
