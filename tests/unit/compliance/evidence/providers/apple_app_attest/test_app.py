"""Whose app and which build App Attest speaks of."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from tests.support.app_attest import (
    APP_ID,
    ATTESTED,
    DEVELOPMENT,
    KEY_ACCESS_CONTROL_OID,
    assert_with,
    attest,
    b64,
    key_id,
    new_key,
    of_assertion,
    of_attestation,
    of_receipt,
    renewed,
    trust,
)
from tests.support.attestation import codes, states

NEW = {
    "apple_bundle_version_01": "42.1",
    "apple_validation_category_01": b"\x04\x00\x00\x00",
}


@pytest.mark.parametrize("kind", ["attestation", "assertion", "receipt"])
def test_evidence_of_another_key_is_not_bound_to_this_one(kind: str) -> None:
    key, other = new_key(), b64(key_id(new_key()))
    appraisal = {
        "attestation": lambda: of_attestation(attest(key), key_id=other),
        "assertion": lambda: of_assertion(key, key_id=other, last_counter="0"),
        "receipt": lambda: of_receipt(renewed(key, b"1"), key_id=other),
    }[kind]()

    assert states(appraisal)["attestation.binding_mismatch"] == "present"
    assert codes(appraisal, "absent") == {"attestation.invalid"}


@pytest.mark.parametrize("kind", ["attestation", "assertion", "receipt"])
def test_the_key_of_another_app_is_repackaged_and_not_bound(kind: str) -> None:
    key, other = new_key(), "TEAMID1234.de.other"
    appraisal = {
        "attestation": lambda: of_attestation(attest(key), app_id=other),
        "assertion": lambda: of_assertion(key, app_id=other),
        "receipt": lambda: of_receipt(renewed(key, b"1"), app_id=other),
    }[kind]()

    assert {"app.repackaged", "attestation.binding_mismatch"} <= codes(appraisal, "present")
    assert codes(appraisal, "absent") == {"attestation.invalid"}


@pytest.mark.parametrize("kind", ["attestation", "assertion", "receipt"])
def test_the_apps_may_be_set_up_once_for_all(kind: str) -> None:
    key = new_key()

    def appraised(apps: list[str]) -> str | None:
        against = trust(app_ids=apps, risk_metric_baseline=3)
        appraisal = {
            "attestation": lambda: of_attestation(attest(key), against, app_id=None),
            "assertion": lambda: of_assertion(key, against=against, app_id=None),
            "receipt": lambda: of_receipt(renewed(key, b"1"), against, app_id=None),
        }[kind]()
        return states(appraisal).get("app.repackaged")

    # A receipt tells another app, but is not of this moment, so it clears none.
    clean = None if kind == "receipt" else "absent"
    assert appraised(["TEAMID1234.de.other", APP_ID]) == clean
    assert appraised(["TEAMID1234.de.other"]) == "present"


@pytest.mark.parametrize("kind", ["attestation", "assertion", "receipt"])
def test_an_app_that_nobody_named_was_not_evaluated(kind: str) -> None:
    key = new_key()
    appraisal = {
        "attestation": lambda: of_attestation(attest(key), app_id=None),
        "assertion": lambda: of_assertion(key, app_id=None),
        "receipt": lambda: of_receipt(
            renewed(key, b"1"), trust(risk_metric_baseline=3), app_id=None
        ),
    }[kind]()

    assert states(appraisal).get("app.repackaged", "not_evaluated") == "not_evaluated"
    assert states(appraisal)["attestation.unevaluated"] == "present"
    assert appraisal.details["unevaluated"] == "app_id"


def test_the_development_environment_clears_nothing_where_production_is_required() -> None:
    appraisal = of_attestation(attest(aaguid=DEVELOPMENT))

    assert codes(appraisal, "present") == {"app.debug_build"}
    assert codes(appraisal, "absent") == {
        "attestation.binding_mismatch",
        "attestation.invalid",
        "attestation.stale",
    }
    assert appraisal.details["environment"] == "development"


def test_the_development_environment_will_do_where_the_psp_says_so() -> None:
    appraisal = of_attestation(attest(aaguid=DEVELOPMENT), trust(allow_development=True))

    assert codes(appraisal, "absent") == ATTESTED


def test_a_sandbox_receipt_makes_a_production_attestation_a_debug_build() -> None:
    appraisal = of_attestation(attest(receipt={7: b"sandbox"}))

    assert codes(appraisal, "present") == {"app.debug_build"}


def test_an_environment_that_nobody_knows_was_not_evaluated() -> None:
    appraisal = of_attestation(attest(aaguid=b"appattestnextone", receipt={7: b"production"}))

    assert states(appraisal)["app.debug_build"] == "not_evaluated"
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["environment"] == "unknown"


@pytest.mark.parametrize("flags", [0x40, 0xC0])
@pytest.mark.parametrize("kind", ["attestation", "assertion"])
def test_extensions_are_read_whether_their_flag_is_set_or_not(flags: int, kind: str) -> None:
    key = new_key()
    if kind == "attestation":
        appraisal = of_attestation(attest(key, extensions=NEW, flags=flags))
    else:
        appraisal = of_assertion(key, assert_with(key, extensions=NEW, flags=flags))

    assert appraisal.verified
    assert appraisal.details["bundle_version"] == "42.1"
    assert appraisal.details["validation_category"] == "app_store"


@pytest.mark.parametrize(
    ("category", "state"), [(4, "absent"), (2, "present"), (None, "not_evaluated")]
)
def test_how_the_app_was_distributed_is_compared_with_the_psps_list(
    category: int | None, state: str
) -> None:
    extensions = (
        None
        if category is None
        else {"apple_validation_category_01": category.to_bytes(4, "little")}
    )
    against = trust(validation_categories=["app_store"])
    appraisal = of_attestation(attest(extensions=extensions), against)

    assert states(appraisal)["app.unofficial_store"] == state
    assert "app.unofficial_store" not in states(of_attestation(attest(extensions=extensions)))


def test_the_category_of_development_is_a_debug_build_in_assertions_too() -> None:
    key = new_key()
    extensions = {"apple_validation_category_01": b"\x03\x00\x00\x00"}
    asserted = of_assertion(key, assert_with(key, extensions=extensions), last_counter="0")
    attested = of_attestation(attest(key, extensions=extensions))

    assert "app.debug_build" in codes(asserted, "present")
    assert "app.debug_build" in codes(attested, "present")
    assert states(asserted)["app.repackaged"] == "not_evaluated"


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("42.1", "absent"),
        ("42", "absent"),
        ("41.9", "present"),
        ("42-beta", "not_evaluated"),
        (None, "not_evaluated"),
    ],
)
def test_the_bundle_version_is_compared_with_the_lowest_that_will_do(
    version: str | None, state: str
) -> None:
    extensions = None if version is None else {"apple_bundle_version_01": version}
    appraisal = of_attestation(attest(extensions=extensions), trust(minimum_bundle_version="42.0"))

    assert states(appraisal)["app.version_not_allowed"] == state


@pytest.mark.parametrize(
    "extensions",
    [
        {"apple_validation_category_01": 3},
        {"apple_validation_category_01": b"\x03\x00"},
        {"apple_bundle_version_01": b"42"},
        {"apple_bundle_version_01": ""},
        {"apple_bundle_version_01": "4" * 65},
        {"apple_bundle_version_01": "4\n2"},
        {"something_new_01": {"a": [1, True, None]}},
    ],
)
def test_extensions_that_nobody_can_read_are_counted(extensions: dict[str, Any]) -> None:
    appraisal = of_attestation(attest(extensions=extensions))

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["unknown_extensions"] == 1
    assert appraisal.details["unevaluated"] == "extensions"


def test_a_category_that_nobody_knows_was_not_evaluated() -> None:
    appraisal = of_attestation(attest(extensions={"apple_validation_category_01": b"\xff" * 4}))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["validation_category"] == "4294967295"


def test_access_control_of_a_mac_is_tolerated_and_told() -> None:
    appraisal = of_attestation(attest(oids={KEY_ACCESS_CONTROL_OID: b"\x04\x03abc"}))

    assert codes(appraisal, "absent") == ATTESTED
    assert appraisal.details["key_access_control"] == "not evaluated"
