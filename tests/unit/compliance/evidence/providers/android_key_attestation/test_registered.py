"""What a PSP has registered: its apps, alternative systems, and what is usual."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.demonstration import (
    PACKAGE,
    SIGNATURE_DIGEST,
    DeviceState,
    authorization_list,
    der,
)
from compliance.evidence.demonstration.device import BOOT_KEY
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.settings import read_settings
from compliance.evidence.providers.shape import Appraisal, TrustMaterial
from tests.support.attestation import (
    CHALLENGE,
    CLEAN,
    PROVISIONED,
    anchored,
    appraise_one,
    authority,
    chain_of,
    codes,
    der_of,
    evidence_of,
    issuer,
    leaf_under,
    states,
    trust,
)

OURS = {"certificate_digests": [SIGNATURE_DIGEST.hex()]}
OTHER = {"certificate_digests": ["ab" * 32]}
LISTED = [{"name": "an alternative system", "key": BOOT_KEY.hex()}]
UNLISTED = [{"name": "another system", "key": "ab" * 32}]
SELF_SIGNED = DeviceState(verified_boot_state="SELF_SIGNED")


def told(state: DeviceState | None = None, **document: Any) -> Appraisal:
    return appraise_one(evidence_of(chain_of(state)), against=trust(**document))


@pytest.mark.parametrize(
    ("packages", "state"),
    [
        ({PACKAGE: OURS}, "absent"),
        ({PACKAGE: OURS, "de.example.other": OTHER}, "absent"),
        ({PACKAGE: OTHER}, "present"),
        ({"de.example.other": OURS}, "present"),
        # The certificate of one app does not vouch for another one.
        ({PACKAGE: OTHER, "de.example.other": OURS}, "present"),
    ],
)
def test_the_app_is_compared_with_those_that_are_registered(
    packages: dict[str, Any], state: str
) -> None:
    appraisal = told(packages=packages)

    assert states(appraisal)["app.repackaged"] == state
    assert "attestation.binding_mismatch" in codes(appraisal, "absent")


def test_the_back_end_may_expect_one_of_the_registered_apps() -> None:
    against = trust(packages={PACKAGE: OURS, "de.example.other": OTHER})
    ours = evidence_of(chain_of(), package=PACKAGE)
    others = evidence_of(chain_of(), package="de.example.other")

    assert states(appraise_one(ours, against=against))["app.repackaged"] == "absent"
    assert {"app.repackaged", "attestation.binding_mismatch"} <= codes(
        appraise_one(others, against=against), "present"
    )


def test_what_the_back_end_expects_beyond_the_register_does_not_help() -> None:
    evidence = evidence_of(chain_of(), package=PACKAGE, signature_digest=SIGNATURE_DIGEST.hex())
    appraisal = appraise_one(evidence, against=trust(packages={"de.example.other": OTHER}))

    assert "app.repackaged" in codes(appraisal, "present")


def test_an_app_that_the_device_does_not_name_was_not_evaluated() -> None:
    against = trust(packages={PACKAGE: {**OURS, "minimum_version": 5}})
    unnamed = appraise_one(evidence_of(without_app()), against=against)

    assert {"app.repackaged", "app.version_not_allowed"} <= codes(unnamed, "not_evaluated")


def without_app() -> list[bytes]:
    """A chain whose extension says nothing of an app."""
    fields = [
        der.integer(300),
        der.enumerated(1),
        der.integer(300),
        der.enumerated(1),
        der.octets(CHALLENGE),
        der.octets(b""),
        authorization_list({}),
        authorization_list({}),
    ]
    key = issuer().key.public_key()
    return authority().chain_for(key, der.sequence(fields), level="TRUSTED_ENVIRONMENT")


@pytest.mark.parametrize(
    ("minimum", "state"), [(None, None), (730, "absent"), (731, "absent"), (732, "present")]
)
def test_the_version_of_the_app_is_compared_with_the_lowest_that_will_do(
    minimum: int | None, state: str | None
) -> None:
    app = OURS if minimum is None else OURS | {"minimum_version": minimum}

    assert states(told(packages={PACKAGE: app})).get("app.version_not_allowed") == state


def test_the_version_of_another_app_says_nothing() -> None:
    other = OTHER | {"minimum_version": 5}

    assert states(told(packages={"de.example.other": other}))["app.version_not_allowed"] == (
        "not_evaluated"
    )


def test_an_altered_system_vouches_for_no_app() -> None:
    app = OURS | {"minimum_version": 5}
    appraisal = told(DeviceState(device_locked=False), packages={PACKAGE: app})

    assert {"app.repackaged", "app.version_not_allowed"} <= codes(appraisal, "not_evaluated")


def test_a_listed_alternative_system_is_neither_rooted_nor_unverified_and_vouches_for_the_app() -> (
    None
):
    appraisal = told(SELF_SIGNED, verified_boot_keys=LISTED, packages={PACKAGE: OURS})

    assert codes(appraisal, "present") == {"device.os_custom"}
    assert codes(appraisal, "not_evaluated") == set()
    assert codes(appraisal, "absent") == (CLEAN | {"app.repackaged"}) - {"device.os_custom"}
    assert appraisal.details["verified_boot_key"] == "an alternative system"


@pytest.mark.parametrize("document", [{}, {"verified_boot_keys": UNLISTED}])
def test_an_alternative_system_that_is_not_listed_is_unverified(document: dict[str, Any]) -> None:
    appraisal = told(SELF_SIGNED, packages={PACKAGE: OURS}, **document)

    assert codes(appraisal, "present") == {"device.os_custom", "device.boot_unverified"}
    assert codes(appraisal, "not_evaluated") == {"device.rooted", "app.repackaged"}
    assert "verified_boot_key" not in appraisal.details


def test_a_listed_key_does_not_lock_a_device() -> None:
    state = DeviceState(verified_boot_state="SELF_SIGNED", device_locked=False)
    appraisal = told(state, verified_boot_keys=LISTED)

    assert codes(appraisal, "present") == {"device.bootloader_unlocked"}
    assert {"device.boot_unverified", "device.rooted"} <= codes(appraisal, "not_evaluated")


@pytest.mark.parametrize("boot_state", ["UNVERIFIED", "FAILED"])
def test_a_listed_key_verifies_no_boot_that_the_device_did_not(boot_state: str) -> None:
    appraisal = told(DeviceState(verified_boot_state=boot_state), verified_boot_keys=LISTED)

    assert "device.boot_unverified" in codes(appraisal, "present")
    assert states(appraisal)["device.rooted"] == "not_evaluated"


def test_the_makers_own_system_needs_no_list() -> None:
    assert codes(told(verified_boot_keys=UNLISTED), "absent") == CLEAN


def provisioned(info: bytes | None, **document: Any) -> Appraisal:
    """The appraisal of a chain whose attestation key was provisioned with `info`, or in no known way."""
    root = issuer()
    batch = issuer(root, provisioned=info)
    chain = [leaf_under(batch), der_of(batch), der_of(root)]
    settings = {NAME: read_settings(document)}
    against = TrustMaterial(anchors=(anchored(root),), settings=settings)
    return appraise_one(evidence_of(chain), against=against)


@pytest.mark.parametrize(
    ("info", "baseline", "state"),
    [
        (PROVISIONED, None, None),  # 8 certificates
        (PROVISIONED, 8, "absent"),
        (PROVISIONED, 7, "present"),
        (b"\xa0", 7, "not_evaluated"),
        (b"\xa0", None, None),
        (b"\xff", 7, "not_evaluated"),
        (b"\xff", None, "not_evaluated"),
        (None, 7, None),
    ],
)
def test_more_certificates_than_usual_are_farming(
    info: bytes | None, baseline: int | None, state: str | None
) -> None:
    document = {} if baseline is None else {"certificates_issued_baseline": baseline}

    assert states(provisioned(info, **document)).get("device.attestation_farming") == state


def test_how_the_attestation_key_came_to_the_device_is_told() -> None:
    read, broken, none = (provisioned(info).details for info in (PROVISIONED, b"\xff", None))

    assert (read["provisioning"], read["certificates_issued"]) == ("remote", 8)
    assert (broken["provisioning"], broken["provisioning_info"]) == ("remote", "unreadable")
    assert "certificates_issued" not in broken
    assert none["provisioning"] == "unknown"


def test_provisioning_information_that_cannot_be_read_is_no_reason_to_refuse() -> None:
    assert provisioned(b"\xff").verified


def test_what_was_asked_stays_open_where_nothing_verifies() -> None:
    settings = read_settings(
        {
            "packages": {PACKAGE: OURS | {"minimum_version": 5}},
            "certificates_issued_baseline": 7,
        }
    )
    appraisal = appraise_one(
        evidence_of(chain_of()), against=TrustMaterial(settings={NAME: settings})
    )

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert {
        "app.repackaged",
        "app.version_not_allowed",
        "device.attestation_farming",
    } <= codes(appraisal, "not_evaluated")
