"""What a PSP sets up for key attestation: its apps, the alternative systems that it accepts, and ages."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.android_key_attestation.key_description import MAX_PACKAGE_NAME
from compliance.evidence.providers.android_key_attestation.patch_levels import (
    MAX_PATCH_AGE,
    PATCH_LEVELS,
    MaxAge,
)
from compliance.evidence.providers.android_key_attestation.payload import read_digest
from compliance.evidence.providers.android_key_attestation.revocations import MAX_LIST_AGE
from compliance.evidence.providers.shape import SettingsError, unknown_fields
from policies.documents import Problem

MAX_PACKAGES: Final = 32
MAX_DIGESTS: Final = 16
MAX_BOOT_KEYS: Final = 1000
MAX_NAME: Final = 100
MAX_VERSION_CODE: Final = 2**63 - 1
MAX_BASELINE: Final = 10**9

_KEY_SIZE: Final = 32
_AGE: Final = re.compile(r"([1-9][0-9]{0,3}) (days|months)")
_LIST_AGE: Final = re.compile(r"([1-9][0-9]{0,2}) (hours|days)")
LONGEST_LIST_AGE: Final = timedelta(days=30)
_LONGEST: Final = MappingProxyType({"days": 3660, "months": 120})
_PARTITIONS: Final = MappingProxyType({name: level for level, name in PATCH_LEVELS.items()})


class App(NamedTuple):
    """An app of the PSP: the certificates that sign it (SHA-256), and its lowest version code that will do."""

    certificate_digests: frozenset[bytes]
    minimum_version: int | None = None


class Settings(NamedTuple):
    """What a PSP has set up; the defaults are what holds where it has not.

    `apps` are named by their packages, `boot_keys` maps keys of alternative systems to their names,
    `max_patch_age` has the schema's names; `certificates_issued` is the greatest number of certificates
    that a device is usually given; a list of revoked keys older than `max_list_age` clears none.
    """

    apps: Mapping[str, App] = MappingProxyType({})
    boot_keys: Mapping[bytes, str] = MappingProxyType({})
    max_patch_age: Mapping[str, MaxAge] = MAX_PATCH_AGE
    certificates_issued: int | None = None
    max_list_age: timedelta = MAX_LIST_AGE


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return the settings of a document; every field is optional.

    `packages`: for each package its `certificate_digests` and, perhaps, its `minimum_version`;
    `verified_boot_keys`: `{name, key}` of each alternative system, as `verifiedBootKey` reports the key;
    `max_patch_age`: `12 months` or `365 days`, for all partitions or for `os`, `vendor`, `boot` each;
    `certificates_issued_baseline`: a number; `max_revocation_list_age`: `24 hours` or `7 days`.

    Raises:
        SettingsError: if something is unknown or makes no sense, with every place.
    """
    problems = unknown_fields("", document, _READERS.keys())
    values: dict[str, Any] = {}
    for name, (field, read) in _READERS.items():
        if name in document:
            values[field] = read(document[name], f"/{name}", problems)
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _apps(given: Any, pointer: str, problems: list[Problem]) -> Mapping[str, App]:
    """Return the apps that could be read."""
    if not isinstance(given, dict) or not 0 < len(given) <= MAX_PACKAGES:
        problems.append(Problem(pointer, f"expected 1 to {MAX_PACKAGES} packages by name"))
        return {}
    apps = {}
    for name, entry in given.items():
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if not 0 < len(name) <= MAX_PACKAGE_NAME:
            problems.append(
                Problem(place, f"expected a name of 1 to {MAX_PACKAGE_NAME} characters")
            )
        apps[name] = _app(entry, place, problems)
    return MappingProxyType(apps)


def _app(entry: Any, pointer: str, problems: list[Problem]) -> App:
    """Return one app; without a certificate a name would clear nothing, anybody can take it."""
    if not isinstance(entry, dict):
        problems.append(Problem(pointer, "expected an object with certificate_digests"))
        return App(frozenset())
    problems += unknown_fields(pointer, entry, ("certificate_digests", "minimum_version"))
    minimum = None
    if "minimum_version" in entry:
        minimum = _whole(MAX_VERSION_CODE)(
            entry["minimum_version"], f"{pointer}/minimum_version", problems
        )
    digests = _digests(entry.get("certificate_digests"), f"{pointer}/certificate_digests", problems)
    return App(digests, minimum)


