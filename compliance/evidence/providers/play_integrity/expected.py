"""What a back-end expects a token to be bound to, and the forms in which texts are compared."""
# SPDX-License-Identifier: Apache-2.0

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.shape import unknown_fields
from policies.documents import Problem

MAX_PACKAGE_NAME: Final = 255
MAX_BINDING: Final = 1024
DIGEST_SIZE: Final = 32
_NAMES: Final = frozenset({"nonce", "request_hash", "package", "signature_digest"})
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
# 43 letters are 32 bytes and two loose bits, which say nothing.
_BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


class Expected(NamedTuple):
    """What the back-end asked Google for; None where it did not say."""

    nonce: str | None = None
    request_hash: str | None = None
    package: str | None = None
    signature_digest: bytes | None = None


def read_expected(expected: Mapping[str, Any], problems: list[Problem]) -> Expected:
    """Return what is expected, as far as it could be read; what is wrong goes to `problems`."""
    problems += unknown_fields("/expected", expected, _NAMES)
    values: dict[str, Any] = {}
    for name in ("nonce", "request_hash"):
        if name in expected:
            if is_text(expected[name], MAX_BINDING):
                values[name] = expected[name]
            else:
                detail = f"expected text of 1 to {MAX_BINDING} characters"
                problems.append(Problem(f"/expected/{name}", detail))
    if "package" in expected:
        values["package"] = expected["package"]
        if not is_text(expected["package"], MAX_PACKAGE_NAME):
            detail = f"expected a package name of 1 to {MAX_PACKAGE_NAME} characters"
            problems.append(Problem("/expected/package", detail))
    if "signature_digest" in expected:
        values["signature_digest"] = digest_of(expected["signature_digest"])
        if values["signature_digest"] is None:
            problems.append(Problem("/expected/signature_digest", DIGEST_EXPECTED))
    return Expected(**values)


DIGEST_EXPECTED: Final = "expected the SHA-256 of a certificate, hexadecimal or base64"


def digest_of(text: Any) -> bytes | None:
    """Return a SHA-256 from hexadecimal (colons allowed), base64 or base64url; None if it is none."""
    if not isinstance(text, str) or len(text) > 3 * DIGEST_SIZE:
        return None
    hexadecimal = text.replace(":", "").lower()
    if _HEX_DIGEST.fullmatch(hexadecimal):
        return bytes.fromhex(hexadecimal)
    if not _BASE64_DIGEST.fullmatch(text):
        return None
    return b64decode(f"{url_safe(text)}=", b"-_", validate=True)


def url_safe(text: str) -> str:
    """Return base64 of either alphabet in the one that Google uses, without padding."""
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def is_text(value: Any, longest: int) -> bool:
    """Return whether a value is text of 1 to `longest` characters."""
    return isinstance(value, str) and 0 < len(value) <= longest
