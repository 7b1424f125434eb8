"""Play Integrity: whatever comes in is appraised or refused, and what is taken away clears nothing."""
# SPDX-License-Identifier: Apache-2.0

import copy
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.evidence.providers.play_integrity import NAME
from compliance.evidence.providers.play_integrity.names import FIELDS, SWITCHES, VERDICTS, Kind
from compliance.evidence.providers.play_integrity.settings import read_settings
from compliance.evidence.providers.shape import Evidence, EvidenceShapeError, Mode, SettingsError
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import AT, codes, states
from tests.support.play import NONCE, appraised, content, decoded, encrypted, raw, signed, token

SWITCHED_ON = st.lists(st.sampled_from(SWITCHES), unique=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
VALUES = st.sampled_from(sorted({v for verdict in VERDICTS for v in verdict.values | verdict.open}))
TOKEN = token()
SIGNED = signed(content())


def of_kind(kind: Kind) -> st.SearchStrategy[Any]:
    """Values that fit a field, known and new ones."""
    match kind:
        case Kind.TEXT:
            return VALUES | st.text(max_size=8)
        case Kind.TEXTS:
            return st.lists(VALUES | st.text(max_size=8), max_size=4)
        case Kind.FLAG:
            return st.booleans()
        case Kind.NUMBER:
            return st.integers(-1, 40) | st.integers(-(2**53) + 1, 2**53 - 1)
        case Kind.WIDE:
            return st.integers(0, 2**53 - 1) | st.integers(0, 10**19 - 1).map(str)
        case Kind.TIME:
            return st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())


def answers(fields: Any = FIELDS) -> st.SearchStrategy[dict[str, Any]]:
    """Answers in Google's form: any part may be missing, empty, or new."""
    return st.fixed_dictionaries(
        {},
        optional={
            name: of_kind(inner) if isinstance(inner, Kind) else answers(inner)
            for name, inner in fields.items()
        },
    )


@given(
    mode=st.sampled_from([Mode.RAW, Mode.DECODED]),
    payload=st.dictionaries(
        st.sampled_from(["token", "tokenPayloadExternal", *FIELDS]) | st.text(max_size=4),
        json_values,
        max_size=5,
    ),
    expected=st.dictionaries(
        st.sampled_from(["nonce", "request_hash", "package", "signature_digest", "challenge"]),
        json_values,
        max_size=3,
    ),
)
def test_arbitrary_json_is_appraised_or_refused_with_its_place(
    mode: Mode, payload: dict[str, Any], expected: dict[str, Any]
) -> None:
    pointers = []
    try:
        appraised(Evidence(NAME, mode, payload, expected, AT))
    except EvidenceShapeError as error:
        pointers = [problem.pointer for problem in error.problems] or ["an error without a place"]

    assert all(pointer.startswith("/evidence/0/") for pointer in pointers)


@given(payload=answers(), on=SWITCHED_ON)
def test_every_answer_in_googles_form_is_appraised_by_the_words_of_the_catalogue(
    payload: dict[str, Any], on: list[str]
) -> None:
    told = appraised(decoded(payload, nonce=NONCE), verdicts=on)
    opened = appraised(raw(encrypted(signed(payload)), nonce=NONCE), verdicts=on)

    assert states(told).keys() <= CATALOGUE.keys()
    assert len(states(told)) == len(told.findings)
    assert states(opened) == states(told) | {"attestation.invalid": "absent"}
    assert opened.verified


UNBOUND = {
    "appIntegrity": {"appRecognitionVerdict": Kind.TEXT, "versionCode": Kind.WIDE},
    **{name: FIELDS[name] for name in ("deviceIntegrity", "accountDetails", "environmentDetails")},
}
"""What does not bind an answer to the request and the app."""


def places(tree: dict[str, Any]) -> list[tuple[str, ...]]:
    """The path of every field and object."""
    found: list[tuple[str, ...]] = []
    for name, value in tree.items():
        found.append((name,))
        if isinstance(value, dict):
            found += [(name, *rest) for rest in places(value)]
    return found


@given(data=st.data(), on=SWITCHED_ON, empty=st.booleans())
def test_taking_away_what_accuses_nobody_never_clears_more(
    data: st.DataObject, on: list[str], *, empty: bool
) -> None:
    payload = content() | data.draw(answers(UNBOUND))
    stripped = copy.deepcopy(payload)
    *steps, last = data.draw(st.sampled_from(places(payload)))
    node = stripped
    for step in steps:
        node = node[step]
    if empty and isinstance(node[last], dict):
        node[last] = {}
    else:
        del node[last]
    whole = appraised(decoded(payload, nonce=NONCE), verdicts=on)
    rest = appraised(decoded(stripped, nonce=NONCE), verdicts=on)

    assume(codes(whole, "present") <= {"attestation.unevaluated"})
    assert codes(rest, "absent") <= codes(whole, "absent")


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_in_place_of_a_token_do_not_verify(data: bytes) -> None:
    for text in (data.decode("latin-1"), encrypted(data.decode("latin-1"))):
        if text:
            appraisal = appraised(raw(text))
            assert "attestation.invalid" in codes(appraisal, "present")
            assert codes(appraisal, "absent") == set()
            assert not appraisal.verified


@given(payload=st.binary(max_size=200))
def test_arbitrary_signed_bytes_are_appraised_or_refused(payload: bytes) -> None:
    appraisal = appraised(raw(encrypted(signed(payload))))

    assert appraisal.verified is ("attestation.invalid" in codes(appraisal, "absent"))


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    position = draw(st.integers(0, len(text) - 1))
    letter = draw(st.characters(max_codepoint=255).filter(lambda one: one != text[position]))
    match draw(st.sampled_from(["set", "cut", "drop", "insert"])):
        case "set":
            return text[:position] + letter + text[position + 1 :]
        case "cut":
            return text[:position]
        case "drop":
            return text[:position] + text[position + 1 :]
        case _:
            return text[:position] + letter + text[position:]


@given(data=st.data())
def test_a_token_with_one_damaged_place_never_verifies(data: st.DataObject) -> None:
    outer = data.draw(damaged(TOKEN)) or "x"
    inner = encrypted(data.draw(damaged(SIGNED)))
    for text in (outer, inner):
        appraisal = appraised(raw(text, nonce=NONCE))
        assert codes(appraisal, "present") == {"attestation.invalid"}
        assert codes(appraisal, "absent") == set()
        assert not appraisal.verified


@given(
    document=st.dictionaries(
        st.sampled_from(
            [
                "packages",
                "certificate_digests",
                "decryption_key",
                "verification_key",
                "verdicts",
                "max_age_s",
                "testing_responses",
            ]
        )
        | st.text(max_size=4),
        json_values,
        max_size=5,
    )
)
def test_arbitrary_settings_are_read_or_refused_with_their_place(document: dict[str, Any]) -> None:
    pointers = []
    try:
        read_settings(document)
    except SettingsError as error:
        pointers = [problem.pointer for problem in error.problems] or ["an error without a place"]

    assert all(pointer.startswith("/") for pointer in pointers)
