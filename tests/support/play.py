"""Invented Play Integrity tokens: true to the format, under keys of the tests' own. None is Google's."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.play_integrity.names import SWITCHES
from compliance.evidence.providers.play_integrity.settings import read_settings
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode, TrustMaterial
from tests.support.attestation import AT, appraise_one

PACKAGE = "com.example.bank"
DIGEST = bytes(range(32))
NONCE = "bm9uY2Utb2YtdGhlLWJhY2stZW5k"
AES_KEY = b"synthetic key of these tests, 32"
ALL_ON = list(SWITCHES)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def spki(key: Any = None) -> bytes:
    public = (key or signing_key()).public_key()
    der: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def set_up(**changed: Any) -> dict[str, Any]:
    """A PSP's document, whole; None leaves a field out."""
    document = {
        "packages": [PACKAGE],
        "certificate_digests": [b64url(DIGEST)],
        "decryption_key": base64.b64encode(AES_KEY).decode(),
        "verification_key": base64.b64encode(spki()).decode(),
        "verdicts": ALL_ON,
    } | changed
    return {name: value for name, value in document.items() if value is not None}


def trust_of(**changed: Any) -> TrustMaterial:
    return TrustMaterial(settings={NAME: read_settings(set_up(**changed))})


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def content(**changed: Any) -> dict[str, Any]:
    """What Google says of a sound device; a path with its value replaces, None removes."""
    whole: dict[str, Any] = {
        "requestDetails": {
            "requestPackageName": PACKAGE,
            "nonce": NONCE,
            "timestampMillis": milliseconds(AT - timedelta(seconds=5)),
        },
        "appIntegrity": {
            "appRecognitionVerdict": "PLAY_RECOGNIZED",
            "packageName": PACKAGE,
            "certificateSha256Digest": [b64url(DIGEST)],
            "versionCode": "25700",
        },
        "deviceIntegrity": {
            "deviceRecognitionVerdict": [
                "MEETS_BASIC_INTEGRITY",
                "MEETS_DEVICE_INTEGRITY",
                "MEETS_STRONG_INTEGRITY",
            ],
            "deviceAttributes": {"sdkVersion": 35},
            "recentDeviceActivity": {"deviceActivityLevel": "LEVEL_1"},
            "deviceRecall": {
                "values": {"bitFirst": False, "bitSecond": False, "bitThird": False},
                "writeDates": {},
            },
        },
        "accountDetails": {
            "appLicensingVerdict": "LICENSED",
            "accountActivity": {"activityLevel": "TYPICAL_BASIC"},
        },
        "environmentDetails": {
            "appAccessRiskVerdict": {"appsDetected": ["KNOWN_INSTALLED", "UNKNOWN_INSTALLED"]},
            "playProtectVerdict": "NO_ISSUES",
            "locationSpoofingRiskVerdict": ["LOW_RISK_DEVICE", "LOW_RISK_NETWORK"],
        },
    }
    for path, value in changed.items():
        put(whole, path, value)
    return whole


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Replace what is at `path` (steps apart by `__`); None removes it."""
    *steps, last = path.split("__")
    for step in steps:
        tree = tree.setdefault(step, {})
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = value


def signed(payload: Any, *, header: Mapping[str, Any] | None = None, key: Any = None) -> str:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    ec_key = ECKey.import_key(_pem(key or signing_key()))
    registry = jws.JWSRegistry(algorithms=["ES256", "ES384"], strict_check_header=False)
    return jws.serialize_compact(dict(header or {"alg": "ES256"}), data, ec_key, registry=registry)


def encrypted(text: str, *, header: Mapping[str, Any] | None = None, key: bytes = AES_KEY) -> str:
    algorithms = ["A128KW", "A256KW", "A256GCM", "A128CBC-HS256", "A256CBC-HS512", "dir", "DEF"]
    registry = jwe.JWERegistry(algorithms=algorithms, strict_check_header=False)
    protected = dict(header or {"alg": "A256KW", "enc": "A256GCM"})
    return jwe.encrypt_compact(protected, text, OctKey.import_key(key), registry=registry)


def token(payload: Any = None) -> str:
    return encrypted(signed(content() if payload is None else payload))


def raw(text: str, **expected: str) -> Evidence:
    return Evidence(NAME, Mode.RAW, {"token": text}, expected, AT)


def decoded(payload: dict[str, Any], **expected: str) -> Evidence:
    return Evidence(NAME, Mode.DECODED, payload, expected, AT)


def appraised(evidence: Evidence, **changed: Any) -> Appraisal:
    """The appraisal under a whole set-up, or one with changes."""
    return appraise_one(evidence, against=trust_of(**changed))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


LABELS = "deviceIntegrity__deviceRecognitionVerdict"
APPS = "environmentDetails__appAccessRiskVerdict"
SOUND = {
    "accessibility.abuse",
    "app.debug_build",
    "app.repackaged",
    "app.tampered",
    "app.unofficial_store",
    "attestation.binding_mismatch",
    "attestation.stale",
    "attestation.unevaluated",
    "context.spoofed",
    "device.attestation_farming",
    "device.emulator",
    "device.malware_detected",
    "device.malware_unprotected",
    "device.not_certified",
    "device.os_outdated",
    "device.previously_flagged",
    "device.remote_controlled",
    "device.rooted",
    "screen.captured",
    "screen.overlay",
}
OF_THE_TOKEN = {
    "app.debug_build",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "attestation.unevaluated",
}
OPEN = "attestation.unevaluated"


def told(**changed: Any) -> Appraisal:
    """The appraisal of a decoded answer that is sound but for what is changed, bound to its request."""
    return appraised(decoded(content(**changed), nonce=NONCE))


APP = {"app.tampered", "app.unofficial_store", "app.repackaged"}
