"""Whatever comes in: an appraisal or a refusal with its place, never a crash, and nothing cleared by chance."""
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.evidence.appraisal import appraise
from compliance.evidence.demonstration import DeviceState, attestation_extension, der
from compliance.evidence.providers.android_key_attestation import NAME
from compliance.evidence.providers.android_key_attestation.key_description import (
    KeyDescriptionError,
    read_key_description,
)
from compliance.evidence.providers.android_key_attestation.provisioning import (
    ProvisioningError,
    certificates_issued,
)
from compliance.evidence.providers.android_key_attestation.revocations import (
    RevocationListError,
    read_revocation_list,
    status_of,
)
from compliance.evidence.providers.android_key_attestation.tags import (
    BOOT_STATES,
    ORIGINS,
    SECURITY_LEVELS,
)
from compliance.evidence.providers.freerasp_names import BY_NAME
from compliance.evidence.providers.shape import Evidence, EvidenceShapeError, Mode
from compliance.evidence.providers.x509 import der as reader
from compliance.evidence.providers.x509.certificates import (
    CertificateError,
    read_certificate,
)
from policies.vocabulary.findings import CATALOGUE
from tests.support.attestation import (
    AT,
    CHALLENGE,
    appraise_one,
    chain_of,
    codes,
    evidence_of,
    trust,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
payloads = st.dictionaries(
    st.sampled_from(["chain", "threats", "all_checks_finished", "platform", "malware", "a/b"]),
    json_values,
    max_size=5,
)
DEVICES = st.builds(
    DeviceState,
    device_locked=st.booleans(),
    verified_boot_state=st.sampled_from(BOOT_STATES),
    security_level=st.sampled_from(SECURITY_LEVELS),
    key_mint_security_level=st.none() | st.sampled_from(SECURITY_LEVELS),
    origin=st.sampled_from(ORIGINS),
    user_auth_required=st.booleans(),
    os_version=st.integers(0, 2**32),
    os_patch_level=st.none() | st.integers(200001, 209912),
    attestation_version=st.sampled_from([3, 4, 100, 200, 300, 400]),
)
SOUND = chain_of()
EXTENSION = attestation_extension(DeviceState(), challenge=CHALLENGE, at=AT)


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
    provider=st.sampled_from(["android_key_attestation", "freerasp"]) | st.text(max_size=5),
    mode=st.sampled_from(Mode),
    payload=payloads,
    expected=st.dictionaries(
        st.sampled_from(["challenge", "package", "signature_digest", "nonce"]),
        json_values,
        max_size=3,
    ),
)
def test_arbitrary_payloads_are_appraised_or_refused_with_their_place(
    provider: str, mode: Mode, payload: dict[str, Any], expected: dict[str, Any]
) -> None:
    item = Evidence(provider, mode, payload, expected, AT)
    problems = []
    try:
        appraise([item], trust=trust(), at=AT)
    except EvidenceShapeError as error:
        problems = [problem.pointer for problem in error.problems] or ["an error without a place"]

    assert all(pointer.startswith("/evidence/0/") for pointer in problems)


many = settings(max_examples=max(400, settings().max_examples))
"""Damage is in one place of many: twice as often as usual, and as often as a night allows."""


@given(chain=st.lists(st.binary(min_size=1, max_size=64), min_size=1, max_size=10))
def test_arbitrary_bytes_are_evidence_that_does_not_verify(chain: Sequence[bytes]) -> None:
    appraisal = appraise_one(evidence_of(chain))

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()


@many
@given(data=st.data(), position=st.integers(0, len(SOUND) - 1))
def test_a_chain_with_one_damaged_place_never_verifies(data: st.DataObject, position: int) -> None:
    chain = list(SOUND)
    chain[position] = data.draw(damaged(SOUND[position])) or b"\x00"
    appraisal = appraise_one(evidence_of(chain))

    assert codes(appraisal, "present") == {"attestation.invalid"}
    assert codes(appraisal, "absent") == set()


@many
@given(data=st.data())
def test_a_damaged_extension_is_read_or_refused(data: st.DataObject) -> None:
    reason = ""
    try:
        read_key_description(data.draw(damaged(EXTENSION)))
    except KeyDescriptionError as error:
        reason = error.reason

    assert reason in {"", "malformed_extension", "UNKNOWN_TAG_NUMBER"}


