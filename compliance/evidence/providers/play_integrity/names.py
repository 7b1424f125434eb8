"""Fields and values of Play Integrity's verdicts, as facts of Google's discovery document.

`tests/vectors` holds them against the document (revision 20260910).
"""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

APP_RECOGNITION: Final = "appIntegrity.appRecognitionVerdict"
LABELS: Final = "deviceIntegrity.deviceRecognitionVerdict"
SDK_VERSION: Final = "deviceIntegrity.deviceAttributes.sdkVersion"
DEVICE_ACTIVITY: Final = "deviceIntegrity.recentDeviceActivity.deviceActivityLevel"
RECALL: Final = tuple(
    f"deviceIntegrity.deviceRecall.values.{bit}" for bit in ("bitFirst", "bitSecond", "bitThird")
)
LICENSING: Final = "accountDetails.appLicensingVerdict"
ACCOUNT_ACTIVITY: Final = "accountDetails.accountActivity.activityLevel"
APPS: Final = "environmentDetails.appAccessRiskVerdict.appsDetected"
PLAY_PROTECT: Final = "environmentDetails.playProtectVerdict"
LOCATION: Final = "environmentDetails.locationSpoofingRiskVerdict"
TESTING: Final = "testingDetails.isTestingResponse"
NONCE: Final = "requestDetails.nonce"
REQUEST_HASH: Final = "requestDetails.requestHash"
REQUEST_PACKAGE: Final = "requestDetails.requestPackageName"
TIMESTAMP: Final = "requestDetails.timestampMillis"
REQUEST_TIME: Final = "requestDetails.requestTime"
PACKAGE: Final = "appIntegrity.packageName"
CERTIFICATES: Final = "appIntegrity.certificateSha256Digest"
VERSION_CODE: Final = "appIntegrity.versionCode"

BASIC: Final = "MEETS_BASIC_INTEGRITY"
DEVICE: Final = "MEETS_DEVICE_INTEGRITY"
STRONG: Final = "MEETS_STRONG_INTEGRITY"
PC: Final = "MEETS_PC_INTEGRITY"

SWITCHES: Final = (
    "basic_integrity",
    "strong_integrity",
    "device_attributes",
    "recent_device_activity",
    "device_recall",
    "account_activity",
    "app_access_risk",
    "play_protect",
    "location_spoofing",
)
"""What Google sends only after somebody switched it on in the console; the rest comes always."""


class Kind(Enum):
    """What a field holds."""

    TEXT = "expected text of at most 1024 characters"
    TEXTS = "expected a list of at most 32 texts"
    FLAG = "expected true or false"
    NUMBER = "expected a whole number"
    WIDE = "expected a whole number, as text or as number"
    TIME = "expected a time (RFC 3339) with its offset"


class Verdict(NamedTuple):
    """A field with an enumeration.

    `open` are the values that mean "not evaluated"; a value in neither set is new. `switch` is empty
    where Google always answers.
    """

    path: str
    values: frozenset[str]
    open: frozenset[str]
    switch: str = ""


_ACCESS: Final = ("INSTALLED", "CAPTURING", "OVERLAYS", "CONTROLLING")
VERDICTS: Final = (
    Verdict(
        APP_RECOGNITION,
        frozenset({"PLAY_RECOGNIZED", "UNRECOGNIZED_VERSION"}),
        frozenset({"UNKNOWN", "UNEVALUATED"}),
    ),
    Verdict(
        LABELS,
        frozenset({BASIC, DEVICE, STRONG, "MEETS_VIRTUAL_INTEGRITY", PC}),
        frozenset({"UNKNOWN", "DEVICE_RECOGNITION_VERDICT_UNSPECIFIED"}),
    ),
    Verdict(
        DEVICE_ACTIVITY,
        frozenset(f"LEVEL_{level}" for level in range(1, 5)),
        frozenset({"UNEVALUATED", "DEVICE_ACTIVITY_LEVEL_UNSPECIFIED"}),
        "recent_device_activity",
    ),
    Verdict(
        LICENSING,
        frozenset({"LICENSED", "UNLICENSED"}),
        frozenset({"UNKNOWN", "UNEVALUATED"}),
    ),
    Verdict(
        ACCOUNT_ACTIVITY,
        # UNKNOWN is an answer here: too little activity to tell.
        frozenset({"UNUSUAL", "UNKNOWN", "TYPICAL_BASIC", "TYPICAL_STRONG"}),
        frozenset({"UNEVALUATED", "ACTIVITY_LEVEL_UNSPECIFIED"}),
        "account_activity",
    ),
    Verdict(
        APPS,
        frozenset(f"{who}_{what}" for who in ("KNOWN", "UNKNOWN") for what in _ACCESS),
        frozenset({"APPS_DETECTED_UNSPECIFIED"}),
        "app_access_risk",
    ),
    Verdict(
        PLAY_PROTECT,
        frozenset({"NO_ISSUES", "NO_DATA", "MEDIUM_RISK", "HIGH_RISK", "POSSIBLE_RISK"}),
        frozenset({"UNEVALUATED", "PLAY_PROTECT_VERDICT_UNSPECIFIED"}),
        "play_protect",
    ),
    Verdict(
        LOCATION,
        frozenset(
            f"{risk}_RISK_{where}"
            for risk in ("LOW", "MEDIUM", "HIGH")
            for where in ("DEVICE", "NETWORK")
        ),
        frozenset({"LOCATION_SPOOFING_RISK_VERDICT_UNSPECIFIED"}),
        "location_spoofing",
    ),
)

FIELDS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "requestDetails": {
            "requestPackageName": Kind.TEXT,
            "requestHash": Kind.TEXT,
            "nonce": Kind.TEXT,
            "timestampMillis": Kind.WIDE,
            "requestTime": Kind.TIME,
        },
        "appIntegrity": {
            "appRecognitionVerdict": Kind.TEXT,
            "packageName": Kind.TEXT,
            "certificateSha256Digest": Kind.TEXTS,
            "versionCode": Kind.WIDE,
        },
        "deviceIntegrity": {
            "deviceRecognitionVerdict": Kind.TEXTS,
            "legacyDeviceRecognitionVerdict": Kind.TEXTS,
            "deviceAttributes": {"sdkVersion": Kind.NUMBER},
            "recentDeviceActivity": {"deviceActivityLevel": Kind.TEXT},
            "deviceRecall": {
                "values": dict.fromkeys(("bitFirst", "bitSecond", "bitThird"), Kind.FLAG),
                "writeDates": dict.fromkeys(
                    ("yyyymmFirst", "yyyymmSecond", "yyyymmThird"), Kind.NUMBER
                ),
            },
        },
        "accountDetails": {
            "appLicensingVerdict": Kind.TEXT,
            "accountActivity": {"activityLevel": Kind.TEXT},
        },
        "environmentDetails": {
            "appAccessRiskVerdict": {"appsDetected": Kind.TEXTS},
            "playProtectVerdict": Kind.TEXT,
            "locationSpoofingRiskVerdict": Kind.TEXTS,
        },
        "testingDetails": {"isTestingResponse": Kind.FLAG},
    }
)
"""Every field that is known, with the variant for PCs; objects within objects."""
