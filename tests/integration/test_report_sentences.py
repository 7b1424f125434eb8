"""What a report says in words is true of its figures, also where there are none."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string

from compliance.assessments.figures import figures_for
from compliance.assessments.model import Figures
from compliance.assessments.scope import Scope
from compliance.evidence.services import load_revocation_list
from compliance.reports.attachment import Attachment
from compliance.reports.designs import design_views
from compliance.reports.notes import things_to_note
from compliance.reports.providers import provider_views
from compliance.tenants.models import Psp
from tests.support.decided import put_breach, put_decision, put_outcome
from tests.support.factories import make_psp, put_design_in_force

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
NOON = START + timedelta(hours=12)


@pytest.fixture
def psp() -> Psp:
    return make_psp(now=START)


def figures_of(psp: Psp) -> Figures:
    return figures_for(psp, start=START, end=END, now=END)


def notes_of(psp: Psp) -> str:
    designs = design_views(Scope(psp=psp, start=START, end=END), as_of=END)
    return " ".join(things_to_note(figures_of(psp), designs, (), Attachment(b"", "", 0, 0)))


def deviations_of(psp: Psp) -> str:
    context = {"figures": figures_of(psp), "pictures": {}}
    html = render_to_string("reports/_duty_consequences.html", context)
    return html.split("<h3>Deviations")[1]


def test_without_a_breach_nothing_is_said_to_be_mitigated(psp: Psp) -> None:
    put_decision(psp, decided_at=NOON)

    assert "there was no integrity breach" in deviations_of(psp)
    assert "mitigated.</p>" not in deviations_of(psp)


def test_with_every_breach_confirmed_there_are_no_deviations(psp: Psp) -> None:
    breach = put_breach(psp, decided_at=NOON)
    for obligation in ("ob_1", "ob_2"):
        put_outcome(breach, obligation, at=NOON + timedelta(seconds=1))

    assert "None: every breach of the period is confirmed as mitigated." in deviations_of(psp)


def test_rules_that_a_waiver_set_aside_are_to_be_noted(psp: Psp) -> None:
    put_design_in_force(psp, now=START)
    put_decision(psp, decided_at=NOON)
    assert "waiver" not in notes_of(psp)

    put_decision(psp, decided_at=NOON, disposition="tolerated", waivers=["wav_1"])

    assert "a waiver set aside a rule that would have counted" in notes_of(psp)


def test_every_list_of_revoked_keys_of_the_period_stands_in_the_report(psp: Psp) -> None:
    moments = [NOON + timedelta(hours=hour) for hour in range(25)]
    for moment in [START - timedelta(days=1), *moments, END + timedelta(days=1)]:
        load_revocation_list(
            psp=psp, provider="android_key_attestation", content=b'{"entries": {}}', now=moment
        )

    views = provider_views(Scope(psp=psp, start=START, end=END), as_of=END)

    assert [row.loaded_at for row in views.lists] == moments
