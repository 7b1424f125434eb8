"""The schema of the attestation extension as data: tags, their types, and the names of values."""
# SPDX-License-Identifier: Apache-2.0

from enum import Enum, auto
from types import MappingProxyType
from typing import Final, NamedTuple

KEY_DESCRIPTION_OID: Final = "1.3.6.1.4.1.11129.2.1.17"
PROVISIONING_INFO_OID: Final = "1.3.6.1.4.1.11129.2.1.30"
KEY_DESCRIPTION: Final = bytes.fromhex("2b06010401d679020111")
PROVISIONING_INFO: Final = bytes.fromhex("2b06010401d67902011e")
"""The same two as they stand in DER."""

NEWEST_VERSION: Final = 400
"""Newest `attestationVersion` whose tags stand below; later ones may bring tags of their own."""
VERSION_WITH_BOOT_HASH: Final = 3
"""From here on `rootOfTrust` has a fourth field, `verifiedBootHash`."""

SECURITY_LEVELS: Final = ("SOFTWARE", "TRUSTED_ENVIRONMENT", "STRONG_BOX")
BOOT_STATES: Final = ("VERIFIED", "SELF_SIGNED", "UNVERIFIED", "FAILED")
ORIGINS: Final = ("GENERATED", "DERIVED", "IMPORTED", "UNKNOWN", "SECURELY_IMPORTED")


class Kind(Enum):
    """How the value of a tag is encoded."""

    INTEGER = auto()
    INTEGERS = auto()  # SET OF INTEGER
    FLAG = auto()  # NULL: set where it stands
    OCTETS = auto()
    ORIGIN = auto()
    ROOT_OF_TRUST = auto()
    APPLICATION_ID = auto()
    DROPPED = auto()  # names a person or a device: validated in form, never kept


class Tag(NamedTuple):
    """Name and type of one entry of an `AuthorizationList`."""

    name: str
    kind: Kind


TAGS: Final = MappingProxyType(
    {
        1: Tag("purpose", Kind.INTEGERS),
        2: Tag("algorithm", Kind.INTEGER),
        3: Tag("keySize", Kind.INTEGER),
        4: Tag("blockMode", Kind.INTEGERS),
        5: Tag("digest", Kind.INTEGERS),
        6: Tag("padding", Kind.INTEGERS),
        7: Tag("callerNonce", Kind.FLAG),
        8: Tag("minMacLength", Kind.INTEGER),
        9: Tag("kdf", Kind.INTEGERS),
        10: Tag("ecCurve", Kind.INTEGER),
        200: Tag("rsaPublicExponent", Kind.INTEGER),
        203: Tag("mgfDigest", Kind.INTEGERS),
        303: Tag("rollbackResistance", Kind.FLAG),
        305: Tag("earlyBootOnly", Kind.FLAG),
        400: Tag("activeDateTime", Kind.INTEGER),
        401: Tag("originationExpireDateTime", Kind.INTEGER),
        402: Tag("usageExpireDateTime", Kind.INTEGER),
        405: Tag("usageCountLimit", Kind.INTEGER),
        502: Tag("userSecureId", Kind.DROPPED),
        503: Tag("noAuthRequired", Kind.FLAG),
        504: Tag("userAuthType", Kind.INTEGER),
        505: Tag("authTimeout", Kind.INTEGER),
        506: Tag("allowWhileOnBody", Kind.FLAG),
        507: Tag("trustedUserPresenceRequired", Kind.FLAG),
        508: Tag("trustedConfirmationRequired", Kind.FLAG),
        509: Tag("unlockedDeviceRequired", Kind.FLAG),
        600: Tag("allApplications", Kind.FLAG),
        601: Tag("applicationId", Kind.DROPPED),
        701: Tag("creationDateTime", Kind.INTEGER),
        702: Tag("origin", Kind.ORIGIN),
        703: Tag("rollbackResistant", Kind.FLAG),
        704: Tag("rootOfTrust", Kind.ROOT_OF_TRUST),
        705: Tag("osVersion", Kind.INTEGER),
        706: Tag("osPatchLevel", Kind.INTEGER),
        709: Tag("attestationApplicationId", Kind.APPLICATION_ID),
        710: Tag("attestationIdBrand", Kind.DROPPED),
        711: Tag("attestationIdDevice", Kind.DROPPED),
        712: Tag("attestationIdProduct", Kind.DROPPED),
        713: Tag("attestationIdSerial", Kind.DROPPED),
        714: Tag("attestationIdImei", Kind.DROPPED),
        715: Tag("attestationIdMeid", Kind.DROPPED),
        716: Tag("attestationIdManufacturer", Kind.DROPPED),
        717: Tag("attestationIdModel", Kind.DROPPED),
        718: Tag("vendorPatchLevel", Kind.INTEGER),
        719: Tag("bootPatchLevel", Kind.INTEGER),
        720: Tag("deviceUniqueAttestation", Kind.FLAG),
        723: Tag("attestationIdSecondImei", Kind.DROPPED),
        724: Tag("moduleHash", Kind.OCTETS),
    }
)

FLAGS: Final = frozenset(tag.name for tag in TAGS.values() if tag.kind is Kind.FLAG)
