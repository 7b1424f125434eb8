"""Challenges that we issue: good for one transaction, for a while, whoever sends them back how."""
# SPDX-License-Identifier: Apache-2.0

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.challenges import BINDING, STALE, issue_challenge, with_challenges
from compliance.evidence.providers.shape import Appraisal, Evidence, Mode
from compliance.evidence.repeats import with_repeats
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.attestation import states

KEY = bytes(range(32))
NOW = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
CLEAN = Finding(
    code="device.rooted", state=FindingState.ABSENT, assurance=Assurance.A, provider="p"
)
APPRAISAL = Appraisal(
    provider="p",
    mode=Mode.RAW,
    verified=True,
    findings=(CLEAN,),
    digest="sha256:0",
    observed_at=None,
    details={},
)
CHALLENGE = issue_challenge(KEY, "tx-1", lifetime=timedelta(minutes=5), now=NOW)


def checked(
    value: str, *, key: bytes = KEY, transaction: str = "tx-1", at: datetime = NOW
) -> Appraisal:
    item = Evidence("p", Mode.RAW, {}, {"nonce": value}, None)
    (found,) = with_challenges([APPRAISAL], [item], key=key, transaction_ref=transaction, at=at)
    return found


@pytest.mark.parametrize(
    "encode",
    [base64.b64encode, base64.urlsafe_b64encode, lambda raw: base64.b64encode(raw) + b"=="],
)
def test_a_good_challenge_changes_nothing(encode: "type[bytes]") -> None:
    value = encode(CHALLENGE.value).decode()

    assert len(CHALLENGE.value) == 39
    assert CHALLENGE.expires_at == datetime(2026, 11, 24, 12, 5, tzinfo=UTC)
    assert checked(value) is APPRAISAL
    assert checked(value, at=CHALLENGE.expires_at - timedelta(microseconds=1)) is APPRAISAL


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"transaction": "tx-2"}, {BINDING}),
        ({"key": bytes(32)}, {BINDING}),
        ({"at": CHALLENGE.expires_at}, {STALE}),
        ({"at": CHALLENGE.expires_at, "transaction": "tx-2"}, {BINDING, STALE}),
    ],
)
def test_one_that_is_not_good_discredits_the_evidence(
    changes: dict[str, object], codes: set[str]
) -> None:
    found = checked(base64.b64encode(CHALLENGE.value).decode(), **changes)  # type: ignore[arg-type]

    assert {code for code, state in states(found).items() if state == "present"} == codes
    assert states(found)["device.rooted"] == "not_evaluated"
    assert not found.verified
    assert found.details == {"challenge_not_good": True}
    assert states(with_repeats([found], frozenset())[0]) == states(found)


def test_each_bit_of_it_counts() -> None:
    for position in range(len(CHALLENGE.value) * 8):
        changed = bytearray(CHALLENGE.value)
        changed[position // 8] ^= 1 << position % 8
        found = checked(base64.b64encode(changed).decode())

        # Without the magic it is somebody else's challenge, about which we have nothing to say.
        assert (found is APPRAISAL) is (position < 24)


@given(
    st.text(max_size=60)
    | st.binary(min_size=36, max_size=42).map(lambda raw: base64.b64encode(raw).decode())
)
def test_challenges_of_others_are_none_of_our_business(value: str) -> None:
    if not value.startswith("TjkB"):
        assert checked(value) is APPRAISAL


def test_two_are_never_alike() -> None:
    again = issue_challenge(KEY, "tx-1", lifetime=timedelta(minutes=5), now=NOW)

    assert again.value != CHALLENGE.value
