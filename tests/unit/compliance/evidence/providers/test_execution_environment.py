"""What statements about execution environments amount to. All of them are synthetic."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers import execution_environment
from compliance.evidence.providers.execution_environment import (
    MAX_STATEMENT,
    TYPE,
    appraise,
    read_settings,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
    once_digest,
)
from policies.model import Environment
from policies.vocabulary.environment import ENVIRONMENT_FIELDS
from policies.vocabulary.findings import Assurance
from tests.support.attestation import AT, codes, states
from tests.support.signed_tokens import flipped, jwk_of, signed

NAME = execution_environment.NAME
NOW = int(AT.timestamp())
KID = "see-2026"
MEASURED = f"sha256:{'ab' * 32}"
KEYS = [jwk_of("ES256", kid=KID), jwk_of("ES384", kid="384"), jwk_of("EdDSA", kid="ed")]


def claims_of(**more: Any) -> dict[str, Any]:
    claims = {
        "iat": NOW - 2,
        "jti": "statement-1",
        "transaction": "tx-1",
        "class": "tee",
        "delivery": "just_in_time",
        "packaging": "library",
        "uniqueness": "transaction",
        "instance": "see-7d1c",
        "measurement": MEASURED,
    } | more
    return {name: value for name, value in claims.items() if value is not None}


def statement(**more: Any) -> str:
    return signed(claims_of(**more), kid=KID, typ=TYPE)


def trusting(**document: Any) -> TrustMaterial:
    return TrustMaterial(settings={NAME: read_settings({"keys": KEYS} | document)})


def appraised(
    text: str, *, against: TrustMaterial | None = None, transaction: str | None = "tx-1"
) -> Appraisal:
    expected = {} if transaction is None else {"transaction": transaction}
    evidence = Evidence(NAME, Mode.RAW, {"statement": text}, expected, AT)
    return appraise(evidence, trust=against or trusting(), at=AT)


def refusal(text: str, **more: Any) -> str:
    appraisal = appraised(text, **more)

    assert not appraisal.verified
    assert appraisal.once == ()
    assert appraisal.environment is None
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    assert set(appraisal.details) == {"reason"}
    return str(appraisal.details["reason"])


def test_a_statement_of_this_transaction_clears_what_it_speaks_about() -> None:
    appraisal = appraised(statement(), against=trusting(measurements=[MEASURED]))

    assert appraisal.verified
    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    assert codes(appraisal, "absent") == {
        *("env.not_separate", "env.obfuscation_only", "env.reused_across_transactions"),
        *("app.repackaged", "attestation.invalid", "attestation.stale"),
        *("attestation.binding_mismatch", "attestation.unevaluated"),
    }
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert appraisal.environment is not None
    assert appraisal.environment.fields == Environment(
        class_="tee", delivery="just_in_time", packaging="library", uniqueness="transaction"
    )
    assert appraisal.environment.instance == "see-7d1c"


@pytest.mark.parametrize(("algorithm", "kid"), [("ES384", "384"), ("EdDSA", "ed")])
def test_each_algorithm_is_verified_with_its_own_key(algorithm: str, kid: str) -> None:
    text = signed(claims_of(), algorithm=algorithm, kid=kid, typ=f"application/{TYPE}")

    assert appraised(text).verified


@pytest.mark.parametrize(
    ("class_", "present", "open_"),
    [
        ("secure_element", set(), set()),
        ("app_container", set(), set()),
        ("software_keystore", set(), {"env.not_separate"}),
        ("obfuscation_only", {"env.obfuscation_only"}, {"env.not_separate"}),
        ("none", {"env.not_separate"}, {"env.obfuscation_only"}),
        (
            "unknown",
            {"attestation.unevaluated"},
            {"env.not_separate", "env.obfuscation_only"},
        ),
        (
            "a class of tomorrow",
            {"attestation.unevaluated"},
            {"env.not_separate", "env.obfuscation_only"},
        ),
    ],
)
def test_a_class_means_what_the_catalogue_says(
    class_: str, present: set[str], open_: set[str]
) -> None:
    appraisal = appraised(statement(**{"class": class_}))

    assert codes(appraisal, "present") == present
    assert codes(appraisal, "not_evaluated") == open_


def test_every_class_of_the_vocabulary_has_a_meaning() -> None:
    for class_ in ENVIRONMENT_FIELDS["class"]:
        assert appraised(statement(**{"class": class_})).verified


@pytest.mark.parametrize(
    ("uniqueness", "state"),
    [
        ("transaction", "absent"),
        ("session", "present"),
        ("installation", "present"),
        ("release", "present"),
        ("unknown", "not_evaluated"),
        (None, "not_evaluated"),
    ],
)
def test_an_environment_that_outlives_an_authentication_is_reused(
    uniqueness: str | None, state: str
) -> None:
    appraisal = appraised(statement(uniqueness=uniqueness))

    assert states(appraisal)["env.reused_across_transactions"] == state


def test_without_an_instance_nobody_can_say_that_it_was_not_reused() -> None:
    appraisal = appraised(statement(instance=None))

    assert states(appraisal)["env.reused_across_transactions"] == "not_evaluated"
    assert [once.code for once in appraisal.once] == ["attestation.replayed"]


def test_a_statement_and_its_instance_count_once_and_the_instance_within_its_transaction() -> None:
    said, instance = appraised(statement()).once

    assert said == (
        once_digest(NAME, "statement", f"{KID}\nstatement-1"),
        "attestation.replayed",
        "",
    )
    assert instance == (
        once_digest(NAME, "instance", "see-7d1c"),
        "env.reused_across_transactions",
        once_digest(NAME, "transaction", "tx-1"),
    )


def test_a_statement_without_an_id_is_known_by_what_was_signed() -> None:
    first, second = (statement(jti=None) for _ in range(2))

    assert first != second  # signatures of ECDSA differ
    assert appraised(first).once == appraised(second).once
    assert appraised(first).once != appraised(statement(jti=None, iat=NOW - 3)).once


def test_a_statement_of_another_transaction_clears_nothing_and_uses_nothing_up() -> None:
    appraisal = appraised(statement(), transaction="tx-2")

    assert appraisal.verified
    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "attestation.stale"}
    assert appraisal.environment is None
    assert appraisal.once == ()


def test_without_an_expected_transaction_only_what_a_statement_admits_counts() -> None:
    appraisal = appraised(statement(**{"class": "none"}), transaction=None)

    assert codes(appraisal, "present") == {"env.not_separate"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "attestation.stale"}
    assert "attestation.binding_mismatch" not in states(appraisal)
    assert appraisal.environment is None
    assert len(appraisal.once) == 2


@pytest.mark.parametrize(
    ("times", "stale"),
    [
        ({"iat": NOW - 300}, False),
        ({"iat": NOW - 301}, True),
        ({"iat": NOW + 60}, False),
        ({"iat": NOW + 61}, True),
        ({"exp": NOW + 1}, False),
        ({"exp": NOW}, True),
        ({"exp": NOW + 0.5}, False),
        ({"nbf": NOW + 60}, False),
        ({"nbf": NOW + 61}, True),
    ],
)
def test_a_statement_is_stale_when_it_is_too_old_or_not_of_this_time(
    times: dict[str, Any], *, stale: bool
) -> None:
    appraisal = appraised(statement(**times))

    assert (codes(appraisal, "present") == {"attestation.stale"}) is stale
    assert (appraisal.environment is None) is stale
    assert ("env.not_separate" in codes(appraisal, "absent")) is not stale


def test_the_psp_says_how_old_a_statement_may_be() -> None:
    old = statement(iat=NOW - 3000)

    assert states(appraised(old, against=trusting(max_age_s=3000)))["attestation.stale"] == "absent"


@pytest.mark.parametrize(
    ("measurement", "state"),
    [(MEASURED, "absent"), (f"sha256:{'cd' * 32}", "present"), (None, "not_evaluated")],
)
def test_what_the_psp_did_not_release_is_repackaged(measurement: str | None, state: str) -> None:
    against = trusting(measurements=[MEASURED])
    appraisal = appraised(statement(measurement=measurement), against=against)

    assert states(appraisal)["app.repackaged"] == state


def test_where_the_psp_lists_no_measurement_nothing_is_said_of_it() -> None:
    assert "app.repackaged" not in states(appraised(statement()))


def test_words_that_nobody_knows_say_nothing_and_are_counted() -> None:
    appraisal = appraised(statement(delivery="by pigeon", packaging="crate"))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["unknown_words"] == 2
    assert appraisal.details["delivery"] == "unknown"


def test_details_name_no_instance_and_no_transaction() -> None:
    shown = str(dict(appraised(statement(transaction="tx-1", instance="see-7d1c")).details))

    assert "see-7d1c" not in shown
    assert "tx-1" not in shown


@pytest.mark.parametrize(
    "damage",
    [
        {"class": None},
        {"class": 1},
        {"class": "x" * 65},
        {"transaction": None},
        {"transaction": ""},
        {"transaction": "x" * 129},
        {"transaction": ["tx-1"]},
        {"iat": None},
        {"iat": True},
        {"iat": "1"},
        {"iat": -1},
        {"iat": 10**15},
        {"exp": []},
        {"instance": "x" * 65},
        {"measurement": "sha1:ab"},
        {"jti": 5},
    ],
)
def test_claims_of_another_form_are_not_believed(damage: dict[str, Any]) -> None:
    assert refusal(statement(**damage)) == "claims"


def test_a_token_of_another_kind_or_key_is_not_believed() -> None:
    claims = claims_of()

    assert refusal(signed(claims, kid=KID, typ="JWT")) == "type"
    assert refusal(signed(claims, kid=KID)) == "type"
    assert refusal(signed(claims, typ=TYPE)) == "unknown_key"
    assert refusal(signed(claims, kid="other", typ=TYPE)) == "unknown_key"
    assert refusal(signed(claims, number=1, kid=KID, typ=TYPE)) == "signature"
    assert refusal(signed(claims, algorithm="ES384", kid=KID, typ=TYPE)) == "algorithm"
    assert refusal(signed(claims, algorithm="RS256", kid=KID, typ=TYPE)) == "algorithm"
    assert refusal(signed(claims, algorithm="HS256", kid=KID, typ=TYPE)) == "algorithm"
    assert refusal(signed(b"[]", kid=KID, typ=TYPE)) == "malformed"


def test_a_key_in_the_header_is_no_key() -> None:
    text = signed(claims_of(), number=1, kid=KID, typ=TYPE, jwk=jwk_of("ES256", number=1))

    assert refusal(text) == "signature"


def test_a_statement_for_another_psp_is_not_believed() -> None:
    against = trusting(audience="https://psp.example")

    assert refusal(statement(), against=against) == "audience"
    assert refusal(statement(aud="https://other.example"), against=against) == "audience"
    assert appraised(statement(aud="https://psp.example"), against=against).verified
    assert appraised(statement(aud=["a", "https://psp.example"]), against=against).verified


def test_no_statement_with_one_bit_changed_is_verified() -> None:
    text = statement()

    assert not any(appraised(each).verified for each in flipped(text))


def test_without_settings_nothing_is_evaluated_and_nothing_believed() -> None:
    appraisal = appraised(statement(), against=TrustMaterial())

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()
    assert appraisal.environment is None


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({}, {}, ["/payload/statement"]),
        ({"statement": 5}, {}, ["/payload/statement"]),
        ({"statement": ""}, {}, ["/payload/statement"]),
        ({"statement": "a" * (MAX_STATEMENT + 1)}, {}, ["/payload/statement"]),
        ({"statement": "a", "more": 1}, {"nonce": "n"}, ["/payload/more", "/expected/nonce"]),
    ],
)
def test_a_malformed_request_is_told_with_its_places(
    payload: dict[str, Any], expected: dict[str, str], pointers: list[str]
) -> None:
    with pytest.raises(EvidenceShapeError) as caught:
        appraise(Evidence(NAME, Mode.RAW, payload, expected), trust=trusting(), at=AT)

    assert [problem.pointer for problem in caught.value.problems] == pointers


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/keys"]),
        ({"keys": []}, ["/keys"]),
        ({"keys": [jwk_of("ES256")]}, ["/keys/0"]),
        ({"keys": [jwk_of("RS256", kid="a")]}, ["/keys/0"]),
        ({"keys": KEYS, "measurements": "all"}, ["/measurements"]),
        (
            {"keys": KEYS, "measurements": [MEASURED, "ab", 3]},
            ["/measurements/1", "/measurements/2"],
        ),
        ({"keys": KEYS, "max_age_s": 0}, ["/max_age_s"]),
        ({"keys": KEYS, "max_age_s": True}, ["/max_age_s"]),
        ({"keys": KEYS, "audience": ""}, ["/audience"]),
        ({"keys": KEYS, "more": 1}, ["/more"]),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_places(
    document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == pointers
