"""What a PSP sets up for App Attest: its apps, and what it asks of them."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from compliance.evidence.providers.shape import SettingsError, unknown_fields
from policies.documents import Problem
from policies.vocabulary.attributes import version_key

MAX_APPS: Final = 32
MAX_APP_ID: Final = 255
ATTESTATION_MAX_AGE: Final = timedelta(minutes=5)
"""Apple's advice for the receipt that comes with an attestation; it was made at the same moment."""
RECEIPT_MAX_AGE: Final = timedelta(days=30)
"""The risk metric speaks of 30 days."""
_LONGEST_AGE_S: Final = 366 * 24 * 60 * 60
_HIGHEST_METRIC: Final = 10**6

VALIDATION_CATEGORIES: Final[Mapping[int, str]] = {
    1: "platform",
    2: "testflight",
    3: "development",
    4: "app_store",
    5: "enterprise",
    6: "developer_id",
    7: "local_signing",
    8: "rosetta",
    9: "oopjit",
    10: "none",
}
"""How the system says an app was signed and distributed (Apple's CS_VALIDATION_CATEGORY)."""

_APP_ID = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]+")


class Settings(NamedTuple):
    """What a PSP has set up; the defaults are what holds where it has not."""

    app_ids: frozenset[str] = frozenset()
    allow_development: bool = False
    validation_categories: frozenset[int] | None = None
    minimum_bundle_version: tuple[int, ...] | None = None
    risk_metric_baseline: int | None = None
    attestation_max_age: timedelta = ATTESTATION_MAX_AGE
    receipt_max_age: timedelta = RECEIPT_MAX_AGE


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Return the settings of a document; every field is optional.

    `app_ids`: apps as `TEAMID1234.bundle.id`; `allow_development`: whether the development environment
    will do (tests); `validation_categories`: how an app may have been distributed, by name;
    `minimum_bundle_version`; `risk_metric_baseline`: the highest metric that is usual;
    `attestation_max_age_s`, `receipt_max_age_s`: seconds.

    Raises:
        SettingsError: if something is unknown or makes no sense, with every place.
    """
    problems = unknown_fields("", document, _READERS.keys())
    values: dict[str, Any] = {}
    for name, (field, read) in _READERS.items():
        if name not in document:
            continue
        try:
            values[field] = read(document[name])
        except ValueError as error:
            problems.append(Problem(f"/{name}", str(error)))
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def is_app_id(value: Any) -> bool:
    """Return whether a value is a team's id and a bundle's id, joined by a full stop."""
    is_text = isinstance(value, str) and len(value) <= MAX_APP_ID
    return is_text and _APP_ID.fullmatch(value) is not None


def _app_ids(value: Any) -> frozenset[str]:
    """Return the apps."""
    is_list = isinstance(value, list) and 0 < len(value) <= MAX_APPS
    if not is_list or not all(is_app_id(each) for each in value):
        raise ValueError(f"expected 1 to {MAX_APPS} apps like `TEAMID1234.de.example.app`")
    return frozenset(value)


def _flag(value: Any) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false")  # noqa: TRY004 - one error for one caller
    return value


def _categories(value: Any) -> frozenset[int]:
    """Return the numbers of categories that are listed by name."""
    numbers = {name: number for number, name in VALIDATION_CATEGORIES.items()}
    is_list = isinstance(value, list) and bool(value)
    if not is_list or not all(isinstance(each, str) and each in numbers for each in value):
        raise ValueError(f"expected some of {', '.join(numbers)}")
    return frozenset(numbers[each] for each in value)


def _version(value: Any) -> tuple[int, ...]:
    """Return a version's numbers."""
    key = version_key(value) if isinstance(value, str) else None
    if key is None:
        raise ValueError('expected a version like "7.3.1"')
    return key


def _whole(highest: int) -> Callable[[Any], int]:
    """Return a reader of whole numbers from 1 to `highest`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
            raise ValueError(f"expected a whole number from 1 to {highest}")
        return value

    return read


def _age(value: Any) -> timedelta:
    """Return seconds as a length of time."""
    return timedelta(seconds=_whole(_LONGEST_AGE_S)(value))


_READERS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "app_ids": ("app_ids", _app_ids),
    "allow_development": ("allow_development", _flag),
    "validation_categories": ("validation_categories", _categories),
    "minimum_bundle_version": ("minimum_bundle_version", _version),
    "risk_metric_baseline": ("risk_metric_baseline", _whole(_HIGHEST_METRIC)),
    "attestation_max_age_s": ("attestation_max_age", _age),
    "receipt_max_age_s": ("receipt_max_age", _age),
}
