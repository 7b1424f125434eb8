"""What a PSP sets up for key attestation."""
# SPDX-License-Identifier: Apache-2.0

from base64 import b64encode
from typing import Any

import pytest

from compliance.evidence.providers.android_key_attestation.patch_levels import MaxAge
from compliance.evidence.providers.android_key_attestation.settings import (
    MAX_BOOT_KEYS,
    MAX_DIGESTS,
    MAX_PACKAGES,
    App,
    Settings,
    read_settings,
)
from compliance.evidence.providers.shape import SettingsError

DIGEST = "ab" * 32
APP = {"certificate_digests": [DIGEST]}
SYSTEM = {"name": "an alternative system", "key": DIGEST}


def test_nothing_need_be_set_up() -> None:
    assert read_settings({}) == Settings()


def test_all_of_it_is_read() -> None:
    settings = read_settings(
        {
            "packages": {
                "de.example.app": {
                    "certificate_digests": [DIGEST, b64encode(bytes(32)).decode()],
                    "minimum_version": 731,
                },
                "de.example.other": APP,
            },
            "verified_boot_keys": [SYSTEM],
            "max_patch_age": {"os": "6 months", "boot": "400 days"},
            "certificates_issued_baseline": 200,
        }
    )

    assert settings.apps == {
        "de.example.app": App(frozenset({bytes.fromhex(DIGEST), bytes(32)}), 731),
        "de.example.other": App(frozenset({bytes.fromhex(DIGEST)})),
    }
    assert settings.boot_keys == {bytes.fromhex(DIGEST): "an alternative system"}
    assert settings.max_patch_age == {
        "osPatchLevel": MaxAge(6, "months"),
        "vendorPatchLevel": MaxAge(12, "months"),
        "bootPatchLevel": MaxAge(400, "days"),
    }
    assert settings.certificates_issued == 200


def test_one_age_holds_for_every_partition() -> None:
    ages = read_settings({"max_patch_age": "90 days"}).max_patch_age

    assert set(ages.values()) == {MaxAge(90, "days")}
    assert len(ages) == 3


def places_of(document: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)
    return [problem.pointer for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"package": {}}, ["/package"]),
        ({"packages": {}}, ["/packages"]),
        ({"packages": ["de.example.app"]}, ["/packages"]),
        ({"packages": {f"a{n}": APP for n in range(MAX_PACKAGES + 1)}}, ["/packages"]),
        ({"packages": {"": APP}}, ["/packages/"]),
        ({"packages": {"a" * 256: APP}}, [f"/packages/{'a' * 256}"]),
        ({"packages": {"a/b~c": 5}}, ["/packages/a~1b~0c"]),
        ({"packages": {"a": {}}}, ["/packages/a/certificate_digests"]),
        ({"packages": {"a": APP | {"version": 5}}}, ["/packages/a/version"]),
        ({"packages": {"a": APP | {"minimum_version": 0}}}, ["/packages/a/minimum_version"]),
        ({"packages": {"a": APP | {"minimum_version": "7.3"}}}, ["/packages/a/minimum_version"]),
        ({"packages": {"a": APP | {"minimum_version": True}}}, ["/packages/a/minimum_version"]),
        ({"packages": {"a": APP | {"minimum_version": 2**63}}}, ["/packages/a/minimum_version"]),
        (
            {"packages": {"a": {"certificate_digests": [DIGEST, "abcd", 5]}}},
            ["/packages/a/certificate_digests/1", "/packages/a/certificate_digests/2"],
        ),
        (
            {"packages": {"a": {"certificate_digests": [DIGEST] * (MAX_DIGESTS + 1)}}},
            ["/packages/a/certificate_digests"],
        ),
        ({"verified_boot_keys": []}, ["/verified_boot_keys"]),
        ({"verified_boot_keys": [SYSTEM] * (MAX_BOOT_KEYS + 1)}, ["/verified_boot_keys"]),
        ({"verified_boot_keys": [DIGEST]}, ["/verified_boot_keys/0"]),
        ({"verified_boot_keys": [{"key": DIGEST}]}, ["/verified_boot_keys/0/name"]),
        ({"verified_boot_keys": [SYSTEM | {"name": "a\n"}]}, ["/verified_boot_keys/0/name"]),
        ({"verified_boot_keys": [SYSTEM | {"name": "a" * 101}]}, ["/verified_boot_keys/0/name"]),
        ({"verified_boot_keys": [SYSTEM | {"key": "00" * 32}]}, ["/verified_boot_keys/0/key"]),
        ({"verified_boot_keys": [SYSTEM | {"key": "ab" * 31}]}, ["/verified_boot_keys/0/key"]),
        ({"verified_boot_keys": [SYSTEM | {"model": "x"}]}, ["/verified_boot_keys/0/model"]),
        ({"verified_boot_keys": [SYSTEM, SYSTEM]}, ["/verified_boot_keys/1/key"]),
        ({"max_patch_age": 12}, ["/max_patch_age"]),
        ({"max_patch_age": "12"}, ["/max_patch_age"]),
        ({"max_patch_age": "0 days"}, ["/max_patch_age"]),
        ({"max_patch_age": "121 months"}, ["/max_patch_age"]),
        ({"max_patch_age": "9999 days"}, ["/max_patch_age"]),
        ({"max_patch_age": "12 months\n"}, ["/max_patch_age"]),
        ({"max_patch_age": {"os": "12", "modem": "12 months"}}, None),
        ({"certificates_issued_baseline": 0}, ["/certificates_issued_baseline"]),
        ({"certificates_issued_baseline": "many"}, ["/certificates_issued_baseline"]),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(
    document: dict[str, Any], places: list[str] | None
) -> None:
    assert places_of(document) == (places or ["/max_patch_age/modem", "/max_patch_age/os"])
