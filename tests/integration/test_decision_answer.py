"""A decision over the decision point: what is answered, stored, proved and read again."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection

from compliance.decisions.models import Decision, DecisionRecord, Obligation, PresentFinding
from compliance.decisions.presentation import decision_document
from compliance.decisions.records import TABLES
from compliance.decisions.selectors import decision_detail, expected_entries
from compliance.ledger.models import StagedEntry
from compliance.ledger.selectors import tlog_proof_of, vkey_of
from compliance.ledger.sequencer import sequence_log
from compliance.ledger.staging import entry_bytes
from compliance.ledger.tlog_proof import verify_tlog_proof
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.anchored import trust_root
from tests.support.factories import (
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)

VECTORS = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
CHAINS = VECTORS / "android-key-attestation"
HOOKED = [
    {
        "provider": "freerasp",
        "mode": "reported",
        "payload": {"threats": ["hooks"], "all_checks_finished": True},
        "observed_at": "2026-11-23T10:15:04Z",
    }
]


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def test_the_answer_says_where_the_decision_is(caller: Caller) -> None:
    response = caller.post()

    assert response.status == 201
    assert response.headers["location"] == f"/v1/decisions/{response.json['ref']}"
    assert response.headers["content-type"] == "application/json"


def test_the_request_id_is_echoed(caller: Caller) -> None:
    assert caller.post(x_request_id="back-end-7").headers["x-request-id"] == "back-end-7"


def test_every_row_of_an_answered_decision_is_there(psp: Psp, caller: Caller) -> None:
    answer = caller.decide(evidence=HOOKED)

    decision = Decision.objects.get(psp=psp, ref=answer["ref"])
    assert decision.effect == answer["effect"] == "deny"
    assert DecisionRecord.objects.filter(psp=psp, decision_ref=decision.ref).count() == 1
    assert PresentFinding.objects.get(psp=psp, decision_ref=decision.ref).code == "app.hooking"
    assert Obligation.objects.filter(decision_ref=decision.ref).count() == len(
        answer["obligations"]
    )
    staged = StagedEntry.objects.get(psp=psp, ref=decision.ref)
    assert (
        bytes(staged.leaf_hash) == bytes(decision.leaf_hash) == bytes.fromhex(answer["leaf_hash"])
    )


def test_reading_a_decision_repeats_the_answer_and_more(psp: Psp, caller: Caller) -> None:
    answer = caller.decide(evidence=HOOKED)

    detail = decision_detail(psp, answer["ref"], now=datetime.now(UTC))

    document = json.loads(json.dumps(decision_document(detail)))
    obligations = document.pop("obligations")
    for read, answered in zip(obligations, answer.pop("obligations"), strict=True):
        assert read | answered == read
        assert read["state"] == "open"
    assert document | answer == document
    assert document["transaction"] == {"ref": "tx-81723"}
    assert document["facts"]["attributes"]["amount_eur"] == "29.90"
    assert document["explanation"][0]["rule"] == "app-altered"


def test_the_ledger_is_told_to_expect_each_decision(psp: Psp, caller: Caller) -> None:
    answer = caller.decide()

    expected = [entry for entry in expected_entries(psp) if entry.kind == "decision"]

    assert [(entry.ref, entry.leaf_hash.hex()) for entry in expected] == [
        (answer["ref"], answer["leaf_hash"])
    ]


def test_names_of_payer_and_device_are_nowhere_in_the_database(psp: Psp, caller: Caller) -> None:
    caller.decide(
        subject={"payer_ref": "payer-of-great-fame", "device_ref": "device-of-great-fame"}
    )

    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table.name}")  # noqa: S608 - our own names
            text = " ".join(
                bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)
                for row in cursor.fetchall()
                for cell in row
            )
            assert "of-great-fame" not in text
    decision = Decision.objects.get(psp=psp)
    assert len(decision.device_hash) == len(decision.payer_hash) == 64
    assert decision.device_hash != decision.payer_hash


def test_the_ledger_entry_is_canonical_and_names_nobody(psp: Psp, caller: Caller) -> None:
    answer = caller.decide(evidence=HOOKED)

    body = bytes(StagedEntry.objects.get(psp=psp, ref=answer["ref"]).body)
    leaf = json.loads(body)
    assert entry_bytes(leaf) == body
    assert leaf["findings"] == [["app.hooking", "D"]]
    for secret in ("tx-81723", "c-5501", "d-9f8e", "29.90"):
        assert secret.encode() not in body
    decision = Decision.objects.get(psp=psp)
    for keyed in (decision.device_hash, decision.payer_hash, decision.evidence[0]["digest"]):
        assert keyed.encode() not in body


def test_the_same_request_twice_gives_commitments_that_have_nothing_in_common(
    caller: Caller,
) -> None:
    for _ in range(2):
        caller.decide()

    bodies = [json.loads(bytes(row.body)) for row in StagedEntry.objects.filter(kind="decision")]
    assert len({body["commitment"] for body in bodies}) == 2


def test_no_evidence_is_a_finding(caller: Caller) -> None:
    answer = caller.decide(evidence=[])

    assert [finding["code"] for finding in answer["findings"]] == ["attestation.missing"]
    assert answer["disposition"] == "undetermined"
    assert answer["elements"]["possession"] == "in_doubt"
    assert answer["effect"] == "step_up"


def test_silent_outcomes_look_alike_to_the_device(caller: Caller) -> None:
    denied = caller.decide(evidence=HOOKED)
    held = caller.decide(
        environment={"class": "none"}, attributes={"amount_eur": "120.00", "payee_known": True}
    )
    permitted = caller.decide()

    assert (denied["effect"], held["effect"], permitted["effect"]) == ("deny", "hold", "permit")
    assert denied["for_device"]["answer"] == held["for_device"]["answer"] == "cannot_complete"
    assert len({len(json.dumps(each["for_device"])) for each in (denied, held, permitted)}) == 1


def test_text_that_postgresql_does_not_take_is_refused_before_it(caller: Caller) -> None:
    response = caller.post(decision_body(transaction={"ref": "tx\0", "channel": "", "method": ""}))

    assert (response.status, response.pointers) == (400, ["/transaction/ref"])


def real_evidence(name: str) -> dict[str, Any]:
    beside = json.loads((CHAINS / name).with_suffix(".json").read_text())
    made_at = int(beside["softwareEnforced"]["creationDateTime"]) / 1000
    chain = x509.load_pem_x509_certificates((CHAINS / name).read_bytes())
    return {
        "provider": "android_key_attestation",
        "mode": "raw",
        "payload": {
            "chain": [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain]
        },
        "expected": {"challenge": beside["attestationChallenge"]},
        "observed_at": datetime.fromtimestamp(made_at, UTC).isoformat(),
    }


@pytest.mark.skipif(not CHAINS.is_dir(), reason=f"no sample evidence in {CHAINS}")
def test_a_real_unlocked_phone_is_found_decided_on_and_proved(psp: Psp, caller: Caller) -> None:
    now = datetime.now(UTC)
    for pem in json.loads((CHAINS / "roots.json").read_text()):
        trust_root(psp, pem=pem, now=now)

    answer = caller.decide(
        evidence=[real_evidence("akita/sdk34/TEE_EC_NONE.pem")],
        attributes={"amount_eur": "129.90", "payee_known": False, "purpose": "payment"},
    )

    present = {each["code"] for each in answer["findings"] if each["state"] == "present"}
    assert {"device.bootloader_unlocked", "device.boot_unverified"} <= present
    assert answer["effect"] == "deny"
    assert answer["determining_rules"] == ["rooted-high-value"]
    sequence_log(psp=psp, now=now)
    leaf_hash = bytes.fromhex(answer["leaf_hash"])
    proof = tlog_proof_of(psp, leaf_hash)
    checkpoint = verify_tlog_proof(proof, leaf_hash=leaf_hash, vkeys=[vkey_of(psp)])
    assert checkpoint.size >= 1


def test_a_slow_body_does_not_date_its_decision_back(psp: Psp, caller: Caller) -> None:
    body = json.dumps(decision_body()).encode()
    before = datetime.now(UTC)

    response = caller.run(
        caller.request("POST", "/v1/decisions", [body[:100], body[100:]], {}, pause_s=0.3)
    )

    assert response.status == 201
    decision = Decision.objects.get(psp=psp, ref=response.json["ref"])
    assert (decision.decided_at - before).total_seconds() > 0.55
