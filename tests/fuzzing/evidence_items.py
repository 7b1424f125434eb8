"""Targets: items of evidence as a request holds them, and what a PSP sets up, for each provider."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any, Final

import msgspec
import numpy as np

from compliance.decisions.wire import BODY_LIMIT, EvidenceItem, utc
from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import PACKAGE, SIGNATURE_DIGEST
from compliance.evidence.errors import InvalidProviderSettingsError
from compliance.evidence.providers import PROVIDERS, caep, execution_environment, promon, wultra
from compliance.evidence.providers.freerasp_names import BY_NAME
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    TrustMaterial,
)
from compliance.evidence.required import NAME as REQUIRED_EVIDENCE
from compliance.evidence.setting_up import settings_from
from policies.vocabulary.findings import CATALOGUE
from tests.fuzzing.forms import Form
from tests.fuzzing.target import Target
from tests.support import app_attest, attestation, play, signed_tokens
from tests.support.attestation import AT
from tests.support.simulated_sessions import Scene, simulate

NOW: Final = int(AT.timestamp())
NONCE: Final = "bm9uY2Ugb2YgdGhlIGJhY2stZW5k"
ISSUER: Final = "https://idp.example/1/"
EAR_PROFILE: Final = "tag:ietf.org,2026:rats/ear#03"
MEASURED: Final = f"sha256:{'ab' * 32}"
_DECODER: Final = msgspec.json.Decoder(EvidenceItem)
_VALUES: Final = (str, int, bool)


@cache
def documents() -> Mapping[str, dict[str, Any]]:
    """Return what an invented PSP sets up for each provider."""
    keys = [signed_tokens.jwk_of("ES256", kid="k")]
    rasp = {"rootFound": {"code": "device.rooted", "state": "present"}}
    app = {"certificate_digests": [SIGNATURE_DIGEST.hex()], "minimum_version": 700}
    return {
        "android_key_attestation": {
            "packages": {PACKAGE: app},
            "verified_boot_keys": [{"name": "a system", "key": "ab" * 32}],
            "max_patch_age": {"os": "6 months", "boot": "365 days"},
            "certificates_issued_baseline": 200,
        },
        "apple_app_attest": {"app_ids": [app_attest.APP_ID]},
        "apple_devicecheck": {"flags": ["bit1"]},
        "approov": {
            "secrets": [{"secret": base64.b64encode(b"\0" + signed_tokens.SECRET).decode()}],
            "keys": keys,
        },
        "caep": {
            "transmitters": [{"issuer": ISSUER, "audience": "https://psp.example", "keys": keys}]
        },
        "ear": {"verifiers": [{"name": "a verifier", "keys": keys}]},
        "execution_environment": {"keys": keys, "measurements": [MEASURED]},
        "generic_rasp": {"vendors": {"acme": {"complete": "scanComplete", "events": rasp}}},
        "play_integrity": play.set_up(),
        "promon": {"registered": ["ROOTING"]},
        "wultra": {"registered": ["rootDetected"]},
        REQUIRED_EVIDENCE: {"app": [["android_key_attestation", "apple_app_attest"], "freerasp"]},
    }


@cache
def trust() -> TrustMaterial:
    """Return what the invented PSP trusts: its own roots, keys and lists."""
    return TrustMaterial(
        anchors=(*attestation.trust().anchors, *app_attest.trust().anchors),
        settings={
            name: settings_from(name, json.dumps(document).encode())
            for name, document in documents().items()
            if name in PROVIDERS
        },
    )


def claims(provider: str) -> dict[str, Any]:
    """Return the claims of a sound token of a provider."""
    return {
        "approov": {"exp": NOW + 200, "iss": "psp.approov.example", "pay": NONCE},
        "caep": {
            "iss": ISSUER,
            "aud": "https://psp.example",
            "jti": "event-1",
            "iat": NOW - 10,
            "sub_id": {"format": "complex", "device": {"format": "opaque", "id": "a device"}},
            "events": {
                f"{caep.EVENT_TYPES}device-compliance-change": {
                    "event_timestamp": NOW - 20,
                    "previous_status": "compliant",
                    "current_status": "not-compliant",
                }
            },
        },
        "ear": {
            "eat_profile": EAR_PROFILE,
            "iat": NOW - 5,
            "eat_nonce": NONCE,
            "ear_status": "affirming",
            "ear_verifier_id": {"developer": "d", "build": "b"},
            "submods": {
                "phone": {
                    "ear_status": 2,
                    "ear_trustworthiness_vector": {"executables": 2, "hardware": 2},
                    "ear_appraisal_policy_ids": ["a policy"],
                }
            },
        },
        "execution_environment": {
            "iat": NOW - 2,
            "jti": "statement-1",
            "transaction": "tx-1",
            "class": "tee",
            "delivery": "just_in_time",
            "packaging": "library",
            "uniqueness": "transaction",
            "instance": "see-7d1c",
            "measurement": MEASURED,
        },
    }[provider]


TYPES: Final = {
    "approov": "JWT",
    "caep": caep.TYPE,
    "ear": "JWT",
    "execution_environment": execution_environment.TYPE,
}
FIELDS: Final = dict.fromkeys(TYPES, "token") | {"execution_environment": "statement"}


def signed(provider: str, payload: bytes) -> str:
    """Return a token of a provider over any payload, by a key that the PSP trusts."""
    return signed_tokens.signed(payload, kid="k", typ=TYPES[provider])


def check_appraisal(appraisal: Appraisal) -> None:
    """Check what holds of every appraisal, whatever came in."""
    found = [finding.code for finding in appraisal.findings]
    assert found == sorted(set(found)), "codes stand once, in order"
    assert set(found) <= CATALOGUE.keys(), "codes of the catalogue"
    assert all(isinstance(value, _VALUES) for value in appraisal.details.values())
    msgspec.json.encode(appraisal)
    if "attestation.invalid" in attestation.codes(appraisal, "present"):
        assert not appraisal.verified
        assert appraisal.once == ()
        assert appraisal.counter is None
        assert appraisal.environment is None


def appraise_item(provider: str, mode: Mode, payload: Mapping[str, Any], **expected: str) -> None:
    """Appraise one item at the time of the tests."""
    item = Evidence(provider, mode, payload, expected, AT)
    (appraisal,) = appraise([item], trust=trust(), at=AT)
    check_appraisal(appraisal)


def _run_item(provider: str, data: bytes) -> None:
    """Appraise an item as a request holds it; its provider's name is put in."""
    item = _DECODER.decode(data)
    try:
        observed_at = None if item.observed_at is None else utc(item.observed_at)
    except OverflowError:
        return
    evidence = Evidence(provider, item.mode, item.payload, item.expected, observed_at)
    (appraisal,) = appraise([evidence], trust=trust(), at=AT)
    check_appraisal(appraisal)


