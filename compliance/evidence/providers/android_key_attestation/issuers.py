"""What the certificate of an issuer in a chain says of the device: its level, and how it came there."""
# SPDX-License-Identifier: Apache-2.0

from typing import Final

from cryptography.x509.oid import NameOID

from compliance.evidence.providers.x509.certificates import CertificateFacts

_FACTORY_NAMES: Final = frozenset({NameOID.SERIAL_NUMBER, NameOID.TITLE})
_LEVEL_OF: Final = {"TEE": "TRUSTED_ENVIRONMENT", "StrongBox": "STRONG_BOX"}


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
