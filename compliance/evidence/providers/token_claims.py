"""What tokens say of times, issuers and audiences (RFC 7519), and what becomes of it."""
# SPDX-License-Identifier: Apache-2.0

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.signed_tokens import TokenError, TokenFlaw
from policies.model.facts import FUTURE_TOLERANCE_S

_LAST_SECOND: Final = 253_402_300_799
"""The end of the year 9999."""
_MAX_AUDIENCES: Final = 32


class Age(NamedTuple):
    """How old a token is in whole seconds (None: not known), and whether it is too old."""

    seconds: int | None
    is_stale: bool


def time_claim(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a time in seconds since 1970, whole or not (RFC 7519, section 2); None where it is absent.

    Raises:
        TokenError: if it is no number, or no time.
    """
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError(TokenFlaw.CLAIMS)
    if not 0 <= value <= _LAST_SECOND or not math.isfinite(value):
        raise TokenError(TokenFlaw.CLAIMS)
    return float(value)


def required_time(claims: Mapping[str, Any], name: str) -> float:
    """Return a time that must be there.

    Raises:
        TokenError: if it is not.
    """
    value = time_claim(claims, name)
    if value is None:
        raise TokenError(TokenFlaw.CLAIMS)
    return value


def text_claim(claims: Mapping[str, Any], name: str, *, at_most: int) -> str:
    """Return a text of at most `at_most` characters, empty where it is absent.

    Raises:
        TokenError: if it is something else.
    """
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > at_most:
        raise TokenError(TokenFlaw.CLAIMS)
    return value


def require_audience(claims: Mapping[str, Any], audience: str) -> None:
    """Do nothing if the token is for `audience`; an empty one is everybody.

    Raises:
        TokenError: if it is for somebody else, or says nothing.
    """
    if not audience:
        return
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    if audience not in audiences[:_MAX_AUDIENCES]:
        raise TokenError(TokenFlaw.AUDIENCE)


def age_of(claims: Mapping[str, Any], *, issued: float | None, max_age_s: int, at: datetime) -> Age:
    """Return the age of a token at the time of the decision, and whether it is too old.

    It is stale after `exp`, before `nbf`, and when it was issued more than `max_age_s` ago. What
    claims to come from the future has no known age: then it is stale too.

    Raises:
        TokenError: if a time is none.
    """
    now = at.timestamp()
    expires, not_before = time_claim(claims, "exp"), time_claim(claims, "nbf")
    stale = (expires is not None and now >= expires) or (
        not_before is not None and now < not_before - FUTURE_TOLERANCE_S
    )
    if issued is None:
        return Age(None, stale)
    if issued > now + FUTURE_TOLERANCE_S:
        return Age(None, is_stale=True)
    age = max(0.0, now - issued)
    return Age(int(age), stale or age > max_age_s)


def shown(value: str, *, at_most: int = 128) -> str:
    """Return a text of a token in a form fit to be shown: printable, and not long."""
    return "".join(character for character in value[:at_most] if character.isprintable())
