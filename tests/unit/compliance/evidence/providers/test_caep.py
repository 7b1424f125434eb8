"""What security event tokens amount to. All tokens are synthetic; published claims are in tests/vectors."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import pytest

from compliance.evidence.providers import caep
from compliance.evidence.providers.caep import EVENT_TYPES, MAX_TOKEN, TYPE, appraise, read_settings
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

NAME = caep.NAME
NOW = int(AT.timestamp())
ISSUER = "https://idp.example/1/"
AUDIENCE = "https://psp.example/caep"
TRANSMITTER = {
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "keys": [jwk_of("RS256", kid="rs"), jwk_of("ES256", kid="es")],
}
DEVICE = {"format": "iss_sub", "iss": ISSUER, "sub": "a device"}
COMPLIANCE = {"previous_status": "compliant", "current_status": "not-compliant"}


def claims_of(events: Any = None, **more: Any) -> dict[str, Any]:
    claims = {
        "iss": ISSUER,
        "jti": "event-1",
        "iat": NOW - 10,
        "aud": AUDIENCE,
        "sub_id": {
            "format": "complex",
            "device": DEVICE,
            "tenant": {"format": "opaque", "id": "t"},
        },
        "events": {EVENT_TYPES + "device-compliance-change": COMPLIANCE}
        if events is None
        else events,
    } | more
    return {name: value for name, value in claims.items() if value is not None}


def event(name: str, **said: Any) -> dict[str, Any]:
    return {EVENT_TYPES + name: {"event_timestamp": NOW - 20} | said}


def token(events: Any = None, **more: Any) -> str:
    return signed(claims_of(events, **more), algorithm="ES256", kid="es", typ=TYPE)


def trusting(*transmitters: dict[str, Any], **document: Any) -> TrustMaterial:
    settings = read_settings({"transmitters": list(transmitters) or [TRANSMITTER]} | document)
    return TrustMaterial(settings={NAME: settings})


def appraised(
    text: str, *, against: TrustMaterial | None = None, subject: str | None = None
) -> Appraisal:
    expected = {} if subject is None else {"subject": subject}
    evidence = Evidence(NAME, Mode.RAW, {"token": text}, expected, AT)
    return appraise(evidence, trust=against or trusting(), at=AT)


def reason(text: str, **more: Any) -> str:
    appraisal = appraised(text, **more)

    assert not appraisal.verified
    assert appraisal.once == ()
    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()
    return str(appraisal.details["reason"])


def test_a_device_that_is_no_longer_compliant_is_found() -> None:
    appraisal = appraised(token(), subject="a device")

    assert appraisal.verified
    assert codes(appraisal, "present") == {"device.noncompliant"}
    assert codes(appraisal, "absent") == {
        *("attestation.binding_mismatch", "attestation.invalid"),
        *("attestation.stale", "attestation.unevaluated"),
    }
    assert {finding.assurance for finding in appraisal.findings} == {Assurance.B}
    assert appraisal.details["events"] == "device-compliance-change"


def test_a_compliant_device_is_cleared() -> None:
    appraisal = appraised(token(event("device-compliance-change", current_status="compliant")))

    assert "device.noncompliant" in codes(appraisal, "absent")
    assert codes(appraisal, "present") == set()


def test_every_mapping_of_the_catalogue_is_reached() -> None:
    lines = [
        (code, line["path"], value)
        for code, type_ in CATALOGUE.items()
        for line in type_.mappings.get(NAME, ())
        for value in line["values"]
    ]

    for code, path, value in lines:
        name, _, field = path.partition(".")
        said = event(name, **{field: value, "principal": "DEVICE"})
        assert codes(appraised(token(said)), "present") == {code}, (path, value)


def test_a_low_risk_of_a_device_clears_nothing() -> None:
    appraisal = appraised(
        token(event("risk-level-change", current_level="LOW", principal="DEVICE"))
    )

    assert codes(appraisal, "present") == set()
    assert codes(appraisal, "not_evaluated") == {"device.noncompliant"}


@pytest.mark.parametrize(
    "events",
    [
        event("session-revoked"),
        event("risk-level-change", current_level="HIGH", principal="USER"),
        event("risk-level-change", current_level="HIGH"),
        event("device-compliance-change", current_status="half-compliant"),
        event("device-compliance-change", current_status=["compliant"]),
        event("device-compliance-change"),
        event("an-event-of-tomorrow"),
        {"https://schemas.openid.net/secevent/risc/event-type/account-disabled": {}},
        {"session-revoked": {}},
    ],
)
def test_what_has_no_finding_is_an_open_question(events: dict[str, Any]) -> None:
    appraisal = appraised(token(events))

    assert codes(appraisal, "present") == {"attestation.unevaluated"}


def test_events_of_another_kind_are_counted_and_not_named() -> None:
    appraisal = appraised(token(event("an-event-of-tomorrow") | event("session-revoked")))

    assert appraisal.details["unknown_events"] == 1
    assert appraisal.details["events"] == "session-revoked"


def test_of_several_events_the_worst_counts() -> None:
    both = event("device-compliance-change", current_status="compliant") | event(
        "risk-level-change", current_level="HIGH", principal="DEVICE"
    )
    open_ = event("device-compliance-change", current_status="compliant") | event(
        "risk-level-change", current_level="LOW", principal="DEVICE"
    )

    assert states(appraised(token(both)))["device.noncompliant"] == "present"
    assert states(appraised(token(open_)))["device.noncompliant"] == "not_evaluated"


@pytest.mark.parametrize(
    ("sub_id", "subject"),
    [
        ({"format": "opaque", "id": "a"}, "a"),
        ({"format": "email", "email": "a@b.example"}, "a@b.example"),
        ({"format": "iss_sub", "iss": "i", "sub": "a"}, "a"),
        ({"format": "phone_number", "phone_number": "+1"}, "+1"),
        ({"format": "account", "uri": "acct:a@b"}, "acct:a@b"),
        ({"format": "complex", "user": {"format": "opaque", "id": "é"}}, "é"),
        ({"format": "complex", "session": {"format": "opaque", "id": "s"}, "user": 5}, "s"),
        ({"format": "aliases", "identifiers": [5, {"format": "opaque", "id": "a"}]}, "a"),
    ],
)
def test_a_subject_is_known_in_each_format(sub_id: Any, subject: str) -> None:
    appraisal = appraised(token(sub_id=sub_id), subject=subject)

    assert states(appraisal)["attestation.binding_mismatch"] == "absent"


@pytest.mark.parametrize(
    "sub_id",
    [
        None,
        "a device",
        {},
        {"format": "opaque"},
        {"format": ["opaque"], "id": "a device"},
        {"format": "email", "id": "a device"},
        {"format": "opaque", "id": 5},
        {"format": "complex", "tenant": {"format": "opaque", "id": "a device"}},
        {"format": "complex", "device": {"format": "complex", "device": DEVICE}},
        {"format": "aliases", "identifiers": [{"format": "opaque", "id": "x"}] * 16 + [DEVICE]},
        {"format": "aliases", "identifiers": "a device"},
    ],
)
def test_an_event_about_somebody_else_clears_nothing_and_uses_nothing_up(sub_id: Any) -> None:
    good = event("device-compliance-change", current_status="compliant")
    appraisal = appraised(token(good, sub_id=sub_id), subject="a device")

    assert codes(appraisal, "present") == {"attestation.binding_mismatch"}
    assert codes(appraisal, "absent") == {"attestation.invalid", "attestation.stale"}
    assert appraisal.once == ()


def test_an_event_counts_once_for_its_transmitter() -> None:
    (once,) = appraised(token()).once

    assert once.digest == once_digest(NAME, "event", f"{ISSUER}\nevent-1")
    assert once.code == "attestation.replayed"


@pytest.mark.parametrize(
    ("times", "happened", "state"),
    [
        ({"iat": NOW - 86_400}, None, "absent"),
        ({"iat": NOW - 86_401}, None, "present"),
        ({"iat": NOW}, NOW - 86_401, "present"),
        ({"iat": NOW - 10}, NOW + 500, "absent"),
        ({"iat": NOW + 61}, NOW - 10, "present"),
        ({"exp": NOW - 1}, None, "present"),
    ],
)
def test_an_event_is_stale_by_when_it_happened(
    times: dict[str, int], happened: int | None, state: str
) -> None:
    said = COMPLIANCE | ({} if happened is None else {"event_timestamp": happened})
    appraisal = appraised(token({EVENT_TYPES + "device-compliance-change": said}, **times))

    assert states(appraisal)["attestation.stale"] == state
    assert states(appraisal)["device.noncompliant"] == "present"


def test_old_good_news_clears_nothing() -> None:
    good = event("device-compliance-change", current_status="compliant")
    appraisal = appraised(token(good), against=trusting(max_age_s=19))

    assert states(appraisal)["device.noncompliant"] == "not_evaluated"


def test_a_transmitter_signs_for_itself_and_for_us_alone() -> None:
    other = {
        "issuer": "https://other.example",
        "audience": AUDIENCE,
        "keys": [jwk_of("ES256", number=1, kid="es")],
    }
    against = trusting(TRANSMITTER, other)
    stolen = signed(claims_of(), number=1, kid="es", typ=TYPE)

    assert appraised(token(), against=against).verified
    assert reason(stolen, against=against) == "issuer"
    assert reason(token(iss=None)) == "issuer"
    assert reason(token(aud="https://other.example")) == "audience"
    assert reason(token(aud=None)) == "audience"
    assert appraised(token(aud=["x", AUDIENCE])).verified


def test_a_token_of_another_type_or_key_is_not_believed() -> None:
    assert reason(signed(claims_of(), kid="es", typ="JWT")) == "type"
    assert reason(signed(claims_of(), kid="es")) == "type"
    assert reason(signed(claims_of(), kid="x", typ=TYPE)) == "unknown_key"
    assert reason(signed(claims_of(), kid="es", number=1, typ=TYPE)) == "signature"
    assert reason(signed(claims_of(), algorithm="HS256", kid="es", typ=TYPE)) == "algorithm"
    assert appraised(signed(claims_of(), algorithm="RS256", kid="rs", typ=TYPE)).verified


@pytest.mark.parametrize(
    "damage",
    [
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
        {"jti": "x" * 257},
        {"iat": None},
        {"iat": "now"},
        {"events": {}},
        {"events": []},
        {"events": {EVENT_TYPES + "session-revoked": None}},
        {"events": {f"{EVENT_TYPES}{index}": {} for index in range(9)}},
        {"events": event("session-revoked", event_timestamp="then")},
        {"events": event("session-revoked", event_timestamp=NOW * 1000)},
    ],
)
def test_claims_of_another_form_are_not_believed(damage: dict[str, Any]) -> None:
    assert reason(token(**damage)) == "claims"


def test_details_hold_nobodys_words_and_no_subject() -> None:
    said = event(
        "session-revoked", initiating_entity="policy", reason_admin={"en": "of a named person"}
    )
    details = appraised(token(said), subject="a device").details

    assert details["initiating_entity"] == "policy"
    assert "named person" not in str(dict(details))
    assert "a device" not in str(dict(details))
    odd = event("session-revoked", initiating_entity=["policy"])
    assert "initiating_entity" not in appraised(token(odd)).details


def test_no_token_with_one_bit_changed_is_verified() -> None:
    assert not any(appraised(each).verified for each in flipped(token()))


def test_without_settings_nothing_is_evaluated_and_nothing_believed() -> None:
    appraisal = appraised(token(), against=TrustMaterial(), subject="a device")

    assert not appraisal.verified
    assert codes(appraisal, "present") == {"attestation.unevaluated"}
    assert codes(appraisal, "absent") == set()


@pytest.mark.parametrize(
    ("payload", "expected", "pointers"),
    [
        ({}, {}, ["/payload/token"]),
        ({"token": 5}, {}, ["/payload/token"]),
        ({"token": "a" * (MAX_TOKEN + 1)}, {}, ["/payload/token"]),
        ({"token": "a", "x": 1}, {"nonce": "n"}, ["/payload/x", "/expected/nonce"]),
        ({"token": "a"}, {"subject": ""}, ["/expected/subject"]),
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
        ({}, ["/transmitters"]),
        ({"transmitters": [5]}, ["/transmitters/0"]),
        (
            {"transmitters": [{}]},
            ["/transmitters/0/issuer", "/transmitters/0/audience", "/transmitters/0/keys"],
        ),
        ({"transmitters": [TRANSMITTER, TRANSMITTER]}, ["/transmitters/1/issuer"]),
        ({"transmitters": [TRANSMITTER | {"x": 1}], "y": 1}, ["/y", "/transmitters/0/x"]),
        ({"transmitters": [TRANSMITTER | {"keys": [jwk_of("RS256")]}]}, ["/transmitters/0/keys/0"]),
        ({"transmitters": [TRANSMITTER], "max_age_s": 10**9}, ["/max_age_s"]),
        (
            {"transmitters": [TRANSMITTER | {"issuer": f"https://{n}"} for n in range(9)]},
            ["/transmitters"],
        ),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_places(
    document: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(document)

    assert [problem.pointer for problem in caught.value.problems] == pointers
