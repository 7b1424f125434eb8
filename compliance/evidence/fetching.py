"""Fetches a list of revoked keys from an https address or a file: bounded in size and time, TLS verified."""
# SPDX-License-Identifier: Apache-2.0

import ssl
import time
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from compliance.evidence.errors import InvalidRevocationListError, UnreachableListError

MAX_LOCATION: Final = 500
TIMEOUT_S: Final = 20.0
"""Seconds for the whole of it, and for each answer that is waited for."""
_CHUNK: Final = 64 * 1024


def check_location(location: str) -> None:
    """Refuse what is neither an https address nor a file's absolute path.

    Raises:
        InvalidRevocationListError: if it is not.
    """
    if len(location) > MAX_LOCATION or not location.isprintable():
        raise InvalidRevocationListError(f"location: expected at most {MAX_LOCATION} characters")
    if not location.startswith("/") and not _is_https(location):
        raise InvalidRevocationListError(
            "location: expected an address that begins with https:// and names nobody, or the "
            "absolute path of a file"
        )


def _is_https(location: str) -> bool:
    """Return whether a location is a whole https address without a name or a fragment in it."""
    try:
        parts = urlsplit(location)
        is_whole = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and parts.username is None and not parts.fragment


def fetch(location: str, *, at_most: int, timeout_s: float = TIMEOUT_S) -> bytes:
    """Return the bytes at a location that was checked.

    Certificates are verified with the system's authorities (`SSL_CERT_FILE` names others), and a
    proxy in the environment is used. No redirect is followed: the address is the one that the
    operator looked at.

    Raises:
        UnreachableListError: if it cannot be read in time, or there are more than `at_most` bytes.
    """
    try:
        if location.startswith("/"):
            with Path(location).open("rb") as file:
                content = file.read(at_most + 1)
        else:
            content = _fetch(location, at_most, timeout_s)
    except HTTPError as error:
        error.close()
        raise UnreachableListError(location, f"the server answered {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise UnreachableListError(location, _reason(error)) from error
    if len(content) > at_most:
        raise UnreachableListError(location, f"expected at most {at_most} bytes")
    return content


def _fetch(url: str, at_most: int, timeout_s: float) -> bytes:
    """Return the body of the answer, as far as `at_most` bytes and one more.

    A redirect is an error, for no handler follows it.
    """
    deadline = time.monotonic() + timeout_s
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPSHandler(context=ssl.create_default_context()),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    request = Request(url, headers={"Accept": "application/json", "User-Agent": "ninefold"})  # noqa: S310 - https alone is handled
    content = bytearray()
    with opener.open(request, timeout=timeout_s) as answer:
        while len(content) <= at_most:
            if time.monotonic() > deadline:
                raise TimeoutError("it took too long")
            part = answer.read1(min(_CHUNK, at_most + 1 - len(content)))
            if not part:
                break
            content += part
    return bytes(content)


def _reason(error: Exception) -> str:
    """Return what happened, in one line."""
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return " ".join(str(reason).split()) or type(error).__name__