def _digests(given: Any, pointer: str, problems: list[Problem]) -> frozenset[bytes]:
    """Return the digests of signing certificates."""
    if not isinstance(given, list) or not 0 < len(given) <= MAX_DIGESTS:
        problems.append(Problem(pointer, f"expected a list of 1 to {MAX_DIGESTS} digests"))
        return frozenset()
    digests = set()
    for index, text in enumerate(given):
        try:
            digests.add(read_digest(text))
        except ValueError as error:
            problems.append(Problem(f"{pointer}/{index}", str(error)))
    return frozenset(digests)


def _boot_keys(given: Any, pointer: str, problems: list[Problem]) -> Mapping[bytes, str]:
    """Return the names of alternative systems by their keys."""
    if not isinstance(given, list) or not 0 < len(given) <= MAX_BOOT_KEYS:
        problems.append(Problem(pointer, f"expected a list of 1 to {MAX_BOOT_KEYS} keys"))
        return {}
    keys: dict[bytes, str] = {}
    for index, entry in enumerate(given):
        place = f"{pointer}/{index}"
        if not isinstance(entry, dict):
            problems.append(Problem(place, "expected an object with name and key"))
            continue
        problems += unknown_fields(place, entry, ("name", "key"))
        name = entry.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
            problems.append(
                Problem(f"{place}/name", f"expected a name of 1 to {MAX_NAME} characters")
            )
            continue
        try:
            key = _boot_key(entry.get("key"))
        except ValueError as error:
            problems.append(Problem(f"{place}/key", str(error)))
            continue
        if key in keys:
            problems.append(Problem(f"{place}/key", "is listed twice"))
        keys[key] = name
    return MappingProxyType(keys)


def _boot_key(text: Any) -> bytes:
    """Return a key as devices report it: the SHA-256 of the public key that verified boot ended at."""
    try:
        key = read_digest(text)
    except ValueError:
        key = b""
    if not any(key):  # zeros are what an unlocked device reports
        raise ValueError(f"expected {_KEY_SIZE} bytes, not all zero, hexadecimal or base64")
    return key


def _max_patch_age(given: Any, pointer: str, problems: list[Problem]) -> Mapping[str, MaxAge]:
    """Return the ages by the schema's names; what is not given for a partition is as without settings."""
    if not isinstance(given, dict):
        age = _age(given, pointer, problems)
        return MappingProxyType(dict.fromkeys(PATCH_LEVELS, age))
    problems += unknown_fields(pointer, given, _PARTITIONS.keys())
    own = {
        level: _age(given[name], f"{pointer}/{name}", problems)
        for name, level in _PARTITIONS.items()
        if name in given
    }
    return MappingProxyType({**MAX_PATCH_AGE, **own})


def _age(given: Any, pointer: str, problems: list[Problem]) -> MaxAge:
    """Return one age."""
    match = _AGE.fullmatch(given) if isinstance(given, str) else None
    if match is None or int(match[1]) > _LONGEST[match[2]]:
        longest = " or ".join(f"{most} {unit}" for unit, most in _LONGEST.items())
        problems.append(
            Problem(pointer, f"expected an age like `12 months` or `365 days`, at most {longest}")
        )
        return MaxAge(0, "days")
    return MaxAge(int(match[1]), match[2])


def _list_age(given: Any, pointer: str, problems: list[Problem]) -> timedelta:
    """Return how old a list of revoked keys may be."""
    match = _LIST_AGE.fullmatch(given) if isinstance(given, str) else None
    age = timedelta(**{match[2]: int(match[1])}) if match else timedelta()
    if not timedelta() < age <= LONGEST_LIST_AGE:
        problems.append(
            Problem(
                pointer,
                f"expected an age like `24 hours` or `7 days`, at most {LONGEST_LIST_AGE.days} days",
            )
        )
    return age


def _whole(highest: int) -> Callable[[Any, str, list[Problem]], int]:
    """Return a reader of whole numbers from 1 to `highest`."""

    def read(given: Any, pointer: str, problems: list[Problem]) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= highest:
            problems.append(Problem(pointer, f"expected a whole number from 1 to {highest}"))
            return highest
        return given

    return read


_READERS: Final[Mapping[str, tuple[str, Callable[[Any, str, list[Problem]], Any]]]] = {
    "packages": ("apps", _apps),
    "verified_boot_keys": ("boot_keys", _boot_keys),
    "max_patch_age": ("max_patch_age", _max_patch_age),
    "certificates_issued_baseline": ("certificates_issued", _whole(MAX_BASELINE)),
    "max_revocation_list_age": ("max_list_age", _list_age),
}
