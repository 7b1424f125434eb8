"""Which app an attested key belongs to, held against what the back-end expects and the PSP has registered."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Final

from compliance.evidence.providers.android_key_attestation.key_description import (
    ApplicationId,
    KeyDescription,
)
from compliance.evidence.providers.android_key_attestation.payload import Expected
from compliance.evidence.providers.android_key_attestation.settings import App


class NotAsked:
    """Marks what there is nothing to compare with, or the device need not say."""


NOT_ASKED: Final = NotAsked()
Fit = bool | NotAsked | None
"""Whether something fits; None: the device does not say."""


def application_of(key: KeyDescription) -> ApplicationId | None:
    """Return the apps that the key belongs to, as the operating system says."""
    application = key.software_enforced.get("attestationApplicationId")
    return application if isinstance(application, ApplicationId) else None


def is_of_another_app(key: KeyDescription, expected: Expected) -> bool:
    """Return whether the key belongs to another app than this request is about."""
    application = application_of(key)
    if expected.package is None or application is None:
        return False
    return expected.package not in _names(application)


def packages_fit(key: KeyDescription, expected: Expected, apps: Mapping[str, App]) -> Fit:
    """Return whether the key belongs to the expected package, and to registered ones alone.

    Several packages share a key only where the same certificate signs them.
    """
    if expected.package is None and not apps:
        return NOT_ASKED
    application = application_of(key)
    if application is None:
        return None
    names = _names(application)
    is_expected = expected.package is None or expected.package in names
    return is_expected and (not apps or (bool(names) and names <= apps.keys()))


def signatures_fit(key: KeyDescription, expected: Expected, apps: Mapping[str, App]) -> Fit:
    """Return whether the expected certificate signed the app, and registered ones alone."""
    if expected.signature_digest is None and not apps:
        return NOT_ASKED
    application = application_of(key)
    if application is None:
        return None
    signatures = application.signatures
    is_expected = expected.signature_digest is None or expected.signature_digest in signatures
    return is_expected and (not apps or _are_registered(application, apps))


def _are_registered(application: ApplicationId, apps: Mapping[str, App]) -> bool:
    """Return whether every certificate is registered for one of the packages."""
    registered = frozenset().union(
        *(apps[name].certificate_digests for name in _names(application) & apps.keys())
    )
    return bool(application.signatures) and application.signatures <= registered


def version_fits(key: KeyDescription, apps: Mapping[str, App]) -> Fit:
    """Return whether no registered package is below its lowest version that will do."""
    if all(app.minimum_version is None for app in apps.values()):
        return NOT_ASKED
    application = application_of(key)
    if application is None:
        return None
    fits = [
        version >= (apps[name].minimum_version or 0)
        for name, version in application.packages
        if name in apps
    ]
    return all(fits) if fits else None


def _names(application: ApplicationId) -> frozenset[str]:
    """Return the names of the packages."""
    return frozenset(name for name, _version in application.packages)
