"""A report lists every waiver of a property of its period, as its checkpoint has them."""
# SPDX-License-Identifier: Apache-2.0

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string

from compliance.assessments.scope import Scope
from compliance.ledger.selectors import tree_size_of
from compliance.ledger.sequencer import sequence_log
from compliance.policysets.analyses import request_analysis
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.property_waivers import revoke_property_waiver
from compliance.policysets.proving import produce_analysis
from compliance.policysets.services import create_version
from compliance.reports.assembly import Content, assemble
from compliance.reports.checkpoint import pin_checkpoint
from compliance.reports.models import Report
from compliance.reports.services import request_report
from compliance.reports.waivers import PropertyWaiverView, property_waiver_views
from compliance.tenants.models import Psp, Role
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import make_person, make_psp, put_policy_in_force
from tests.support.waived import (
    ask_for_property_waiver,
    put_property_waiver_in_force,
    put_waiver_in_force,
)

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = START - timedelta(days=9)
DAY = timedelta(days=1)
TITLE = "Every alteration is mitigated"


def put_version(psp: Psp) -> PolicySetVersion:
    """Store a version of which P2 and P8 are not proved."""
    author = make_person(psp, name="Anna Author")
    version = create_version(psp=psp, source=policy(rule()), author=author, now=BEFORE)
    mark_analysed(version, now=BEFORE, blocking=["P2", "P8"])
    return version


@pytest.fixture
def version() -> PolicySetVersion:
    return put_version(make_psp(now=BEFORE))


def pinned(psp: Psp) -> Scope:
    sequence_log(psp=psp, now=END)
    return Scope(psp=psp, start=START, end=END, tree_size=tree_size_of(psp))


def listed(psp: Psp, *, as_of: datetime = END) -> tuple[PropertyWaiverView, ...]:
    return property_waiver_views(pinned(psp), as_of=as_of)


def revoke(version: PolicySetVersion, ref: str, now: datetime) -> None:
    officer = make_person(version.psp, Role.OFFICER, name="Rita Revoker")
    revoke_property_waiver(psp=version.psp, ref=ref, by=officer, now=now)


def put_report(psp: Psp, now: datetime) -> Report:
    report = request_report(
        psp=psp, period_start=START, period_end=END, requested_by="Olivia", now=now
    )
    return pin_checkpoint(report, now=now)


def assembled(report: Report) -> Content:
    return assemble(report, say=lambda _progress, _step: None)


def lines_of(content: Content, kind: str) -> list[Mapping[str, Any]]:
    lines = [json.loads(line) for line in content.attachment.content.splitlines()]
    return [line for line in lines if line["kind"] == kind]


def test_only_those_in_force_in_the_period_and_of_this_psp_are_listed(
    version: PolicySetVersion,
) -> None:
    put_property_waiver_in_force(version, now=END + DAY)
    put_property_waiver_in_force(version, now=BEFORE, expires_at=START)
    ask_for_property_waiver(version, now=START)
    put_property_waiver_in_force(put_version(make_psp("Another", now=BEFORE)), now=START)
    within = put_property_waiver_in_force(version, now=START + DAY)
    around = put_property_waiver_in_force(
        version, now=BEFORE, property_id="P8", expires_at=END + DAY
    )

    assert [view.waiver.ref for view in listed(version.psp)] == [around.ref, within.ref]


def test_one_that_was_revoked_counts_up_to_then(version: PolicySetVersion) -> None:
    never = put_property_waiver_in_force(version, now=BEFORE, expires_at=END)
    revoke(version, never.ref, START - DAY)
    waiver = put_property_waiver_in_force(version, now=START)
    revoke(version, waiver.ref, START + DAY)

    (view,) = listed(version.psp)
    assert (view.waiver.ref, view.revoked_at) == (waiver.ref, START + DAY)


