"""A report lists every waiver of its period, as its checkpoint has them."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string

from compliance.assessments.scope import Scope
from compliance.ledger.selectors import tree_size_of
from compliance.ledger.sequencer import sequence_log
from compliance.policysets.waivers import revoke_waiver
from compliance.reports.assembly import assemble
from compliance.reports.checkpoint import pin_checkpoint
from compliance.reports.services import request_report
from compliance.reports.waivers import WaiverView, waiver_views
from compliance.tenants.models import Psp, Role
from tests.support.decided import put_decision
from tests.support.factories import (
    make_person,
    make_psp,
    put_design_in_force,
    put_policy_in_force,
)
from tests.support.waived import put_waiver_in_force

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = START - timedelta(days=9)


def put_psp(name: str = "Example PSP") -> Psp:
    psp = make_psp(name, now=BEFORE)
    put_policy_in_force(psp, now=BEFORE)
    put_design_in_force(psp, now=BEFORE)
    return psp


@pytest.fixture
def psp() -> Psp:
    return put_psp()


def listed(psp: Psp) -> tuple[WaiverView, ...]:
    sequence_log(psp=psp, now=END)
    scope = Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))
    return waiver_views(scope, as_of=END)


def test_a_waiver_stands_with_the_decisions_in_which_it_mattered(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp, now=START + timedelta(days=1))
    for day in (2, 3):
        put_decision(
            psp,
            decided_at=START + timedelta(days=day),
            disposition="tolerated",
            waivers=[waiver.ref],
        )
    put_decision(psp, decided_at=START + timedelta(days=4))

    (view,) = listed(psp)
    assert (view.waiver.ref, view.decisions, view.revoked_at) == (waiver.ref, 2, None)


def test_only_waivers_of_the_period_and_of_this_psp_are_listed(psp: Psp) -> None:
    put_waiver_in_force(psp, now=END + timedelta(days=1))
    put_waiver_in_force(psp, now=BEFORE, expires_at=START)
    put_waiver_in_force(put_psp("Another"), now=START)

    assert listed(psp) == ()


def test_a_waiver_revoked_before_the_period_is_not_of_it(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp, now=BEFORE, expires_at=END)
    person = make_person(psp, Role.OFFICER)
    revoke_waiver(psp=psp, ref=waiver.ref, by=person, now=START - timedelta(days=1))

    assert listed(psp) == ()


def test_a_waiver_revoked_before_it_began_was_never_in_force(psp: Psp) -> None:
    begins = START + timedelta(days=9)
    waiver = put_waiver_in_force(psp, now=START, starts_at=begins, expires_at=END)
    person = make_person(psp, Role.OFFICER)
    revoke_waiver(psp=psp, ref=waiver.ref, by=person, now=START + timedelta(days=2))

    assert listed(psp) == ()


def test_a_waiver_that_begins_after_the_checkpoint_is_not_in_force_yet(psp: Psp) -> None:
    begins = START + timedelta(days=9)
    put_waiver_in_force(psp, now=START, starts_at=begins, expires_at=END)
    sequence_log(psp=psp, now=START)
    scope = Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))

    assert waiver_views(scope, as_of=begins - timedelta(seconds=1)) == ()
    assert len(waiver_views(scope, as_of=begins)) == 1


def test_what_the_checkpoint_does_not_cover_has_not_happened(psp: Psp) -> None:
    waiver = put_waiver_in_force(psp, now=START + timedelta(days=1))
    sequence_log(psp=psp, now=END)
    scope = Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))
    revoke_waiver(
        psp=psp, ref=waiver.ref, by=make_person(psp, Role.OFFICER), now=START + timedelta(days=2)
    )
    put_waiver_in_force(psp, now=START + timedelta(days=3))
    sequence_log(psp=psp, now=END)

    (view,) = waiver_views(scope, as_of=END)
    assert view.waiver.ref == waiver.ref
    assert view.revoked_at is None


def test_the_report_prints_them_or_says_that_there_were_none(psp: Psp) -> None:
    def html(now: datetime) -> str:
        report = request_report(
            psp=psp, period_start=START, period_end=END, requested_by="Olivia", now=now
        )
        content = assemble(pin_checkpoint(report, now=now), say=lambda _progress, _step: None)
        return render_to_string("reports/report.html", content.context)

    assert "No waiver was in force in the period" in html(END)
    put_waiver_in_force(psp, now=END - timedelta(days=2))

    with_waiver = html(END + timedelta(hours=1))
    assert "The vendor&#x27;s update reports every phone as rooted." in with_waiver
    assert "asked for by Paul Petitioner" in with_waiver
    assert "!! missing" not in with_waiver
