"""Names and codes of freeRASP's threats, on Android and on iOS, as facts."""
# SPDX-License-Identifier: Apache-2.0

from types import MappingProxyType
from typing import Final, NamedTuple

ANDROID: Final = "android"
IOS: Final = "ios"
_BOTH: Final = frozenset({ANDROID, IOS})
_ANDROID_ONLY: Final = frozenset({ANDROID})


class Threat(NamedTuple):
    """One check: unified name, code (if it has one), native names, and where it is made."""

    name: str
    code: int | None
    android: str = ""
    ios: str = ""
    platforms: frozenset[str] = _BOTH


THREATS: Final = (
    Threat("privilegedAccess", 44506749, "onRootDetected", "jailbreak"),
    Threat("debug", 1268968002, "onDebuggerDetected", "debugger"),
    Threat("simulator", 477190884, "onEmulatorDetected", "simulator"),
    Threat("appIntegrity", 1115787534, "onTamperDetected", "signature"),
    Threat(
        "unofficialStore", 629780916, "onUntrustedInstallationSourceDetected", "unofficialStore"
    ),
    Threat("hooks", 209533833, "onHookDetected", "runtimeManipulation"),
    Threat("deviceBinding", 1806586319, "onDeviceBindingDetected", "deviceChange"),
    Threat("deviceId", 1514211414, "", "deviceID", frozenset({IOS})),
    Threat("obfuscationIssues", 1001443554, "onObfuscationIssuesDetected", platforms=_ANDROID_ONLY),
    Threat("passcode", 1293399086, "onUnlockedDeviceDetected", "passcode"),
    Threat(
        "secureHardwareNotAvailable",
        1564314755,
        "onHardwareBackedKeystoreNotAvailableDetected",
        "missingSecureEnclave",
    ),
    Threat("systemVPN", 659382561, "onSystemVPNDetected", "systemVPN"),
    Threat("devMode", 45291047, "onDeveloperModeDetected", platforms=_ANDROID_ONLY),
    Threat("adbEnabled", 379769839, "onADBEnabledDetected", platforms=_ANDROID_ONLY),
    Threat("screenshot", 705651459, "onScreenshotDetected", "screenshot"),
    Threat("screenRecording", 64690214, "onScreenRecordingDetected", "screenRecording"),
    Threat("multiInstance", 859307284, "onMultiInstanceDetected", platforms=_ANDROID_ONLY),
    Threat("unsecureWiFi", 363588890, "onUnsecureWifiDetected", platforms=_ANDROID_ONLY),
    Threat("timeSpoofing", 189105221, "onTimeSpoofing", "timeSpoofing"),
    Threat("locationSpoofing", 653273273, "onLocationSpoofingDetected", platforms=_ANDROID_ONLY),
    Threat("automation", 298453120, "onAutomationDetected", platforms=_ANDROID_ONLY),
    Threat("overlay", 55943254, "onOverlayDetected", platforms=_ANDROID_ONLY),
    Threat("bootloader", None, "onBootloader", platforms=_ANDROID_ONLY),
    Threat("malware", None, "onMalwareDetected", platforms=_ANDROID_ONLY),
)
"""Names and codes as of freeRASP 7.5.1, `bootloader` as of 2026-08."""

NOT_CHECKED_BY_EVERY_RELEASE: Final = frozenset({"overlay", "bootloader", "malware"})
"""Silence about these means nothing: old releases do not check, or the app must configure it."""

SILENT: Final = frozenset({"passcodeChange", "allChecksFinished", "onAllChecksDone"})
"""Known names that are no threat: the wrapper drops the first, the others mark the end of checks."""
SILENT_CODES: Final = frozenset({187429})

MALWARE_PERMISSION_REASONS: Final = frozenset({"suspiciousPermission", "suspiciousPermissions"})
"""Reasons of a suspicious app that say: it can read messages."""


def _by_name() -> dict[str | int, Threat]:
    """Return every spelling of every threat, in lower case, and every code."""
    table: dict[str | int, Threat] = {}
    for threat in THREATS:
        for name in filter(None, (threat.name, threat.android, threat.ios)):
            table[name.lower()] = threat
        if threat.code is not None:
            table[threat.code] = threat
    return table


BY_NAME: Final = MappingProxyType(_by_name())
