"""A report names the policies and designs in force in its period, as its checkpoint has them."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string

from compliance.assessments.figures import figures_for
from compliance.assessments.scope import Scope
from compliance.ledger.selectors import tree_size_of
from compliance.ledger.sequencer import sequence_log
from compliance.policysets.services import (
    activate_version,
    approve_version,
    draft_version,
    submit_version,
)
from compliance.reports.designs import design_views
from compliance.reports.measures import policy_views
from compliance.tenants.models import Psp, Role
from compliance.tenants.services import create_api_key
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.factories import (
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = START - timedelta(days=9)
SECOND = START + timedelta(days=10)
CHECKPOINT = START + timedelta(days=20)


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=BEFORE)


def pinned(psp: Psp) -> Scope:
    sequence_log(psp=psp, now=CHECKPOINT)
    return Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))


def listed(scope: Scope) -> list[tuple[int, datetime | None, datetime | None]]:
    views = policy_views(scope, as_of=CHECKPOINT)
    return [(view.version.number, view.version.active_from, view.until) for view in views]


@pytest.mark.parametrize("is_sequenced", [True, False])
def test_a_version_that_comes_back_later_stays_where_it_was(
    psp: Psp, *, is_sequenced: bool
) -> None:
    first = put_policy_in_force(psp, now=BEFORE)
    put_policy_in_force(psp, now=SECOND)
    scope = pinned(psp)
    before = listed(scope)
    again = CHECKPOINT + timedelta(days=1)
    person = make_person(psp, Role.OFFICER)
    activate_version(psp=psp, ref=first.ref, person=person, active_from=again, now=again)
    if is_sequenced:
        sequence_log(psp=psp, now=again)

    assert before == [(1, BEFORE, SECOND), (2, SECOND, None)]
    assert listed(scope) == before


def test_a_version_that_came_back_stands_there_twice(psp: Psp) -> None:
    first = put_policy_in_force(psp, now=BEFORE)
    put_policy_in_force(psp, now=SECOND)
    again = SECOND + timedelta(days=1)
    person = make_person(psp, Role.OFFICER)
    activate_version(psp=psp, ref=first.ref, person=person, active_from=again, now=again)

    assert listed(pinned(psp)) == [(1, BEFORE, SECOND), (2, SECOND, again), (1, again, None)]


def test_what_the_checkpoint_does_not_cover_was_not_in_force(psp: Psp) -> None:
    put_policy_in_force(psp, now=BEFORE)
    scope = pinned(psp)
    put_policy_in_force(psp, now=CHECKPOINT - timedelta(hours=1))

    assert listed(scope) == [(1, BEFORE, None)]


def test_what_is_only_scheduled_at_the_checkpoint_ends_nothing(psp: Psp) -> None:
    first = put_policy_in_force(psp, now=BEFORE)
    put_policy_in_force(psp, now=SECOND)
    person = make_person(psp, Role.OFFICER)
    coming = CHECKPOINT + timedelta(days=2)
    activate_version(psp=psp, ref=first.ref, person=person, active_from=coming, now=SECOND)

    assert listed(pinned(psp)) == [(1, BEFORE, SECOND), (2, SECOND, None)]


def test_a_version_that_a_key_wrote_names_the_key_and_who_submitted_it(psp: Psp) -> None:
    key, _text = create_api_key(psp=psp, name="build server", scopes=("read",), now=BEFORE)
    approver = make_person(psp, Role.APPROVER, name="Adam Approver")
    ref = draft_version(psp=psp, source=load_pack("balanced"), key=key, now=BEFORE).ref
    person = make_person(psp, name="Sam Submitter")
    version = submit_version(psp=psp, ref=ref, person=person, now=BEFORE)
    mark_analysed(version, now=BEFORE)
    approve_version(psp=psp, ref=ref, digest=version.digest, approver=approver, now=BEFORE)
    activate_version(psp=psp, ref=ref, person=approver, active_from=BEFORE, now=BEFORE)
    policies = policy_views(pinned(psp), as_of=CHECKPOINT)
    figures = figures_for(psp, start=START, end=END, now=CHECKPOINT)

    html = render_to_string("reports/_policy.html", {"policies": policies, "figures": figures})

    written, submitted = (
        html.split(f"<dt>{title}</dt>")[1].split("</dd>")[0]
        for title in ("Written by", "Submitted by")
    )
    assert f"build server ({key.ref}), 2026-09-22" in written
    assert "Sam Submitter, 2026-09-22" in submitted


@pytest.mark.parametrize("is_sequenced", [True, False])
def test_a_design_that_the_checkpoint_does_not_cover_is_not_in_force(
    psp: Psp, *, is_sequenced: bool
) -> None:
    put_design_in_force(psp, now=BEFORE)
    scope = pinned(psp)
    put_design_in_force(psp, now=CHECKPOINT - timedelta(hours=1))
    if is_sequenced:
        sequence_log(psp=psp, now=CHECKPOINT)

    activation = design_views(scope, as_of=CHECKPOINT).activation

    assert activation is not None
    assert activation.version.number == 1
