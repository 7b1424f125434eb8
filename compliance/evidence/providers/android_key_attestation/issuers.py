"""What the certificate of an issuer in a chain says of the device: its level, and how it came there."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from cryptography.x509.oid import NameOID

from compliance.evidence.providers.android_key_attestation.provisioning import (
    ProvisioningError,
    certificates_issued,
)
from compliance.evidence.providers.android_key_attestation.tags import PROVISIONING_INFO
from compliance.evidence.providers.x509.certificates import CertificateFacts

_FACTORY_NAMES: Final = frozenset({NameOID.SERIAL_NUMBER, NameOID.TITLE})
_LEVEL_OF: Final = {"TEE": "TRUSTED_ENVIRONMENT", "StrongBox": "STRONG_BOX"}


class Method(StrEnum):
    """How the key that attests came to the device."""

    REMOTE = "remote"  # by Google's servers, for weeks
    FACTORY = "factory"  # for the device's life
    UNKNOWN = "unknown"


class Provisioning(NamedTuple):
    """How the attestation key came to its device, and how many certificates the device was given lately.

    `is_unreadable`: there is an extension that should say so, and nobody can read it.
    """

    method: Method
    certificates_issued: int | None = None
    is_unreadable: bool = False


def provisioning_of(certificates: Sequence[CertificateFacts]) -> Provisioning:
    """Return how the attestation key of a chain (leaf first) came to its device."""
    position = attestation_key_of(certificates)
    if position is None:
        is_from_factory = is_factory_named(certificates[1])
        return Provisioning(Method.FACTORY if is_from_factory else Method.UNKNOWN)
    try:
        issued = certificates_issued(certificates[position].extensions[PROVISIONING_INFO])
    except ProvisioningError:
        return Provisioning(Method.REMOTE, is_unreadable=True)
    return Provisioning(Method.REMOTE, issued)


def attestation_key_of(certificates: Sequence[CertificateFacts]) -> int | None:
    """Return where the certificate of a remotely provisioned attestation key stands; None: there is none.

    Of several the one nearest to the root, which Google signed: who holds a key below can sign the
    others, and put into them what they like.
    """
    positions = range(len(certificates) - 1, 0, -1)
    return next((at for at in positions if is_remotely_provisioned(certificates[at])), None)


def is_remotely_provisioned(issuer: CertificateFacts) -> bool:
    """Return whether the certificate tells of its provisioning, readable or not."""
    return PROVISIONING_INFO in issuer.extensions


def level_of(issuer: CertificateFacts) -> str:
    """Return the security level that the subject names (`TEE`, `StrongBox`), empty if none.

    It stands in the organization of remotely provisioned certificates, in the title of a factory's.
    """
    marks = (issuer.subject.get(oid) for oid in (NameOID.ORGANIZATION_NAME, NameOID.TITLE))
    return next((_LEVEL_OF[str(mark)] for mark in marks if mark in _LEVEL_OF), "")


def is_factory_named(issuer: CertificateFacts) -> bool:
    """Return whether the subject consists of a serial number and a title alone.

    So do those of certificates that were put on devices in the factory.
    """
    return bool(issuer.subject) and issuer.subject.keys() <= _FACTORY_NAMES
