"""What attestation results amount to. All tokens are synthetic; published ones are in tests/vectors."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from compliance.evidence.providers import ear
from compliance.evidence.providers.ear import MAX_TOKEN, appraise, read_settings
from compliance.evidence.providers.ear_claims import DIMENSIONS, RULES
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
    once_digest,
)
from policies.vocabulary.findings import CATALOGUE, Assurance
from tests.support.attestation import AT, codes, states
from tests.support.signed_tokens import flipped, jwk_of, signed

NAME = ear.NAME
NOW = int(AT.timestamp())
NONCE = "bm9uY2Ugb2YgdGhlIGJhY2stZW5k"
VERAISON = "tag:github.com,2023:veraison/ear"
TRUSTEE = "tag:github.com,2024:confidential-containers/Trustee"
DRAFT = "tag:ietf.org,2026:rats/ear#03"
GOOD = dict.fromkeys(DIMENSIONS, 2)
VERIFIER = {"name": "our verifier", "keys": [jwk_of("ES256")]}


def part(
    status: object = "affirming",
    *,
    current: bool = False,
    vector: Mapping[str, Any] = MappingProxyType({}),
    **claims: Any,
) -> dict[str, Any]:
    """Return a submodule that affirms everything but what `claims` say (`None`: nothing)."""
    given = {name.replace("_", "-"): value for name, value in claims.items()}
    said = {
        name: value for name, value in (GOOD | given | dict(vector)).items() if value is not None
    }
    names = ("ear_status", "ear_trustworthiness_vector") if current else ()
    status_name, vector_name = names or ("ear.status", "ear.trustworthiness-vector")
    return {status_name: status, vector_name: said}


def claims_of(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    claims = {
        "eat_profile": VERAISON,
        "iat": NOW - 5,
        "submods": {f"part {index}": each for index, each in enumerate(parts or [part()])},
    } | more
    return {name: value for name, value in claims.items() if value is not None}


def trusting(*verifiers: dict[str, Any], **document: Any) -> TrustMaterial:
    settings = read_settings({"verifiers": list(verifiers) or [VERIFIER]} | document)
    return TrustMaterial(settings={NAME: settings})


def appraised(
    text: str, *, against: TrustMaterial | None = None, nonce: str | None = None
) -> Appraisal:
    expected = {} if nonce is None else {"nonce": nonce}
    evidence = Evidence(NAME, Mode.RAW, {"token": text}, expected, AT)
    return appraise(evidence, trust=against or trusting(), at=AT)


def result(*parts: dict[str, Any], **more: Any) -> Appraisal:
    return appraised(signed(claims_of(*parts, **more)))


def reason(text: str, **more: Any) -> str:
    appraisal = appraised(text, **more)

    assert not appraisal.verified
    assert appraisal.once == ()
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    return str(appraisal.details["reason"])


def test_what_a_verifier_affirms_altogether_is_clear() -> None:
    appraisal = appraised(signed(claims_of(eat_nonce=NONCE)), nonce=NONCE)

    assert appraisal.verified
    assert codes(appraisal, "present") == codes(appraisal, "not_evaluated") == set()
    mapped = {code for code, type_ in CATALOGUE.items() if "ear_ar4si" in type_.mappings}
    assert codes(appraisal, "absent") == mapped
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}


def test_every_mapping_of_the_catalogue_is_reached() -> None:
    for rule in RULES:
        for line in rule.mappings:
            for value in set(line.values) - {0}:
                if line.path == "ear_status":
                    appraisal = result(part(value))
                else:
                    path = DIMENSIONS[0] if line.path == "*" else line.path
                    appraisal = result(part(vector={path: value}))
                assert rule.code in codes(appraisal, "present"), (rule.code, line.path, value)


@pytest.mark.parametrize("profile", [VERAISON, TRUSTEE, DRAFT])
def test_three_profiles_say_the_same(profile: str) -> None:
    bad = part("contraindicated", current=profile == DRAFT, executables=96)
    appraisal = appraised(signed(claims_of(bad, eat_profile=profile)))

    assert codes(appraisal, "present") == {
        *("app.hooking", "app.tampered", "device.boot_unverified"),
        *("device.noncompliant", "device.rooted"),
    }
    assert appraisal.details["profile"] == profile


def test_a_profile_that_nobody_knows_says_nothing() -> None:
    text = signed(claims_of(eat_profile="tag:example,2030:ear", eat_nonce=NONCE))
    appraisal = appraised(text, nonce=NONCE)

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == {
        *("attestation.binding_mismatch", "attestation.invalid", "attestation.stale")
    }


def test_names_of_one_profile_are_not_those_of_another() -> None:
    assert reason(signed(claims_of(part(current=True)))) == "claims"
    assert reason(signed(claims_of(part(), eat_profile=DRAFT))) == "claims"


def test_the_overall_tier_is_never_better_than_the_worst_claim() -> None:
    appraisal = result(part("affirming", hardware=97))

    assert states(appraisal)["device.noncompliant"] == "present"
    assert appraisal.details["status_better_than_claims"] is True


def test_a_status_over_all_parts_counts_too() -> None:
    appraisal = appraised(
        signed(claims_of(part(current=True), eat_profile=DRAFT, ear_status="contraindicated"))
    )

    assert codes(appraisal, "present") == {"device.noncompliant"}


@pytest.mark.parametrize("value", [0, 1, -1, None])
def test_what_was_not_evaluated_is_neither_clean_nor_bad(value: int | None) -> None:
    appraisal = result(part(executables=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert {"app.tampered", "app.hooking", "device.rooted", "device.boot_unverified"} <= codes(
        appraisal, "not_evaluated"
    )


def test_saying_nothing_and_saying_zero_are_the_same() -> None:
    assert result(part(hardware=0)).findings == result(part(hardware=None)).findings


def test_a_dimension_that_a_verifier_does_not_look_at_is_no_open_question() -> None:
    wanted = [name for name in DIMENSIONS if name != "sourced-data"]
    text = signed(claims_of(part(sourced_data=0)))

    assert states(appraised(text))["attestation.unevaluated"] == "present"
    against = trusting(VERIFIER | {"dimensions": wanted})
    assert states(appraised(text, against=against))["attestation.unevaluated"] == "absent"
    failed = signed(claims_of(part(sourced_data=1)))
    assert states(appraised(failed, against=against))["attestation.unevaluated"] == "present"


def test_one_part_may_say_what_another_leaves_out_but_not_better_it() -> None:
    silent = part(vector=dict.fromkeys(DIMENSIONS, 0))

    assert codes(result(part(), silent), "present") == set()
    assert states(result(part(), part(executables=33)))["app.hooking"] == "present"
    mixed = states(result(part(), part(executables=3)))
    assert mixed["app.tampered"] == "not_evaluated"
    assert mixed["device.boot_unverified"] == "absent"


@pytest.mark.parametrize("value", [40, -40, 95, -96])
def test_a_warning_that_the_catalogue_has_no_name_for_is_an_open_question(value: int) -> None:
    appraisal = result(part(file_system=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert states(appraisal)["app.tampered"] == "not_evaluated"


@pytest.mark.parametrize("value", [97, 127, -97, -128])
def test_what_is_contraindicated_without_a_name_makes_the_device_noncompliant(value: int) -> None:
    assert codes(result(part(hardware=value)), "present") == {"device.noncompliant"}


@pytest.mark.parametrize("value", [3, 31, -2, -32])
def test_affirming_in_other_words_clears_only_what_the_catalogue_says(value: int) -> None:
    appraisal = result(part(runtime_opaque=value))

    assert codes(appraisal, "present") == set()
    assert states(appraisal)["env.not_separate"] == "not_evaluated"


@pytest.mark.parametrize("value", [128, -129, 2.0, True, "2", [2], 10**30])
def test_values_of_no_tier_are_counted_and_say_nothing(value: Any) -> None:
    appraisal = result(part(executables=value))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert appraisal.details["unknown_claims"] == 1


def test_a_dimension_and_a_status_that_nobody_knows_are_open_questions() -> None:
    assert codes(result(part(mood=2)), "present") == {"attestation.unevaluated"}
    appraisal = result(part("splendid"))
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert states(appraisal)["device.noncompliant"] == "not_evaluated"


def test_failed_cryptography_of_the_evidence_makes_the_result_worth_nothing() -> None:
    appraisal = result(part("contraindicated", executables=99))

    assert not appraisal.verified
    assert {"attestation.invalid", "device.noncompliant"} == codes(appraisal, "present")
    assert codes(appraisal, "absent") == {"attestation.stale"}
    assert appraisal.once == ()


def test_a_result_is_bound_to_its_nonce() -> None:
    other = "another nonce of it"
    text = signed(claims_of(eat_nonce=[other, NONCE]))

    assert states(appraised(text, nonce=NONCE))["attestation.binding_mismatch"] == "absent"
    appraisal = appraised(text, nonce="not this nonce")
    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "attestation.stale"}
    assert appraisal.once == ()


def test_a_result_without_a_nonce_is_bound_to_nothing() -> None:
    appraisal = appraised(signed(claims_of()), nonce=NONCE)

    assert states(appraisal)["attestation.binding_mismatch"] == "present"


def test_each_part_answers_its_own_nonce_or_that_of_the_whole() -> None:
    mine, other = part() | {"eat_nonce": NONCE}, part() | {"eat_nonce": "another nonce"}

    def state(*parts: dict[str, Any], **more: Any) -> str:
        text = signed(claims_of(*parts, **more))
        return states(appraised(text, nonce=NONCE))["attestation.binding_mismatch"]

    assert state(mine) == "absent"
    assert state(mine, part(), eat_nonce=NONCE) == "absent"
    assert state(mine, part()) == "present"
    assert state(mine, other) == "present"
    assert state(other, eat_nonce=NONCE) == "present"


def test_nonces_count_once_or_the_whole_result_where_there_is_none() -> None:
    text = signed(claims_of())

    (whole,) = appraised(text).once
    assert whole.digest == once_digest(NAME, "result", text.rpartition(".")[0])
    (nonce,) = appraised(signed(claims_of(eat_nonce=NONCE))).once
    assert nonce.digest == once_digest(NAME, "nonce", NONCE)
    assert nonce.code == "attestation.replayed"


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ({"iat": NOW - 600}, "absent"),
        ({"iat": NOW - 601}, "present"),
        ({"iat": NOW + 61}, "present"),
        ({"exp": NOW + 1}, "absent"),
        ({"exp": NOW}, "present"),
    ],
)
def test_a_result_is_stale_when_it_is_old_or_over(times: dict[str, int], state: str) -> None:
    appraisal = result(**times)

    assert states(appraisal)["attestation.stale"] == state
    assert ("app.tampered" in codes(appraisal, "absent")) is (state == "absent")


def test_the_psp_says_how_old_a_result_may_be() -> None:
    text = signed(claims_of(iat=NOW - 86_400))

    appraisal = appraised(text, against=trusting(max_age_s=86_400))
    assert states(appraisal)["attestation.stale"] == "absent"


def test_a_verifier_with_a_name_signs_for_itself_alone() -> None:
    ours = VERIFIER | {"issuer": "https://verifier.example"}
    other = {
        "name": "the other",
        "issuer": "https://other.example",
        "keys": [jwk_of("ES256", number=1)],
    }
    against = trusting(ours, other)

    assert appraised(signed(claims_of(iss=ours["issuer"])), against=against).verified
    stolen = signed(claims_of(iss=ours["issuer"]), number=1)
    assert reason(stolen, against=against) == "issuer"
    assert reason(signed(claims_of()), against=against) == "issuer"


def test_a_key_in_the_header_is_no_key() -> None:
    text = signed(claims_of(), number=1, jwk=jwk_of("ES256", number=1))

    assert reason(text) == "signature"


def test_no_result_with_one_bit_changed_is_verified() -> None:
    text = signed(claims_of())

    assert not any(appraised(each).verified for each in flipped(text))


@pytest.mark.parametrize(
    "damage",
    [
        {"submods": None},
        {"submods": {}},
        {"submods": []},
        {"submods": {"a": 1}},
        {"submods": {"a": {}}},
        {"submods": {"a": {"ear.status": 2, "ear.trustworthiness-vector": [2]}}},
        {"submods": {str(index): part() for index in range(33)}},
        {"iat": None},
        {"iat": "now"},
        {"exp": "later"},
        {"eat_profile": None},
        {"eat_profile": 5},
        {"eat_nonce": 5},
        {"eat_nonce": ["short"]},
        {"eat_nonce": ["a nonce too many"] * 9},
        {"eat_nonce": "x" * 89},
    ],
)
def test_claims_of_another_form_are_not_believed(damage: dict[str, Any]) -> None:
    assert reason(signed(claims_of(**damage))) == "claims"


def test_details_tell_who_verified_and_by_which_policies_but_no_name_of_a_part() -> None:
    said = part() | {"ear.appraisal-policy-id": "policy:1"}
    claims = claims_of(said, **{"ear.verifier-id": {"developer": "Acme\n", "build": "1", "x": 2}})
    claims["submods"]["serial 4711"] = part()

    details = appraised(signed(claims)).details

    assert details["developer"] == "Acme"
    assert details["build"] == "1"
    assert details["policies"] == "policy:1"
    assert details["submodules"] == 2
    assert "4711" not in str(dict(details))


def test_without_settings_nothing_is_evaluated_and_nothing_believed() -> None:
    appraisal = appraised(signed(claims_of()), against=TrustMaterial(), nonce=NONCE)

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({}, {}, ["/payload/token"]),
        ({"token": 5}, {}, ["/payload/token"]),
        ({"token": "a" * (MAX_TOKEN + 1)}, {}, ["/payload/token"]),
        ({"token": "a", "x": 1}, {"challenge": "n"}, ["/payload/x", "/expected/challenge"]),
        ({"token": "a"}, {"nonce": "short"}, ["/expected/nonce"]),
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
        ({}, ["/verifiers"]),
        ({"verifiers": []}, ["/verifiers"]),
        ({"verifiers": [VERIFIER], "max_age_s": "1", "x": 1}, ["/x", "/max_age_s"]),
        ({"verifiers": [5]}, ["/verifiers/0"]),
        ({"verifiers": [{}]}, ["/verifiers/0/name", "/verifiers/0/keys"]),
        ({"verifiers": [VERIFIER, VERIFIER]}, ["/verifiers/1/name"]),
        ({"verifiers": [VERIFIER | {"issuer": ""}]}, ["/verifiers/0/issuer"]),
        ({"verifiers": [VERIFIER | {"dimensions": ["mood"]}]}, ["/verifiers/0/dimensions"]),
        ({"verifiers": [VERIFIER | {"dimensions": [[]]}]}, ["/verifiers/0/dimensions"]),
        ({"verifiers": [VERIFIER | {"url": "x"}]}, ["/verifiers/0/url"]),
        (
            {"verifiers": [VERIFIER | {"name": str(n)} for n in range(17)]},
            ["/verifiers"],
        ),
        (
            {"verifiers": [{"name": n, "keys": [jwk_of("ES256")] * 9} for n in "ab"]},
            ["/verifiers"],
        ),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_places(
    document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == pointers
