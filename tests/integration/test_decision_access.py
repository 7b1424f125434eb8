"""Who may decide: keys, scopes, and the walls between PSPs."""
# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from compliance.core.errors import NotFoundError
from compliance.decisions.models import Decision
from compliance.decisions.replay import replay
from compliance.decisions.selectors import (
    DecisionFilter,
    decision_by_ref,
    decision_detail,
    decisions_page,
    expected_entries,
    obligations_of,
    overdue_obligations,
)
from compliance.decisions.services import record_outcome
from compliance.tenants.models import Psp
from compliance.tenants.selectors import api_keys_of
from compliance.tenants.services import revoke_api_key
from policies.packs import load_pack
from tests.integration.decision_point import Caller, running
from tests.support.factories import (
    decision_body,
    make_api_key,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic bmZfbGl2ZQ==",
        "Bearer nf_live_made-up",
        "Bearer " + "x" * 9000,
    ],
)
def test_without_a_usable_key_nobody_is_let_in(caller: Caller, authorization: str) -> None:
    response = caller.post(authorization=authorization)

    assert response.status == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="ninefold"'
    assert response.headers["content-type"] == "application/problem+json"


def test_a_key_without_the_scope_is_told_which_one_is_missing(psp: Psp, caller: Caller) -> None:
    caller.key = make_api_key(psp, ["read"])
    _wait_for_a_poll()

    response = caller.post()

    assert response.status == 403
    assert "`decide`" in response.json["detail"]


def test_an_expired_key_reads_like_an_unknown_one(psp: Psp, caller: Caller) -> None:
    unknown = caller.post(authorization="Bearer nf_live_made-up")
    caller.key = make_api_key(psp, expires_at=datetime.now(UTC) + timedelta(seconds=1.5))
    _wait_for_a_poll()
    assert caller.post().status == 201
    time.sleep(0.7)

    expired = caller.post()

    assert (expired.status, expired.json) == (unknown.status, unknown.json)


def test_a_revoked_key_is_refused_within_a_second(psp: Psp, caller: Caller) -> None:
    unknown = caller.post(authorization="Bearer nf_live_made-up")
    assert caller.post().status == 201

    (row,) = api_keys_of(psp)
    revoke_api_key(psp=psp, ref=row.ref, now=datetime.now(UTC))
    _wait_for_a_poll()

    revoked = caller.post()
    assert (revoked.status, revoked.json) == (unknown.status, unknown.json)


def test_a_new_policy_set_decides_within_a_second(psp: Psp, caller: Caller) -> None:
    assert caller.decide()["policy"]["version"] == 1
    source = load_pack("balanced").replace(b"balanced)", b"changed)")

    put_policy_in_force(psp, source, now=datetime.now(UTC))
    _wait_for_a_poll()

    assert caller.decide()["policy"]["version"] == 2


def test_a_scheduled_policy_set_takes_over_at_its_moment(psp: Psp, caller: Caller) -> None:
    source = load_pack("balanced").replace(b"balanced)", b"changed)")
    moment = datetime.now(UTC) + timedelta(seconds=2)
    put_policy_in_force(psp, source, now=moment)
    _wait_for_a_poll()
    assert caller.decide()["policy"]["version"] == 1
    # A decision's time is in whole milliseconds.
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()) + 0.002)

    assert caller.decide()["policy"]["version"] == 2


def test_without_a_policy_set_in_force_nothing_is_decided(caller: Caller) -> None:
    caller.key = make_api_key(make_psp("Beginner"))
    _wait_for_a_poll()

    response = caller.post(decision_body(attributes={}))

    assert (response.status, response.json["code"]) == (409, "no-policy-in-force")


def test_another_psps_decision_is_not_found(caller: Caller) -> None:
    ref = caller.decide()["ref"]
    other = make_psp("Another PSP")
    now = datetime.now(UTC)

    for read in (
        lambda: decision_by_ref(other, ref),
        lambda: decision_detail(other, ref, now=now),
        lambda: replay(other, ref),
        lambda: record_outcome(
            psp=other,
            decision_ref=ref,
            obligation="ob_1",
            status="done",
            enforced_at=now,
            now=now,
        ),
    ):
        with pytest.raises(NotFoundError):
            read()
    assert decisions_page(other, filters=DecisionFilter()).items == ()
    assert obligations_of(other, ref, now=now) == ()
    assert overdue_obligations(other, now=now + timedelta(days=9)) == []
    assert list(expected_entries(other)) == []


def test_the_key_decides_whose_decision_it_is(psp: Psp, caller: Caller) -> None:
    other = make_psp("Another PSP")
    put_policy_in_force(other)
    mine = caller.decide()["ref"]
    caller.key = make_api_key(other)
    _wait_for_a_poll()

    theirs = caller.decide()["ref"]

    assert Decision.objects.get(ref=mine).psp == psp
    assert Decision.objects.get(ref=theirs).psp == other
    devices = Decision.objects.values_list("device_hash", flat=True)
    assert len(set(devices)) == 2


def _wait_for_a_poll() -> None:
    time.sleep(0.9)
