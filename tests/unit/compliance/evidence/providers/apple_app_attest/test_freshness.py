"""How long evidence of App Attest counts, its counter, and the metric of receipts."""
# SPDX-License-Identifier: Apache-2.0

from datetime import timedelta
from typing import Any

import pytest

from compliance.evidence.providers.apple_app_attest import NAME
from compliance.evidence.providers.apple_app_attest.rules import RULES
from compliance.evidence.providers.shape import (
    Appraisal,
    TrustMaterial,
    once_digest,
)
from tests.support.app_attest import (
    AT,
    ATTESTED,
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