@given(data=st.binary(max_size=200))
def test_parsers_of_bytes_let_only_their_own_errors_out(data: bytes) -> None:
    with suppress(ProvisioningError):
        certificates_issued(data)
    with suppress(KeyDescriptionError):
        read_key_description(data)
    with suppress(reader.DerError):
        reader.read_elements(data)
    with suppress(RevocationListError):
        read_revocation_list(data)
    with suppress(CertificateError):
        read_certificate(data)


@given(state=DEVICES)
def test_every_device_is_appraised_by_the_words_of_the_catalogue(state: DeviceState) -> None:
    appraisal = appraise_one(evidence_of(chain_of(state)))

    assert appraisal.verified
    assert {finding.code for finding in appraisal.findings} <= CATALOGUE.keys()
    assert len({finding.code for finding in appraisal.findings}) == len(appraisal.findings)


@given(state=DEVICES)
def test_what_is_bad_is_never_cleared(state: DeviceState) -> None:
    absent = codes(appraise_one(evidence_of(chain_of(state))), "absent")
    sound_boot = state.device_locked and state.verified_boot_state == "VERIFIED"
    levels = {state.security_level, state.key_mint_security_level or state.security_level}

    assert sound_boot or "device.rooted" not in absent
    assert state.device_locked or "device.bootloader_unlocked" not in absent
    assert state.verified_boot_state == "VERIFIED" or "device.boot_unverified" not in absent
    assert state.user_auth_required or "key.user_auth_not_required" not in absent
    assert state.origin == "GENERATED" or "key.software_backed" not in absent
    assert len(levels) == 1 or "key.software_backed" not in absent
    assert "SOFTWARE" not in levels or "device.rooted" not in absent


@given(state=DEVICES, position=st.integers(0, 3))
def test_leaving_out_what_would_be_compared_clears_nothing_more(
    state: DeviceState, position: int
) -> None:
    chain = chain_of(state)
    compared = codes(appraise_one(evidence_of(chain)), "absent")
    stripped = codes(appraise_one(evidence_of(chain, challenge=None)), "absent")
    shortened = codes(
        appraise_one(evidence_of([*chain[:position], *chain[position + 1 :]])), "absent"
    )

    assert stripped < compared
    assert shortened <= compared


@given(
    threats=st.lists(st.sampled_from(list(BY_NAME)) | st.text(min_size=1, max_size=20), max_size=9),
    platform=st.sampled_from(["android", "ios", ""]),
)
def test_an_unfinished_run_never_says_more_good_and_never_less_bad(
    threats: list[str | int], platform: str
) -> None:
    def appraised(*, finished: bool) -> tuple[set[str], set[str]]:
        payload = {"threats": threats, "all_checks_finished": finished, "platform": platform}
        appraisal = appraise_one(Evidence("freerasp", Mode.REPORTED, payload, {}, AT))
        return codes(appraisal, "present"), codes(appraisal, "absent")

    finished, unfinished = appraised(finished=True), appraised(finished=False)

    assert finished[0] | {"attestation.unevaluated"} == unfinished[0]
    assert unfinished[1] == set()


@given(serial=st.integers(1, 2**159), decimal=st.booleans(), zeros=st.integers(0, 4))
def test_a_listed_serial_number_is_always_found(serial: int, zeros: int, *, decimal: bool) -> None:
    key = "0" * zeros + (str(serial) if decimal else format(serial, "x"))
    content = f'{{"entries": {{"{key}": {{"status": "REVOKED"}}}}}}'.encode()

    assert status_of(serial, read_revocation_list(content)) == "REVOKED"


@given(
    number=st.integers(0, 2**64 - 1), tag=st.integers(0, 0xFFFF), content=st.binary(max_size=300)
)
def test_what_is_written_is_read_back(number: int, tag: int, content: bytes) -> None:
    written = der.explicit(tag, der.sequence([der.integer(number), der.octets(content)]))
    (element,) = reader.read_elements(written)
    parts = reader.read_elements(reader.read_only(element.content, reader.SEQUENCE))

    assert element.number == tag
    assert reader.read_integer(reader.content_of(parts[0], reader.INTEGER)) == number
    assert reader.content_of(parts[1], reader.OCTET_STRING) == content


@given(text=st.text(alphabet=st.characters(codec="ascii"), max_size=64))
def test_strict_base64_is_the_only_way_to_write_a_certificate(text: str) -> None:
    try:
        appraise_one(Evidence(NAME, Mode.RAW, {"chain": [text]}, {}, AT))
    except EvidenceShapeError:
        return
    assert (
        base64.b64encode(base64.b64decode(text)).decode().rstrip("=")[:-1] == text.rstrip("=")[:-1]
    )
