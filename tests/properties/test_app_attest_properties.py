"""Whatever comes as App Attest: an appraisal or a refusal with its place, and nothing cleared by chance."""
# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress
from typing import Any

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.evidence.providers import apple_devicecheck, cbor
from compliance.evidence.providers.apple_app_attest import NAME, PROVIDER, ber
from compliance.evidence.providers.apple_app_attest.authenticator_data import (
    AuthenticatorDataError,
    read_assertion_data,
    read_attested_data,
)
from compliance.evidence.providers.shape import (
    Appraisal,
    Evidence,
    EvidenceShapeError,
    Mode,
    SettingsError,
    TrustMaterial,
)
from policies.vocabulary.findings import CATALOGUE
from tests.support.app_attest import (
    APP_ID,
    AT,
    CHALLENGE,
    DEVELOPMENT,
    PRODUCTION,
    Says,
    appraise,
    assert_with,
    attest,
    b64,
    key_id,
    new_key,
    of_assertion,
    of_attestation,
    of_receipt,
    point,
    renewed,
    trust,
)
from tests.support.attestation import codes

KEY = new_key()
ATTESTATION, ASSERTION, RECEIPT = attest(KEY), assert_with(KEY), renewed(KEY, b"2")
NAMES = ["attestation", "assertion", "receipt", "is_supported", "client_data_hash", "bit0", "a/b"]
EXPECTED = [
    "challenge",
    "client_data_hash",
    "app_id",
    "key_id",
    "public_key",
    "last_counter",
    "nonce",
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
texts = json_values | st.binary(min_size=1, max_size=80).map(b64) | st.just(b64(point(KEY)))
many = settings(max_examples=max(300, settings().max_examples))

SAID = st.builds(
    Says,
    aaguid=st.sampled_from([PRODUCTION, DEVELOPMENT]) | st.binary(min_size=16, max_size=16),
    flags=st.integers(0, 255),
    extensions=st.none()
    | st.dictionaries(
        st.sampled_from(["apple_bundle_version_01", "apple_validation_category_01", "other_01"]),
        st.integers(0, 2**63)
        | st.binary(max_size=8)
        | st.text(max_size=8)
        | st.integers(0, 12).map(lambda number: number.to_bytes(4, "little")),
        max_size=3,
    ),
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    position = draw(st.integers(0, len(data) - 1))
    match draw(st.sampled_from(["set", "cut", "drop", "insert"])):
        case "set":
            new = draw(st.integers(0, 255).filter(lambda octet: octet != data[position]))
            return data[:position] + bytes([new]) + data[position + 1 :]
        case "cut":
            return data[:position]
        case "drop":
            return data[:position] + data[position + 1 :]
        case _:
            return data[:position] + draw(st.binary(min_size=1, max_size=4)) + data[position:]


@given(
    provider=st.sampled_from([PROVIDER, apple_devicecheck.PROVIDER]),
    mode=st.sampled_from(Mode),
    payload=st.dictionaries(st.sampled_from(NAMES), texts, max_size=3),
    expected=st.dictionaries(st.sampled_from(EXPECTED), texts, max_size=4),
)
def test_arbitrary_payloads_are_appraised_or_refused_with_their_place(
    provider: Any, mode: Mode, payload: dict[str, Any], expected: dict[str, Any]
) -> None:
    problems = []
    try:
        provider.appraise(
            Evidence(provider.name, mode, payload, expected, AT), trust=trust(), at=AT
        )
    except EvidenceShapeError as error:
        problems = [problem.pointer for problem in error.problems] or ["an error without a place"]

    assert all(pointer.startswith(("/payload", "/expected/")) for pointer in problems)


@given(document=st.dictionaries(st.text(max_size=8) | st.just("app_ids"), json_values, max_size=4))
def test_arbitrary_settings_are_read_or_refused(document: dict[str, Any]) -> None:
    for provider in (PROVIDER, apple_devicecheck.PROVIDER):
        assert provider.read_settings is not None
        with suppress(SettingsError):
            provider.read_settings(document)


def is_worthless(appraisal: Appraisal) -> bool:
    return (
        not appraisal.verified
        and codes(appraisal, "absent") == set()
        and "attestation.invalid" in codes(appraisal, "present")
        and appraisal.once == ()
        and appraisal.counter is None
    )


@given(data=st.binary(min_size=1, max_size=200))
def test_arbitrary_bytes_are_evidence_that_does_not_verify(data: bytes) -> None:
    assert is_worthless(of_attestation(data))
    assert is_worthless(of_assertion(KEY, data))
    assert is_worthless(of_receipt(data))


@many
@given(data=st.data())
def test_evidence_with_one_damaged_place_never_verifies(data: st.DataObject) -> None:
    assert is_worthless(of_attestation(data.draw(damaged(ATTESTATION)) or b"\x00"))
    assert is_worthless(of_assertion(KEY, data.draw(damaged(ASSERTION)) or b"\x00"))
    assert is_worthless(of_receipt(data.draw(damaged(RECEIPT)) or b"\x00"))


@given(data=st.binary(max_size=120))
def test_readers_let_only_their_own_errors_out(data: bytes) -> None:
    with suppress(cbor.CborError):
        cbor.decode(data)
    with suppress(ber.BerError):
        for item in ber.read_items(data):
            ber.octets_of(item)
    for read in (read_assertion_data, read_attested_data):
        with suppress(AuthenticatorDataError):
            read(data * 2)


cbor_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=300)
    | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=6,
)


