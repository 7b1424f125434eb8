"""What attestations, assertions and receipts of App Attest amount to. All evidence here is synthetic."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from compliance.evidence.providers.apple_app_attest import NAME
from compliance.evidence.providers.apple_app_attest.rules import RULES
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    Mode,
    TrustMaterial,
    once_digest,
)
from policies.vocabulary.findings import Assurance
from tests.support.app_attest import (
    APP_ID,
    AT,
    CHALLENGE,
    DEVELOPMENT,
    KEY_ACCESS_CONTROL_OID,
    appraise,
    assert_with,
    attest,
    b64,
    evidence,
    key_id,
    new_key,
    of_assertion,
    of_attestation,
    of_receipt,
    point,
    renewed,
    trust,
)
from tests.support.attestation import codes, states

ATTESTED = {
    "app.debug_build",
    "app.repackaged",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "key.software_backed",
}
ASSERTED = {
    "app.repackaged",
    "attestation.binding_mismatch",
    "attestation.invalid",
    "key.counter_regressed",
}
RENEWED = {
    "attestation.binding_mismatch",
    "attestation.invalid",
    "attestation.stale",
    "device.attestation_farming",
}
NEW = {
    "apple_bundle_version_01": "42.1",
    "apple_validation_category_01": b"\x04\x00\x00\x00",
}


def test_a_sound_attestation_is_clean_in_every_respect_that_was_looked_at() -> None:
    key = new_key()
    appraisal = of_attestation(attest(key), key_id=b64(key_id(key)))

    assert codes(appraisal, "absent") == states(appraisal).keys() == ATTESTED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.A}
    assert appraisal.counter is None


def test_a_sound_assertion_is_clean_in_every_respect_that_was_looked_at() -> None:
    key = new_key()
    appraisal = of_assertion(key, last_counter="0", key_id=key_id(key).hex())

    assert codes(appraisal, "absent") == states(appraisal).keys() == ASSERTED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.A}


def test_a_sound_receipt_is_clean_and_worth_a_vendors_signature() -> None:
    key = new_key()
    appraisal = of_receipt(
        renewed(key, b"3"), trust(risk_metric_baseline=3), key_id=b64(key_id(key))
    )

    assert codes(appraisal, "absent") == states(appraisal).keys() == RENEWED
    assert appraisal.verified
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert appraisal.once == ()


def test_evidence_under_a_demonstration_root_is_marked() -> None:
    assert "demonstration" not in of_attestation().details
    assert of_attestation(against=trust(demonstration=True)).details["demonstration"] is True


def test_a_device_that_supports_no_attestation_has_none() -> None:
    def appraised(*, is_supported: bool) -> dict[str, str]:
        payload = {"is_supported": is_supported}
        appraisal = appraise(Evidence(NAME, Mode.REPORTED, payload, {}, AT))
        assert not appraisal.verified
        assert {finding.assurance for finding in appraisal.findings} == {Assurance.D}
        return states(appraisal)

    assert appraised(is_supported=False) == {"attestation.missing": "present"}
    assert appraised(is_supported=True) == {"attestation.missing": "not_evaluated"}


# Binding


def test_an_attestation_of_another_challenge_verifies_and_clears_nothing() -> None:
    appraisal = of_attestation(challenge=b"another challenge")

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid"}


def test_an_attestation_whose_receipt_is_silent_and_whose_challenge_differs_does_not_verify() -> (
    None
):
    appraisal = of_attestation(attest(receipt={4: None}), challenge=b"another challenge")

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.binding_mismatch", "attestation.invalid"}
    assert codes(appraisal, "absent") == set()


def test_a_binding_that_nobody_expected_was_not_evaluated() -> None:
    appraisal = of_attestation(challenge=None)

    assert codes(appraisal, "not_evaluated") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == ATTESTED - {"attestation.binding_mismatch"}
    assert appraisal.details["challenge"] == "not compared"


def test_that_the_key_is_the_right_one_binds_nothing_to_a_request() -> None:
    key = new_key()
    appraisal = of_attestation(attest(key), challenge=None, key_id=b64(key_id(key)))

    assert states(appraisal)["attestation.binding_mismatch"] == "not_evaluated"


@pytest.mark.parametrize("form", ["digest", "hexadecimal", "the raw challenge"])
def test_the_expected_binding_may_be_said_in_several_ways(form: str) -> None:
    digest = hashlib.sha256(CHALLENGE).digest()
    options: dict[str, Any] = {"challenge": None, "client_data_hash": b64(digest)}
    data = attest()
    if form == "hexadecimal":
        options["client_data_hash"] = digest.hex().upper()
    elif form == "the raw challenge":  # as Apple's sample of 2026 has it
        options = {}
        data = attest(client_data_hash=CHALLENGE)

    assert states(of_attestation(data, **options))["attestation.binding_mismatch"] == "absent"


def test_a_short_challenge_is_never_taken_without_its_digest() -> None:
    data = attest(client_data_hash=b"short", receipt={4: None})

    assert not of_attestation(data, challenge=b"short").verified


def test_what_the_app_says_it_had_attested_is_compared_with_what_is_expected() -> None:
    claimed = {"client_data_hash": b64(hashlib.sha256(CHALLENGE).digest())}
    key = new_key()
    other = of_assertion(key, challenge=b"another", payload=claimed, last_counter="0")
    silent = of_assertion(key, challenge=None, payload=claimed, last_counter="0")
    same = of_assertion(key, payload=claimed, last_counter="0")

    assert other.verified
    assert codes(other, "present") == {"attestation.binding_mismatch"}
    assert codes(other, "absent") == {"attestation.invalid"}
    assert codes(silent, "not_evaluated") == {"attestation.binding_mismatch"}
    assert codes(same, "absent") == ASSERTED


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


# Environment and app


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


# Time


def attested_later(after: timedelta, **settings: Any) -> Appraisal:
    later = AT + after
    item = evidence("attestation", attest(), observed_at=later)
    return appraise(item, trust(**settings), later)


@pytest.mark.parametrize(
    ("minutes", "settings", "state"),
    [
        (5, {}, "absent"),
        (6, {}, "present"),
        (6, {"attestation_max_age_s": 600}, "absent"),
        (11, {"attestation_max_age_s": 600}, "present"),
    ],
)
def test_an_attestation_is_fresh_for_five_minutes_or_as_long_as_the_psp_says(
    minutes: int, settings: dict[str, Any], state: str
) -> None:
    appraisal = attested_later(timedelta(minutes=minutes), **settings)

    assert appraisal.verified
    assert states(appraisal)["attestation.stale"] == state


def test_a_stale_attestation_clears_neither_app_nor_key() -> None:
    appraisal = attested_later(timedelta(hours=1))

    assert codes(appraisal, "present") == {"attestation.stale"}
    assert codes(appraisal, "absent") == {"attestation.binding_mismatch", "attestation.invalid"}


def test_a_key_whose_certificate_ended_is_stale() -> None:
    appraisal = attested_later(timedelta(days=3), attestation_max_age_s=10**7)

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.stale"}


def test_an_audit_years_later_verifies_at_the_time_of_the_evidence() -> None:
    appraisal = appraise(evidence("attestation", attest()), at=AT + timedelta(days=2000))

    assert codes(appraisal, "absent") == ATTESTED
    assert appraisal.details["verified_at"] == "2026-11-23T10:15:05+00:00"


def test_evidence_that_is_older_than_its_receipt_says_nothing_of_its_age() -> None:
    appraisal = attested_later(timedelta(minutes=-2))

    assert states(appraisal)["attestation.stale"] == "not_evaluated"


@pytest.mark.parametrize(
    ("days", "settings", "state"),
    [
        (30, {}, "absent"),
        (31, {}, "present"),
        (2, {"receipt_max_age_s": 86400}, "present"),
        (91, {"receipt_max_age_s": 10**7}, "present"),
        (89, {"receipt_max_age_s": 10**7}, "absent"),
    ],
)
def test_a_receipt_is_good_for_thirty_days_or_as_long_as_the_psp_says_and_until_its_end(
    days: int, settings: dict[str, Any], state: str
) -> None:
    key = new_key()
    against = trust(risk_metric_baseline=3, **settings)
    appraisal = of_receipt(renewed(key, b"1"), against, AT + timedelta(days=days))

    assert states(appraisal)["attestation.stale"] == state
    assert states(appraisal)["device.attestation_farming"] == (
        "absent" if state == "absent" else "not_evaluated"
    )


# Counter and repeats


@pytest.mark.parametrize(
    ("counter", "last", "state"),
    [(8, "7", "absent"), (7, "7", "present"), (6, "7", "present"), (1, "0", "absent")],
)
def test_the_counter_must_be_above_the_last_one(counter: int, last: str, state: str) -> None:
    key = new_key()
    appraisal = of_assertion(key, assert_with(key, counter=counter), last_counter=last)

    assert states(appraisal)["key.counter_regressed"] == state
    assert appraisal.counter == (once_digest(NAME, "key", point(key)), counter)


def test_a_counter_that_went_back_clears_no_app() -> None:
    key = new_key()
    appraisal = of_assertion(key, last_counter="1")

    assert codes(appraisal, "present") == {"key.counter_regressed"}
    assert states(appraisal)["app.repackaged"] == "not_evaluated"


def test_a_counter_without_a_last_one_is_left_to_who_remembers() -> None:
    key = new_key()

    assert "key.counter_regressed" not in states(of_assertion(key))


def test_an_assertion_never_has_the_counter_of_an_attestation() -> None:
    key = new_key()
    appraisal = of_assertion(key, assert_with(key, counter=0))

    assert states(appraisal)["key.counter_regressed"] == "present"


def test_a_key_is_attested_once_and_an_assertion_used_once() -> None:
    key = new_key()
    first, second = assert_with(key, counter=1), assert_with(key, counter=2)
    again = assert_with(key, counter=1)  # another signature of the same: no other assertion
    digests = [of_assertion(key, data).once for data in (first, second, again)]

    assert digests[0] == digests[2] != digests[1]
    assert of_attestation(attest(key)).once == of_attestation(attest(key)).once
    assert of_attestation(attest(key)).once != of_attestation().once
    assert all(each.code == "attestation.replayed" for (each,) in digests)


# Risk metric


@pytest.mark.parametrize(("metric", "state"), [(b"3", "absent"), (b"4", "present")])
def test_more_keys_than_usual_are_farming(metric: bytes, state: str) -> None:
    appraisal = of_receipt(renewed(new_key(), metric), trust(risk_metric_baseline=3))

    assert states(appraisal)["device.attestation_farming"] == state
    assert appraisal.details["risk_metric"] == int(metric)


@pytest.mark.parametrize(
    ("metric", "settings"),
    [
        (b"3", {}),
        (None, {"risk_metric_baseline": 3}),
        (b"many", {"risk_metric_baseline": 3}),
        (b"03", {"risk_metric_baseline": 3}),
    ],
)
def test_a_metric_that_is_missing_or_compared_with_nothing_was_not_evaluated(
    metric: bytes | None, settings: dict[str, Any]
) -> None:
    appraisal = of_receipt(renewed(new_key(), metric), trust(**settings))

    assert states(appraisal)["device.attestation_farming"] == "not_evaluated"
    assert states(appraisal)["attestation.unevaluated"] == "present"


@pytest.mark.parametrize(
    "fields", [{6: b"NEWER"}, {7: b"moon"}, {99: b"something new"}, {6: b"RECEIPT", 17: b"x"}]
)
def test_what_a_receipt_says_and_nobody_knows_is_counted(fields: dict[int, bytes]) -> None:
    key = new_key()
    appraisal = of_receipt(renewed(key, b"1", receipt=fields), trust(risk_metric_baseline=3))

    assert appraisal.verified
    assert codes(appraisal, "present") <= {"attestation.unevaluated"}


def test_a_receipt_without_an_environment_clears_no_debug_build() -> None:
    receipt = renewed(new_key(), b"1", receipt={7: None})
    appraisal = of_receipt(receipt, trust(risk_metric_baseline=3))

    assert "app.debug_build" not in states(appraisal)
    assert appraisal.details["environment"] == "unknown"


def test_times_of_receipts_have_fractions_of_any_length() -> None:
    receipt = renewed(new_key(), b"1", receipt={12: b"2026-11-23T10:15:05.46Z", 19: b"soon"})
    appraisal = of_receipt(receipt, trust(risk_metric_baseline=3))

    assert appraisal.details["created_at"] == "2026-11-23T10:15:05+00:00"
    assert "renewable_at" not in appraisal.details
    assert states(appraisal)["attestation.stale"] == "absent"


# Privacy and the catalogue


def test_nothing_that_names_a_device_is_kept() -> None:
    key = new_key()
    told = repr(
        [
            of_attestation(attest(key), key_id=b64(key_id(key))),
            of_assertion(key),
            of_receipt(renewed(key, b"1")),
        ]
    )
    names = [
        key_id(key).hex(),
        b64(key_id(key)),
        point(key).hex(),
        b64(point(key)),
        "names the device",
    ]

    assert not [name for name in names if name in told]


def test_every_code_that_the_catalogue_connects_with_app_attest_has_a_rule() -> None:
    assert RULES.keys() == {
        "app.debug_build",
        "app.repackaged",
        "app.unofficial_store",
        "app.version_not_allowed",
        "attestation.binding_mismatch",
        "attestation.missing",
        "attestation.stale",
        "device.attestation_farming",
        "device.changed",
        "key.counter_regressed",
        "key.software_backed",
    }


def test_without_anything_set_up_apple_alone_is_trusted() -> None:
    appraisal = of_attestation(against=TrustMaterial())

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert appraisal.details["reason"] == "untrusted_root"
