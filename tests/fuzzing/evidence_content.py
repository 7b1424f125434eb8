"""Targets: what devices and providers sign. The bytes are signed here, so that what is behind the signature is read."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.evidence.demonstration import DeviceState, attestation_extension
from compliance.evidence.providers import ear
from compliance.evidence.providers.apple_app_attest import NAME as APP_ATTEST
from compliance.evidence.providers.apple_app_attest.payload import (
    MAX_ASSERTION,
    MAX_ATTESTATION,
    MAX_RECEIPT,
)
from compliance.evidence.providers.shape import EvidenceShapeError, Mode
from tests.fuzzing.evidence_items import (
    EAR_PROFILE,
    FIELDS,
    NOW,
    TYPES,
    appraise_item,
    claims,
    signed,
)
from tests.fuzzing.forms import Form
from tests.fuzzing.target import Target
from tests.support import app_attest, attestation, play, signed_tokens
from tests.support.app_attest import CHALLENGE, Says, b64
from tests.support.cose_tokens import cose_bytes

KEY_ATTESTATION: Final = "android_key_attestation"
PLAY_INTEGRITY: Final = "play_integrity"
_EXPECTED: Final = {"challenge": b64(CHALLENGE), "app_id": app_attest.APP_ID}


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    """Return the one key that is attested."""
    return app_attest.new_key()


@cache
def _leaf() -> bytes:
    """Return the certificate of that key."""
    says = Says()
    return app_attest.leaf_for(_key(), app_attest.authenticator_data(_key(), says), says)


# Android key attestation.


def _chain(chain: Iterable[bytes]) -> None:
    payload = {"chain": [b64(der) for der in chain]}
    appraise_item(KEY_ATTESTATION, Mode.RAW, payload, challenge=b64(CHALLENGE))


def _run_leaf(data: bytes) -> None:
    _chain([data, *attestation.chain_of()[1:]])


def _run_extension(data: bytes) -> None:
    level = DeviceState().security_level
    _chain(attestation.authority().chain_for(_key().public_key(), data, level=level))


def _extensions() -> Iterable[bytes]:
    for state in (
        DeviceState(),
        DeviceState(security_level="SOFTWARE", verified_boot_state="UNVERIFIED"),
        DeviceState(user_auth_required=False, attestation_version=3),
    ):
        yield attestation_extension(state, challenge=CHALLENGE, at=attestation.AT)


# App Attest.


def _app_attest(kind: str, data: bytes, **expected: str) -> None:
    appraise_item(APP_ATTEST, Mode.RAW, {kind: b64(data)}, **(_EXPECTED | expected))


def _run_attestation(data: bytes) -> None:
    _app_attest("attestation", data)


def _run_assertion(data: bytes) -> None:
    _app_attest("assertion", data, public_key=b64(app_attest.point(_key())), last_counter="0")


def _run_receipt(data: bytes) -> None:
    payload = {"receipt": b64(data)}
    appraise_item(APP_ATTEST, Mode.RAW, payload, app_id=app_attest.APP_ID)


def _run_attested_data(data: bytes) -> None:
    leaf = app_attest.leaf_for(_key(), data, Says())
    chain = [leaf, app_attest.pki().authority.der]
    receipt = app_attest.receipt_of(leaf)
    _run_attestation(app_attest.attestation_object(chain, receipt, data))


def _run_nonce_extension(data: bytes) -> None:
    says = Says(oids={app_attest.NONCE_OID: data})
    content = app_attest.authenticator_data(_key(), says)
    chain = [app_attest.leaf_for(_key(), content, says), app_attest.pki().authority.der]
    receipt = app_attest.receipt_of(chain[0])
    _run_attestation(app_attest.attestation_object(chain, receipt, content))


def _run_asserted_data(data: bytes) -> None:
    octets = hashlib.sha256(data + Says().client_data_hash).digest()
    signature = _key().sign(octets, ec.ECDSA(hashes.SHA256()))
    _run_assertion(app_attest.canonical({"signature": signature, "authenticatorData": data}))


def _run_receipt_content(data: bytes) -> None:
    _run_receipt(app_attest.signed_data(data, is_indefinite=False))


def _receipt_contents() -> Iterable[bytes]:
    fields = app_attest.receipt_fields(_leaf(), Says(), b"ATTEST")
    yield app_attest.receipt_content(fields)
    yield app_attest.receipt_content(fields | {17: b"2", 6: b"RECEIPT"})


# Tokens.


def _run_claims(provider: str, data: bytes) -> None:
    appraise_item(provider, Mode.RAW, {FIELDS[provider]: signed(provider, data)})


def _run_token(provider: str, data: bytes) -> None:
    appraise_item(provider, Mode.RAW, {FIELDS[provider]: data.decode("utf-8", "replace")})


def _run_cwt(data: bytes) -> None:
    appraise_item(ear.NAME, Mode.RAW, {"cwt": signed_tokens.b64url(data)})


def _run_cwt_claims(data: bytes) -> None:
    _run_cwt(cose_bytes(data, unprotected={4: b"k"}))


def _numbered_claims() -> Iterable[bytes]:
    """Yield an attestation result in CBOR."""
    vector = dict.fromkeys(range(8), 2)
    part = {1000: 2, 1001: vector, 1003: ["a policy"], 262: True, 263: 1}
    whole = {6: NOW - 5, 10: b"a nonce of ours", 265: EAR_PROFILE, 266: {"phone": part}}
    yield cbor2.dumps({**whole, 1000: 2, 1004: {0: "d", 1: "b"}})


def _play(text: str) -> None:
    appraise_item(PLAY_INTEGRITY, Mode.RAW, {"token": text}, nonce=play.NONCE)


def _content(
    name: str,
    run: Callable[[bytes], None],
    seeds: Callable[[], Iterable[bytes]],
    *,
    form: Form = Form.BYTES,
    max_size: int = 8192,
) -> Target:
    """Return a target that is evidence of a sound shape, with any content: it is always appraised.

    An empty or overlong payload alone is refused, as a malformed request.
    """
    return Target(
        name=f"evidence.{name}",
        run=run,
        errors=(EvidenceShapeError,),
        seeds=seeds,
        form=form,
        max_size=max_size,
    )


CONTENT_TARGETS: Final = (
    _content("key_attestation_leaf", _run_leaf, lambda: attestation.chain_of()[:1], form=Form.DER),
    _content("key_attestation_extension", _run_extension, _extensions, form=Form.DER),
    _content(
        "app_attest_attestation",
        _run_attestation,
        lambda: [app_attest.attest(_key())],
        form=Form.CBOR,
        max_size=MAX_ATTESTATION + 64,
    ),
    _content(
        "app_attest_assertion",
        _run_assertion,
        lambda: [app_attest.assert_with(_key())],
        form=Form.CBOR,
        max_size=MAX_ASSERTION + 64,
    ),
    _content(
        "app_attest_receipt",
        _run_receipt,
        lambda: [app_attest.receipt_of(_leaf()), app_attest.renewed(_key(), b"2")],
        max_size=MAX_RECEIPT + 64,
    ),
    _content(
        "app_attest_receipt_der",
        _run_receipt,
        lambda: [app_attest.renewed(_key(), b"2")],
        form=Form.DER,
        max_size=MAX_RECEIPT + 64,
    ),
    _content("app_attest_receipt_content", _run_receipt_content, _receipt_contents, form=Form.DER),
    _content(
        "app_attest_attested_data",
        _run_attested_data,
        lambda: [
            app_attest.authenticator_data(_key(), Says()),
            app_attest.authenticator_data(
                _key(), Says(extensions={"apple_bundle_version_01": "1.2"})
            ),
        ],
    ),
    _content(
        "app_attest_asserted_data",
        _run_asserted_data,
        lambda: [app_attest.fixed_data(Says(), 1)],
    ),
    _content(
        "app_attest_nonce",
        _run_nonce_extension,
        lambda: [app_attest.nonce_extension(bytes(32))],
        form=Form.DER,
    ),
    *(
        _content(
            f"{name}_claims",
            partial(_run_claims, name),
            partial(lambda name: [json.dumps(claims(name)).encode()], name),
            form=Form.JSON,
        )
        for name in TYPES
    ),
    *(
        _content(
            f"{name}_token",
            partial(_run_token, name),
            partial(lambda name: [signed(name, json.dumps(claims(name)).encode()).encode()], name),
            max_size=ear.MAX_TOKEN + 64,
        )
        for name in TYPES
    ),
    _content("ear_cwt_claims", _run_cwt_claims, _numbered_claims, form=Form.CBOR),
    _content(
        "ear_cwt",
        _run_cwt,
        lambda: [cose_bytes(claims, unprotected={4: b"k"}) for claims in _numbered_claims()],
        max_size=ear.MAX_TOKEN,
    ),
    _content(
        "play_integrity_token",
        lambda data: _play(data.decode("utf-8", "replace")),
        lambda: [play.token().encode()],
        max_size=ear.MAX_TOKEN,
    ),
    _content(
        "play_integrity_signed",
        lambda data: _play(play.encrypted(data.decode("utf-8", "replace"))),
        lambda: [play.signed(play.content()).encode()],
    ),
    _content(
        "play_integrity_content",
        lambda data: _play(play.token(data)),
        lambda: [json.dumps(play.content()).encode()],
        form=Form.JSON,
    ),
)