@given(value=cbor_values)
def test_what_the_library_writes_is_read_as_it_reads_it(value: Any) -> None:
    written = cbor2.dumps(value, canonical=True)
    try:
        read = cbor.decode(written)
    except cbor.CborError as error:
        assert str(error).startswith("deeper than")  # noqa: PT017 - the only reason there may be
        return

    assert read == cbor2.loads(written) == value


@given(data=st.binary(max_size=60))
def test_what_is_read_has_one_form_only(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except cbor.CborError:
        return

    assert cbor2.dumps(value, canonical=True) == data


@given(says=SAID)
def test_whatever_a_device_says_is_appraised_by_the_words_of_the_catalogue(says: Says) -> None:
    against = trust(
        validation_categories=["app_store"], minimum_bundle_version="1", risk_metric_baseline=1
    )
    key = new_key()
    for appraisal in (
        of_attestation(attest(key, says), against),
        of_assertion(key, assert_with(key, says), against),
    ):
        found = [finding.code for finding in appraisal.findings]
        absent = codes(appraisal, "absent")

        assert set(found) <= CATALOGUE.keys()
        assert found == sorted(set(found))
        assert appraisal.verified
        assert says.aaguid == PRODUCTION or "app.debug_build" not in absent
        assert says.extensions or not absent & {"app.unofficial_store", "app.version_not_allowed"}


@given(
    dropped=st.sets(st.sampled_from(["challenge", "app_id", "key_id", "last_counter"])),
    says=SAID,
)
def test_leaving_out_what_would_be_compared_clears_nothing_more(
    dropped: set[str], says: Says
) -> None:
    key = new_key()
    full = {
        "challenge": b64(CHALLENGE),
        "app_id": APP_ID,
        "key_id": b64(key_id(key)),
        "public_key": b64(point(key)),
        "last_counter": "0",
    }
    data = assert_with(key, says)

    def absent(left_out: set[str]) -> set[str]:
        kept = {name: text for name, text in full.items() if name not in left_out}
        payload = {"assertion": b64(data), "client_data_hash": b64(says.client_data_hash)}
        appraised = appraise(Evidence(NAME, Mode.RAW, payload, kept, AT), TrustMaterial())
        return codes(appraised, "absent")

    assert absent(dropped) <= absent(set())