def _item(
    mode: str, payload: Mapping[str, Any], expected: Mapping[str, str] | None = None
) -> bytes:
    """Return an item as JSON."""
    body = {"provider": "x", "mode": mode, "payload": payload, "expected": expected or {}}
    return json.dumps(body | {"observed_at": "2026-11-23T10:15:00Z"}).encode()


def _items(provider: str) -> Iterator[bytes]:  # noqa: C901 - one case for each provider
    """Yield sound items of a provider, in each of its modes."""
    match provider:
        case "android_key_attestation":
            item = attestation.evidence_of(attestation.chain_of())
            expected = dict(item.expected) | {"package": "example.app"}
            yield _item("raw", item.payload, expected)
        case "apple_app_attest":
            key = app_attest.new_key()
            for item in (
                app_attest.evidence("attestation", app_attest.attest(key)),
                app_attest.evidence(
                    "assertion",
                    app_attest.assert_with(key),
                    public_key=app_attest.b64(app_attest.point(key)),
                    last_counter="0",
                ),
                app_attest.evidence("receipt", app_attest.renewed(key, b"2")),
            ):
                yield _item("raw", item.payload, item.expected)
            yield _item("reported", {"is_supported": False})
        case "apple_devicecheck":
            yield _item("decoded", {"bit0": True, "bit1": False, "last_update_time": "2026-10"})
            yield _item("decoded", {"bit_state": "not_found"})
        case "approov" | "caep" | "ear" | "execution_environment":
            expected = {
                "approov": {"request_hash": base64.b64encode(bytes(32)).decode()},
                "caep": {"subject": "a device"},
                "ear": {"nonce": NONCE},
                "execution_environment": {"transaction": "tx-1"},
            }[provider]
            text = signed(provider, json.dumps(claims(provider)).encode())
            yield _item("raw", {FIELDS[provider]: text}, expected)
            yield _item("raw", {FIELDS[provider]: "NO_NETWORK"})
        case "freerasp":
            apps = [{"packageInfo": {"packageName": "a.b"}, "reason": "suspicious"}]
            report = {"threats": [*BY_NAME][:4], "all_checks_finished": True, "platform": "android"}
            yield _item("reported", report | {"malware": apps})
        case "generic_rasp":
            said = {"vendor": "acme", "events": ["rootFound"], "markers": {"scanComplete": True}}
            yield _item("reported", said)
        case "play_integrity":
            expected = {"nonce": play.NONCE, "package": play.PACKAGE}
            yield _item("decoded", play.content(), expected)
            yield _item("raw", {"token": play.token()}, expected)
        case "promon" | "wultra":
            product = {"promon": promon.PRODUCT, "wultra": wultra.PRODUCT}[provider]
            checks = dict.fromkeys([*product.codes_of][:3], True)
            yield _item("reported", {product.field: checks, "checks_finished": True})
        case "sensor_consistency":
            session = simulate(Scene.HELD, np.random.default_rng(1), touches=15)
            yield _item("reported", session)


ITEM_TARGETS: Final = tuple(
    Target(
        name=f"item.{provider}",
        run=partial(_run_item, provider),
        errors=(EvidenceShapeError, msgspec.DecodeError, UnicodeDecodeError),
        seeds=partial(_items, provider),
        form=Form.JSON,
        max_size=BODY_LIMIT if provider == "sensor_consistency" else 64 * 1024,
    )
    for provider in PROVIDERS
)

SETTINGS_TARGETS: Final = tuple(
    Target(
        name=f"settings.{provider}",
        run=partial(settings_from, provider),
        errors=(InvalidProviderSettingsError,),
        seeds=partial(lambda name: [json.dumps(documents()[name]).encode()], provider),
        form=Form.JSON,
        max_size=64 * 1024,
    )
    for provider in (*PROVIDERS, REQUIRED_EVIDENCE)
    if provider in documents()
)