def test_one_that_begins_after_the_checkpoint_is_not_in_force_yet(
    version: PolicySetVersion,
) -> None:
    begins = START + 9 * DAY
    put_property_waiver_in_force(version, now=START, starts_at=begins, expires_at=END)

    assert listed(version.psp, as_of=begins - DAY) == ()
    assert len(listed(version.psp, as_of=begins)) == 1


@pytest.mark.parametrize("is_sequenced", [True, False])
def test_what_the_checkpoint_does_not_cover_has_not_happened(
    version: PolicySetVersion, *, is_sequenced: bool
) -> None:
    waiver = put_property_waiver_in_force(version, now=START + DAY)
    report = put_report(version.psp, END)
    once = assembled(report)
    html = render_to_string("reports/report.html", once.context)

    revoke(version, waiver.ref, START + 2 * DAY)
    put_property_waiver_in_force(version, now=START + 3 * DAY, property_id="P8")
    analysis = request_analysis(version=version, now=END)
    produce_analysis(analysis_id=analysis.pk, clock=lambda: END)
    if is_sequenced:
        sequence_log(psp=version.psp, now=END)
    again = assembled(report)

    (line,) = lines_of(again, "property_waiver")
    assert (line["ref"], line["revoked_at"]) == (waiver.ref, None)
    assert again.attachment == once.attachment
    assert render_to_string("reports/report.html", again.context) == html


def test_the_report_prints_them_or_says_that_there_were_none(version: PolicySetVersion) -> None:
    psp = version.psp
    without = assembled(put_report(psp, END))
    html = render_to_string("reports/report.html", without.context)
    assert "No waiver of a property was in force in the period" in html
    assert lines_of(without, "property_waiver") == []
    assert not any("without a proof" in note for note in without.context["notes"])

    waiver = put_property_waiver_in_force(version, now=END - 2 * DAY)
    revoke(version, waiver.ref, END - DAY)
    content = assembled(put_report(psp, END))
    html = render_to_string("reports/report.html", content.context)

    section = html.split("Waivers of properties in force in the period")[1].split("</table>")[0]
    section = section.replace("\N{NO-BREAK SPACE}", " ")
    for text in (
        "P2",
        "A policy set, version 1",
        "The vendor delivers the finding next month.",
        "Control: Every payment is called back.",
        "asked for by Paula Petitioner on 2026-10-30 00:00 UTC",
        "approved by Alma Approver on 2026-10-30 00:00 UTC",
        "in force 2026-10-30 00:00 UTC to 2026-11-29 00:00 UTC",
        "revoked by Rita Revoker on 2026-10-31 00:00 UTC",
    ):
        assert text in section
    assert "!! missing" not in html
    notes = " ".join(content.context["notes"])
    assert "1 waiver lets a policy set be activated without a proof of P2 (section 7)." in notes
    (line,) = lines_of(content, "property_waiver")
    assert (line["property"], line["policy_number"]) == ("P2", 1)
    assert line["policy_digest"] == version.digest
    assert line["revoked_at"] == "2026-10-31T00:00:00.000Z"
    assert "Petitioner" not in json.dumps(line)


def test_a_waiver_names_the_property_as_its_analysis_does() -> None:
    psp = make_psp(now=BEFORE)
    author = make_person(psp)
    version = create_version(psp=psp, source=policy(rule()), author=author, now=BEFORE)
    analysis = request_analysis(version=version, now=BEFORE)
    produce_analysis(analysis_id=analysis.pk, clock=lambda: BEFORE)
    put_property_waiver_in_force(version, now=START)

    (view,) = listed(psp)

    assert view.title == TITLE


def test_the_attached_data_lists_waivers_of_rules_too(version: PolicySetVersion) -> None:
    put_policy_in_force(version.psp, now=BEFORE)
    waiver = put_waiver_in_force(version.psp, now=START)

    (line,) = lines_of(assembled(put_report(version.psp, END)), "waiver")

    assert (line["ref"], line["rule"], line["app_version"]) == (waiver.ref, "rooted", "7.3.1")
    assert line["decisions"] == 0
    assert "Petitioner" not in json.dumps(line)
