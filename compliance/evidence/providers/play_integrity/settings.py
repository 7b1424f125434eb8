"""What a PSP sets up: whose app it is, what is switched on in the console, and the keys of its tokens."""
# SPDX-License-Identifier: Apache-2.0

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from joserfc.jwk import ECKey, OctKey

from compliance.evidence.providers.play_integrity.expected import (
    DIGEST_EXPECTED,
    MAX_PACKAGE_NAME,
    digest_of,
    is_text,
)
from compliance.evidence.providers.play_integrity.names import SWITCHES
from compliance.evidence.providers.shape import SettingsError, unknown_fields
from compliance.evidence.providers.trusted_keys import TrustedKey
from policies.documents import Problem

DEFAULT_MAX_AGE_S: Final = 600
"""A verdict older than this is stale. Google: ask for it as close as possible to the action."""

MAX_MAX_AGE_S: Final = 24 * 3600
MAX_ENTRIES: Final = 64
_MAX_KEY_TEXT: Final = 2048
_AES_KEY_SIZE: Final = 32
_PEM: Final = "-----BEGIN PUBLIC KEY-----"
_FIELDS: Final = frozenset(
    {
        "packages",
        "certificate_digests",
        "decryption_key",
        "verification_key",
        "verdicts",
        "max_age_s",
        "testing_responses",
    }
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The response keys of the app, from the Play Console; they show in no `repr`."""

    decryption: OctKey = field(repr=False)
    verification: TrustedKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a PSP set up, ready for use; without arguments: what holds where nothing was set up."""

    packages: frozenset[str] = frozenset()
    certificate_digests: frozenset[bytes] = frozenset()
    switched_on: frozenset[str] = frozenset()
    max_age_s: int = DEFAULT_MAX_AGE_S
    testing_responses: bool = False
    keys: Keys | None = field(default=None, repr=False)


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return what `document` sets up.

    Raises:
        SettingsError: with every place that makes no sense; keys are never repeated in it.
    """
    problems = unknown_fields("", document, _FIELDS)
    settings = Settings(
        packages=_entries(document, "packages", _package, problems),
        certificate_digests=_entries(document, "certificate_digests", _digest, problems),
        switched_on=_entries(document, "verdicts", _switch, problems, least=0),
        max_age_s=_max_age(document.get("max_age_s", DEFAULT_MAX_AGE_S), problems),
        testing_responses=_flag(document.get("testing_responses", False), problems),
        keys=_keys(document, problems),
    )
    if problems:
        raise SettingsError(problems)
    return settings


def _entries(
    document: Mapping[str, Any],
    name: str,
    read: Callable[[Any], Any],
    problems: list[Problem],
    *,
    least: int = 1,
) -> frozenset[Any]:
    """Return the entries of a list that could be read."""
    given = document.get(name, [])
    if not isinstance(given, list) or not least <= len(given) <= MAX_ENTRIES:
        problems.append(Problem(f"/{name}", f"expected a list of {least} to {MAX_ENTRIES} entries"))
        return frozenset()
    entries = set()
    for index, entry in enumerate(given):
        try:
            entries.add(read(entry))
        except ValueError as error:
            problems.append(Problem(f"/{name}/{index}", str(error)))
    return frozenset(entries)


def _package(entry: Any) -> str:
    if not is_text(entry, MAX_PACKAGE_NAME):
        raise ValueError(f"expected a package name of 1 to {MAX_PACKAGE_NAME} characters")
    return str(entry)


def _digest(entry: Any) -> bytes:
    digest = digest_of(entry)
    if digest is None:
        raise ValueError(DIGEST_EXPECTED)
    return digest


def _switch(entry: Any) -> str:
    if not isinstance(entry, str) or entry not in SWITCHES:
        raise ValueError(f"expected one of {', '.join(SWITCHES)}")
    return entry


def _max_age(value: Any, problems: list[Problem]) -> int:
    """Return the age in seconds above which a verdict is stale."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_MAX_AGE_S:
        problems.append(Problem("/max_age_s", f"expected 1 to {MAX_MAX_AGE_S} seconds"))
        return DEFAULT_MAX_AGE_S
    return value


def _flag(value: Any, problems: list[Problem]) -> bool:
    """Return whether responses that a tester made up count: never in production."""
    if not isinstance(value, bool):
        problems.append(Problem("/testing_responses", "expected true or false"))
        return False
    return value


def _keys(document: Mapping[str, Any], problems: list[Problem]) -> Keys | None:
    """Return both keys, or None where tokens are decoded by Google."""
    given = [name for name in ("decryption_key", "verification_key") if name in document]
    if not given:
        return None
    if len(given) == 1:
        other = ({"decryption_key", "verification_key"} - {*given}).pop()
        problems.append(Problem(f"/{other}", f"expected beside {given[0]}"))
    decryption = verification = None
    try:
        if "decryption_key" in document:
            decryption = _aes_key(document["decryption_key"])
    except ValueError as error:
        problems.append(Problem("/decryption_key", str(error)))
    try:
        if "verification_key" in document:
            verification = _ec_key(document["verification_key"])
    except ValueError as error:
        problems.append(Problem("/verification_key", str(error)))
    if decryption is None or verification is None:
        return None
    return Keys(decryption, verification)


def _aes_key(text: Any) -> OctKey:
    """Return the key that unwraps tokens' keys (A256KW)."""
    data = _decoded(text)
    if data is None or len(data) != _AES_KEY_SIZE:
        raise ValueError(
            f"expected {_AES_KEY_SIZE} bytes of base64, as the Play Console shows them"
        )
    return OctKey.import_key(data)


def _ec_key(text: Any) -> TrustedKey:
    """Return Google's key for this app (ES256)."""
    problem = "expected a public key on P-256: base64 of its DER form (SPKI), or PEM"
    if not is_text(text, _MAX_KEY_TEXT):
        raise ValueError(problem)
    try:
        if text.strip().startswith(_PEM):
            key = load_pem_public_key(text.strip().encode())
        else:
            key = load_der_public_key(_decoded(text) or b"")
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(problem) from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError(problem)  # noqa: TRY004 - one error for one caller
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return TrustedKey(ECKey.import_key(pem), frozenset({"ES256"}))


def _decoded(text: Any) -> bytes | None:
    """Return the bytes of base64, with or without line breaks; None for anything else."""
    if not is_text(text, _MAX_KEY_TEXT):
        return None
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
