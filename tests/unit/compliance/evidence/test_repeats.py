"""What a repeat of evidence makes of its appraisal."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import msgspec
import pytest

from compliance.evidence.providers.shape import Appraisal, Mode, Once, once_digest
from compliance.evidence.repeats import COUNTER_REGRESSED, REPLAYED, with_repeats
from policies.vocabulary.findings import Assurance, Finding, FindingState
from tests.support.attestation import CHALLENGE, appraise_one, chain_of, evidence_of, states

NONCE = Once(once_digest("p", "nonce", "n"))
REUSED = Once(once_digest("p", "instance", "i"), code="env.reused_across_transactions", scope="s")


def appraisal(**changes: Any) -> Appraisal:
    findings = [
        Finding(code=code, state=state, assurance=Assurance.B, provider="p")
        for code, state in (
            ("device.rooted", FindingState.ABSENT),
            ("device.emulator", FindingState.PRESENT),
        )
    ]
    known: dict[str, Any] = {
        "provider": "p",
        "mode": Mode.RAW,
        "verified": True,
        "findings": tuple(findings),
        "digest": "sha256:0",
        "observed_at": None,
        "details": {},
    }
    return Appraisal(**known | changes)


def repeated(given: Appraisal, *seen: str) -> Appraisal:
    (found,) = with_repeats([given], frozenset(seen))
    return found


def test_evidence_that_claims_nothing_is_left_alone() -> None:
    given = appraisal()

    assert repeated(given, NONCE.digest) is given


def test_what_is_new_is_said_to_be_new() -> None:
    found = repeated(appraisal(once=(NONCE,), counter=("sha256:k", 7)))

    assert states(found) == {
        "device.rooted": "absent",
        "device.emulator": "present",
        REPLAYED: "absent",
        COUNTER_REGRESSED: "absent",
    }
    assert found.verified


@pytest.mark.parametrize(
    ("changes", "seen", "code"),
    [
        ({"once": (NONCE,)}, NONCE.digest, REPLAYED),
        ({"once": (NONCE, Once("sha256:other"))}, NONCE.digest, REPLAYED),
        ({"counter": ("sha256:k", 7)}, "sha256:k", COUNTER_REGRESSED),
    ],
)
def test_evidence_of_another_moment_clears_nothing(
    changes: dict[str, Any], seen: str, code: str
) -> None:
    found = repeated(appraisal(**changes), seen)

    assert states(found) == {
        "device.rooted": "not_evaluated",
        "device.emulator": "present",
        code: "present",
    }
    assert not found.verified
    assert found.details == {"seen_before": True}


def test_a_repeat_that_means_something_else_is_that_and_no_more() -> None:
    found = repeated(appraisal(once=(NONCE, REUSED)), REUSED.digest)

    assert states(found)["env.reused_across_transactions"] == "present"
    assert states(found)[REPLAYED] == "absent"
    assert states(found)["device.rooted"] == "absent"
    assert found.verified


def test_what_the_evidence_says_of_a_repeat_itself_gives_way_to_what_was_seen() -> None:
    own = Finding(
        code=COUNTER_REGRESSED, state=FindingState.ABSENT, assurance=Assurance.B, provider="p"
    )
    given = appraisal(findings=(own,), counter=("sha256:k", 7))

    assert [each.state for each in repeated(given).findings] == ["absent"]
    assert [each.state for each in repeated(given, "sha256:k").findings] == ["present"]
    present = msgspec.structs.replace(own, state=FindingState.PRESENT)
    given = appraisal(findings=(present,), counter=("sha256:k", 7))
    assert [each.state for each in repeated(given).findings] == ["present"]


def test_a_key_attestation_counts_once_if_its_challenge_was_of_this_request() -> None:
    asked = appraise_one(evidence_of(chain_of()))
    other = appraise_one(evidence_of(chain_of(), challenge=b"another challenge"))
    enrolment = appraise_one(evidence_of(chain_of(), challenge=None))

    assert asked.once == (Once(once_digest("android_key_attestation", "challenge", CHALLENGE)),)
    assert other.once == enrolment.once == ()
