"""Several people at once: every version gets its own number, and one approval counts."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from compliance.core.errors import ConflictError
from compliance.designs.services import submit_design_version
from compliance.policysets.services import approve_version, create_version, submit_version
from compliance.tenants.models import Role, User
from tests.support.analysed import mark_analysed
from tests.support.documents import designs, policy, rule
from tests.support.factories import NOW, make_person, make_psp

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4
T = TypeVar("T")


def together(*work: Callable[[], T]) -> list[T]:
    """Do all of it at the same moment, each in a thread with a connection of its own."""
    barrier = Barrier(len(work))

    def start(each: Callable[[], T]) -> T:
        barrier.wait()
        try:
            return each()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(start, work))


def test_policy_sets_stored_at_once_get_a_number_each() -> None:
    psp = make_psp()
    author = make_person(psp)
    create = partial(create_version, psp=psp, source=policy(rule()), author=author, now=NOW)

    versions = together(*[create] * AT_ONCE)

    assert sorted(version.number for version in versions) == [1, 2, 3, 4]


def test_designs_stored_at_once_get_a_number_each() -> None:
    psp = make_psp()
    submit = partial(
        submit_design_version, psp=psp, source=designs(), person=make_person(psp), now=NOW
    )

    versions = together(*[submit] * AT_ONCE)

    assert sorted(version.number for version in versions) == [1, 2, 3, 4]


def test_of_approvals_at_once_one_counts() -> None:
    psp = make_psp()
    author = make_person(psp)
    version = create_version(psp=psp, source=policy(rule()), author=author, now=NOW)
    submit_version(psp=psp, ref=version.ref, person=author, now=NOW)
    mark_analysed(version, now=NOW)
    approvers = [make_person(psp, Role.APPROVER) for _ in range(AT_ONCE)]

    def approve(person: User) -> bool:
        try:
            approve_version(
                psp=psp, ref=version.ref, digest=version.digest, approver=person, now=NOW
            )
        except ConflictError:
            return False
        return True

    counted = together(*[partial(approve, person) for person in approvers])

    version.refresh_from_db()
    assert counted.count(True) == 1
    assert version.approver == approvers[counted.index(True)]
