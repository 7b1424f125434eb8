"""What a PSP sets up for Play Integrity: read whole, or refused with every place; keys stay secret."""
# SPDX-License-Identifier: Apache-2.0

import base64
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from compliance.evidence.providers.play_integrity.settings import Settings, read_settings
from compliance.evidence.providers.shape import SettingsError
from tests.support.attestation import appraise_one
from tests.support.play import (
    AES_KEY,
    DIGEST,
    b64url,
    raw,
    set_up,
    signing_key,
    spki,
    token,
    trust_of,
)

P256_PEM = (
    signing_key()
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def problems_of(**changed: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(set_up(**changed))
    assert base64.b64encode(AES_KEY).decode() not in str(caught.value)
    return [problem.pointer for problem in caught.value.problems]


def test_a_whole_document_is_read() -> None:
    settings = read_settings(
        set_up(verdicts=["play_protect"], max_age_s=30, testing_responses=True)
    )

    assert settings.packages == {"com.example.bank"}
    assert settings.certificate_digests == {DIGEST}
    assert settings.switched_on == {"play_protect"}
    assert (settings.max_age_s, settings.testing_responses) == (30, True)


def test_the_longest_name_of_a_package_is_read() -> None:
    assert read_settings(set_up(packages=["x" * 255])).packages == {"x" * 255}


def test_what_is_left_out_is_strict() -> None:
    settings = read_settings(set_up(verdicts=None, decryption_key=None, verification_key=None))

    assert settings.switched_on == frozenset()
    assert (settings.max_age_s, settings.testing_responses, settings.keys) == (600, False, None)
    assert Settings().testing_responses is False


@pytest.mark.parametrize(
    "digest", [DIGEST.hex(), DIGEST.hex(":").upper(), b64url(DIGEST), b64url(DIGEST) + "="]
)
def test_a_digest_has_several_forms(digest: str) -> None:
    assert read_settings(set_up(certificate_digests=[digest])).certificate_digests == {DIGEST}


@pytest.mark.parametrize(
    "verification_key",
    [
        P256_PEM,
        f"\n{P256_PEM}\n",
        base64.b64encode(spki()).decode(),
        base64.encodebytes(spki()).decode(),
    ],
)
def test_googles_key_opens_tokens_in_each_of_its_forms(verification_key: str) -> None:
    against = trust_of(verification_key=verification_key)

    assert appraise_one(raw(token()), against=against).verified


def other_keys() -> list[str]:
    keys = [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ]
    return [base64.b64encode(spki(key)).decode() for key in keys]


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"packages": None}, ["/packages"]),
        ({"packages": []}, ["/packages"]),
        ({"packages": "com.example.bank"}, ["/packages"]),
        ({"packages": ["a"] * 65}, ["/packages"]),
        ({"packages": ["a", "", 5, "x" * 256]}, [f"/packages/{index}" for index in (1, 2, 3)]),
        ({"certificate_digests": None}, ["/certificate_digests"]),
        ({"certificate_digests": ["00"]}, ["/certificate_digests/0"]),
        ({"verdicts": ["play_protect", "everything", []]}, ["/verdicts/1", "/verdicts/2"]),
        ({"verdicts": {}}, ["/verdicts"]),
        ({"max_age_s": 0}, ["/max_age_s"]),
        ({"max_age_s": True}, ["/max_age_s"]),
        ({"max_age_s": 86401}, ["/max_age_s"]),
        ({"max_age_s": "600"}, ["/max_age_s"]),
        ({"testing_responses": 1}, ["/testing_responses"]),
        ({"decryption_key": None}, ["/decryption_key"]),
        ({"verification_key": None}, ["/verification_key"]),
        ({"decryption_key": base64.b64encode(bytes(16)).decode()}, ["/decryption_key"]),
        ({"decryption_key": "!"}, ["/decryption_key"]),
        ({"decryption_key": "é"}, ["/decryption_key"]),
        ({"decryption_key": 5}, ["/decryption_key"]),
        ({"decryption_key": "A" * 2049}, ["/decryption_key"]),
        ({"verification_key": ""}, ["/verification_key"]),
        ({"verification_key": "AAAA"}, ["/verification_key"]),
        ({"verification_key": "-----BEGIN PUBLIC KEY-----\nAAAA"}, ["/verification_key"]),
        ({"verification_key": 5, "decryption_key": 5}, ["/decryption_key", "/verification_key"]),
        *(({"verification_key": key}, ["/verification_key"]) for key in other_keys()),
        ({"surprise": 1, "max_age_s": 0}, ["/surprise", "/max_age_s"]),
    ],
)
def test_a_document_that_makes_no_sense_is_refused_with_every_place(
    changed: dict[str, Any], pointers: list[str]
) -> None:
    assert problems_of(**changed) == pointers


def test_keys_show_nowhere_and_settings_do_not_change() -> None:
    settings = read_settings(set_up())
    shown = repr(settings) + repr(settings.keys) + str(vars(SettingsError([])))

    assert "synthetic" not in shown
    assert base64.b64encode(AES_KEY).decode() not in shown
    with pytest.raises(FrozenInstanceError):
        settings.max_age_s = 1  # type: ignore[misc]
