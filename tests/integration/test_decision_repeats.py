"""Evidence that may be shown once is accepted once: in a batch, between processes, after a restart."""
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from compliance.decisions.claiming import Claimant, Claims, claim
from compliance.decisions.models import Decision
from compliance.evidence.demonstration import DeviceState
from compliance.evidence.models import EvidenceCounter, SeenEvidence
from compliance.evidence.providers.shape import Once
from compliance.ledger.fsck import fsck
from compliance.ledger.sequencer import sequence_log
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.anchored import trust_root
from tests.support.attestation import CHALLENGE, authority, b64, chain_of
from tests.support.factories import (
    NOW,
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.server import running_server

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 100
REPLAYED = "attestation.replayed"


@pytest.fixture
def psp() -> Psp:
    return furnished(make_psp())


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def furnished(psp: Psp) -> Psp:
    put_policy_in_force(psp)
    put_design_in_force(psp)
    trust_root(psp, demonstration=True)
    return psp


def body(**changes: Any) -> dict[str, Any]:
    """Return a request with a key attestation whose challenge is the back-end's."""
    now = datetime.now(UTC)
    attestation = {
        "provider": "android_key_attestation",
        "mode": "raw",
        "payload": {"chain": [b64(der) for der in chain_of(at=now)]},
        "expected": {"challenge": base64.b64encode(CHALLENGE).decode()},
        "observed_at": now.isoformat(),
    }
    return decision_body(evidence=[attestation], **changes)


def is_replayed(answer: dict[str, Any]) -> bool:
    return any(
        each["code"] == REPLAYED and each["state"] == "present" for each in answer["findings"]
    )


def test_the_second_time_it_is_a_replay_and_decided_as_one(caller: Caller, psp: Psp) -> None:
    request = json.dumps(body()).encode()
    first, second = (caller.post(request).json for _ in range(2))

    assert not is_replayed(first)
    assert is_replayed(second)
    assert first["effect"] == "permit"
    assert second["effect"] != "permit"
    stored = {each.ref: each for each in Decision.objects.filter(psp=psp)}
    assert stored.keys() == {first["ref"], second["ref"]}
    assert stored[second["ref"]].evidence[0]["verified"] is False
    assert SeenEvidence.objects.get(psp=psp).decision_ref == first["ref"]


def test_another_psp_may_be_shown_the_same(caller: Caller) -> None:
    caller.post(body())
    other = furnished(make_psp("Other PSP"))

    with running(make_api_key(other)) as another:
        assert not is_replayed(another.post(body()).json)


def test_of_a_hundred_at_once_to_two_processes_one_is_accepted(psp: Psp) -> None:
    key = make_api_key(psp)
    request = json.dumps(body()).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(port: int) -> dict[str, Any]:
        client = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            client.request("POST", "/v1/decisions", request, headers)
            response = client.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
            assert response.status == 201, answer
            return answer
        finally:
            client.close()

    with running_server() as one, running_server() as two, ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(post, [one.port, two.port] * (AT_ONCE // 2)))

    assert [is_replayed(answer) for answer in answers].count(False) == 1
    assert len({answer["ref"] for answer in answers}) == AT_ONCE
    assert Decision.objects.filter(psp=psp).count() == AT_ONCE
    assert SeenEvidence.objects.filter(psp=psp).count() == 1
    sequence_log(psp=psp, now=datetime.now(UTC))
    assert fsck(psp=psp).problems == ()


def test_a_challenge_of_ours_is_good_for_its_transaction_alone(caller: Caller) -> None:
    # Not by `caller`: the thread on which Django answers there would leave a connection open.
    response = Client().post(
        "/v1/evidence/challenges",
        {"transaction_ref": "tx-1"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.key}"},
    )
    challenge = base64.urlsafe_b64decode(response.json()["challenge"])
    item = body()["evidence"][0]
    chain = authority().attest(DeviceState(), challenge=challenge, at=datetime.now(UTC))
    item["payload"] = {"chain": [b64(der) for der in chain]}
    item["expected"] = {"challenge": base64.b64encode(challenge).decode()}

    def ask(transaction: str) -> set[str]:
        ref = {"ref": transaction, "channel": "mobile-app", "method": "app-pin-push"}
        answer = caller.decide(evidence=[item], transaction=ref)
        return {each["code"] for each in answer["findings"] if each["state"] == "present"}

    assert ask("tx-2") == {"attestation.binding_mismatch"}
    assert ask("tx-1") == set()
    assert ask("tx-1") == {REPLAYED}


def run(statement: str, cells: Any) -> Any:
    """Run a statement as the writer does."""
    cursor = connection.cursor()
    cursor.execute(statement.replace("?", "%s"), cells)
    return cursor


def claimant(psp: Psp, ref: str, *once: Once, counter: int | None = None) -> Claimant:
    counters = () if counter is None else (("sha256:key", counter),)
    return Claimant(psp.pk, ref, Claims(once, counters))


def claimed(*claimants: Claimant) -> dict[str, set[str]]:
    lost = claim(run, claimants, now=NOW)
    return {ref: set(digests) for ref, digests in lost.items()}


def test_in_one_batch_the_first_wins_and_nothing_is_left_of_the_others(psp: Psp) -> None:
    shared, own = Once("sha256:shared"), Once("sha256:own")

    lost = claimed(claimant(psp, "dec_1", shared), claimant(psp, "dec_2", shared, own))

    assert lost == {"dec_2": {"sha256:shared"}}
    rows = SeenEvidence.objects.filter(psp=psp).values_list("digest", "decision_ref")
    assert list(rows) == [("sha256:shared", "dec_1")]


def test_within_its_scope_a_repeat_is_none(psp: Psp) -> None:
    here, there = (Once("sha256:i", "env.reused_across_transactions", scope) for scope in "ab")

    assert claimed(claimant(psp, "dec_1", here), claimant(psp, "dec_2", here)) == {}
    assert claimed(claimant(psp, "dec_3", here)) == {}
    assert claimed(claimant(psp, "dec_4", there)) == {"dec_4": {"sha256:i"}}
    assert SeenEvidence.objects.get(psp=psp).decision_ref == "dec_1"


def test_a_counter_must_rise(psp: Psp) -> None:
    values = [5, 6, 6, 4, 9]

    lost = [bool(claimed(claimant(psp, "dec", counter=value))) for value in values]

    assert lost == [False, False, True, True, False]
    assert EvidenceCounter.objects.get(psp=psp).counter == 9


def test_what_is_replayed_raises_no_counter(psp: Psp) -> None:
    nonce = Once("sha256:n")
    claimed(claimant(psp, "dec_1", nonce, counter=1))

    assert claimed(claimant(psp, "dec_2", nonce, counter=8)) == {"dec_2": {"sha256:n"}}
    assert EvidenceCounter.objects.get(psp=psp).counter == 1


def test_many_claims_at_once_are_all_made(psp: Psp) -> None:
    many = [
        claimant(psp, f"dec_{n}", Once(f"sha256:{n}"), Once(f"sha256:-{n}")) for n in range(150)
    ]

    assert claimed(*many) == {}
    assert SeenEvidence.objects.filter(psp=psp).count() == 300
    assert claimed(*reversed(many)).keys() == {f"dec_{n}" for n in range(150)}
