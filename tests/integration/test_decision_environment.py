"""Which execution environment is decided on, when a signed statement comes with the request. Synthetic statements."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from compliance.decisions.models import Decision
from compliance.evidence.providers.execution_environment import NAME, TYPE
from compliance.evidence.setting_up import set_up_provider
from compliance.tenants.models import Psp
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    NOW,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.signed_tokens import jwk_of, signed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    source = json.dumps({"keys": [jwk_of("ES256", kid="see")]}).encode()
    set_up_provider(psp=psp, provider=NAME, source=source, set_by="a test", now=NOW)
    return psp


@pytest.fixture
def caller(psp: Psp) -> Iterator[Caller]:
    with running(make_api_key(psp)) as caller:
        yield caller


def decided(
    caller: Caller, transaction: str, claimed: dict[str, str], ref: str = "", **claims: Any
) -> dict[str, str]:
    """Decide with a statement; return the states of what is present or not evaluated.

    `ref` is the request's own transaction, where it is another one.
    """
    said = {
        "iat": int(datetime.now(UTC).timestamp()),
        "transaction": transaction,
        "class": "tee",
        "uniqueness": "transaction",
        "instance": "instance-1",
    }
    item = {
        "provider": NAME,
        "mode": "raw",
        "payload": {"statement": signed(said | claims, kid="see", typ=TYPE)},
        "expected": {"transaction": transaction},
    }
    answer = caller.decide(
        transaction={"ref": ref or transaction}, environment=claimed, evidence=[item]
    )
    return {each["code"]: each["state"] for each in answer["findings"]}


def classes_decided_on(psp: Psp) -> list[str]:
    rows = Decision.objects.filter(psp=psp).order_by("decided_at")
    return [row.environment_class for row in rows]


def test_a_statement_counts_more_than_the_claim(caller: Caller, psp: Psp) -> None:
    assert "attestation.conflicting" not in decided(caller, "tx-1", {})
    found = decided(caller, "tx-2", {"class": "secure_element"}, instance="instance-2")

    assert found["attestation.conflicting"] == "present"
    assert classes_decided_on(psp) == ["tee", "tee"]


def test_an_instance_of_another_transaction_is_reused_and_one_of_this_is_not(
    caller: Caller, psp: Psp
) -> None:
    first = decided(caller, "tx-1", {}, jti="a")
    again = decided(caller, "tx-1", {}, jti="b")
    reused = decided(caller, "tx-2", {}, jti="c")

    assert "env.reused_across_transactions" not in first
    assert "env.reused_across_transactions" not in again
    assert reused["env.reused_across_transactions"] == "present"
    assert "attestation.replayed" not in reused
    assert classes_decided_on(psp) == ["tee"] * 3


def test_a_statement_shown_twice_is_a_replay_and_no_word_on_the_environment(
    caller: Caller, psp: Psp
) -> None:
    decided(caller, "tx-1", {"class": "app_container"}, jti="a")
    found = decided(caller, "tx-1", {"class": "app_container"}, jti="a")

    assert found["attestation.replayed"] == "present"
    assert classes_decided_on(psp) == ["tee", "app_container"]


def test_a_statement_of_another_transaction_than_the_requests_is_not_bound_and_uses_up_nothing(
    caller: Caller, psp: Psp
) -> None:
    claimed = {"class": "app_container"}
    elsewhere = decided(caller, "tx-1", claimed, ref="tx-2", jti="a")
    at_home = decided(caller, "tx-1", claimed, jti="a")

    assert elsewhere["attestation.binding_mismatch"] == "present"
    assert {"attestation.replayed", "env.reused_across_transactions"}.isdisjoint(at_home)
    assert classes_decided_on(psp) == ["app_container", "tee"]
