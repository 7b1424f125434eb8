"""Whom a security event is about: identifiers of subjects (RFC 9493, OpenID SSF 1.0)."""
# SPDX-License-Identifier: Apache-2.0

import hmac
from collections.abc import Iterator
from typing import Any, Final

_MAX_ALIASES: Final = 16
_IDENTIFIERS: Final = {
    "account": "uri",
    "did": "url",
    "email": "email",
    "iss_sub": "sub",
    "jwt_id": "jti",
    "opaque": "id",
    "phone_number": "phone_number",
    "saml_assertion_id": "assertion_id",
    "uri": "uri",
}
"""Where each format of a subject has its identifier."""
_MEMBERS: Final = ("device", "session", "user")
"""Parts of a complex subject that name one payer; a tenant or group names many."""


def is_about(subject: Any, wanted: str) -> bool:
    """Return whether a subject, or the device, session or user of a complex one, has an identifier."""
    expected = wanted.encode("utf-8", "surrogatepass")
    return any(
        hmac.compare_digest(expected, each.encode("utf-8", "surrogatepass"))
        for each in _identifiers(subject)
    )


def _identifiers(subject: Any) -> Iterator[str]:
    """Yield the identifiers of a subject and of its parts, one level deep."""
    parts = [subject]
    if isinstance(subject, dict) and subject.get("format") == "complex":
        parts = [subject.get(name) for name in _MEMBERS]
    for part in parts:
        if not isinstance(part, dict):
            continue
        aliases = part.get("identifiers") if part.get("format") == "aliases" else None
        for one in aliases[:_MAX_ALIASES] if isinstance(aliases, list) else [part]:
            identifier = _identifier(one)
            if identifier is not None:
                yield identifier


def _identifier(simple: Any) -> str | None:
    """Return the identifier of a simple subject; None if it has none that we know."""
    format_ = simple.get("format") if isinstance(simple, dict) else None
    if not isinstance(format_, str) or format_ not in _IDENTIFIERS:
        return None
    identifier = simple.get(_IDENTIFIERS[format_])
    return identifier if isinstance(identifier, str) else None
