"""Back-tests for tests: a PSP with recorded decisions, candidates, and what a back-test found."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Any

from compliance.backtests.models import BackTest
from compliance.backtests.selectors import back_test_by_ref
from compliance.backtests.services import produce_back_test, request_back_test
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.tenants.models import Psp
from policies.packs import load_pack
from tests.integration.recorded_decisions import record_many
from tests.support.factories import (
    NOW,
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

COUNT = 240
LATER = NOW + timedelta(days=1)
BALANCED = load_pack("balanced")
STRICTER = BALANCED.replace(
    b"rules:\n",
    b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
    1,
)


def clock() -> datetime:
    return LATER


def candidate_of(psp: Psp, source: bytes) -> PolicySetVersion:
    return create_version(psp=psp, source=source, author=make_person(psp), now=NOW)


def back_test_of(psp: Psp, version: PolicySetVersion) -> BackTest:
    return request_back_test(
        psp=psp,
        version_ref=version.ref,
        period_start=NOW,
        period_end=LATER,
        requested_by="Olivia",
        now=LATER,
    )


def result_of(back_test: BackTest) -> tuple[Any, ...]:
    """Return everything that a back-test found."""
    row = back_test_by_ref(back_test.psp, back_test.ref)
    changes = row.changes.order_by("number").values_list(
        *("number", "decision_ref", "old_effect", "new_effect"),
        *("old_obligations", "new_obligations", "new_rules"),
    )
    return row.state, row.done, row.tally, list(changes)


def recorded_psp() -> Psp:
    psp = make_psp()
    put_policy_in_force(psp)
    put_design_in_force(psp)
    record_many(psp, COUNT, start=NOW)
    return psp


def produced(psp: Psp, source: bytes, *, size: int = 100) -> BackTest:
    back_test = back_test_of(psp, candidate_of(psp, source))
    produce_back_test(back_test_id=back_test.pk, clock=clock, size=size)
    return back_test_by_ref(psp, back_test.ref)
