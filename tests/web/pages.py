"""Every page of the officers' interface, with the permission that it needs."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.urls import reverse

from compliance.backtests.models import Shadow
from compliance.backtests.selectors import shadow_running
from compliance.backtests.services import request_back_test
from compliance.backtests.shadows import start_shadow
from compliance.decisions.looking import has_raw_evidence
from compliance.decisions.selectors import decision_by_ref
from compliance.evidence.selectors import trust_anchors_of
from compliance.policysets.models import PolicySetVersion
from compliance.policysets.services import create_version
from compliance.reports.models import Report
from compliance.web.permissions import Permission
from policies.packs import load_pack
from tests.support.analysed import mark_analysed
from tests.support.documents import policy, rule
from tests.support.factories import NOW, make_person
from tests.support.raw_evidence import put_raw_evidence
from tests.support.unproved import ask_for_property_waiver
from tests.web.data import Furnished


@dataclass(frozen=True, slots=True)
class Page:
    """A page by the name of its address; `about` says which row's page it is."""

    name: str
    permission: Permission
    about: str = ""
    method: str = "get"

    def address(self, furnished: Furnished, report: Report) -> str:
        """Return the page's address for this PSP's rows."""
        if self.about == "back_test":
            return reverse(self.name, kwargs={"ref": _back_test_ref(furnished)})
        if self.about == "shadow":
            return reverse(self.name, kwargs={"ref": running_shadow(furnished).ref})
        if self.about.startswith("property waiver"):
            step = {"step": "revoke"} if self.about.endswith("step") else {}
            return reverse(
                self.name, kwargs={"ref": waiting_property_waiver_ref(furnished), **step}
            )
        if self.about == "raw evidence":
            return reverse(self.name, kwargs={"ref": ref_with_raw_evidence(furnished)})
        (root,) = trust_anchors_of(furnished.psp)
        rows: dict[str, dict[str, str | int]] = {
            "settings": {"name": "ear"},
            "anchor": {"ref": root.ref},
            "anchor step": {"ref": root.ref, "step": "remove"},
            "": {},
            "decision": {"ref": furnished.ref_of("deny")},
            "report": {"ref": report.ref},
            "entry": {"index": 3},
            "provider": {"name": "freerasp"},
            "version": {"number": 1},
            "waiver": {"ref": furnished.waiver_ref},
            "property": {"number": 1, "property_id": "P5"},
            "version step": {"number": 1, "step": "retire"},
            "design step": {"number": 1, "step": "unschedule"},
            "waiver step": {"ref": furnished.waiver_ref, "step": "revoke"},
        }
        return reverse(self.name, kwargs=rows[self.about])

    def __str__(self) -> str:
        return self.name


def ref_with_raw_evidence(furnished: Furnished) -> str:
    """Return the reference of a decision of which raw evidence is kept."""
    ref = furnished.ref_of("deny")
    if not has_raw_evidence(furnished.psp, ref):
        put_raw_evidence(decision_by_ref(furnished.psp, ref))
    return ref


def running_shadow(furnished: Furnished) -> Shadow:
    """Return the shadow of this PSP that runs; one that refuses everything, if none did."""
    running = shadow_running(furnished.psp)
    if running is not None:
        return running
    author, now = make_person(furnished.psp), datetime.now(UTC)
    source = load_pack("balanced").replace(
        b"rules:\n",
        b"rules:\n  - {id: nobody, when: {reliable_elements: {at_least: 0}}, effect: deny}\n",
        1,
    )
    version = create_version(psp=furnished.psp, source=source, author=author, now=now)
    return start_shadow(
        psp=furnished.psp,
        version_ref=version.ref,
        ends_at=now + timedelta(days=14),
        by=author,
        now=now,
    )


def waiting_property_waiver_ref(furnished: Furnished) -> str:
    """Return the reference of a waiver of a property that waits for an approval."""
    author, now = make_person(furnished.psp), datetime.now(UTC)
    version = create_version(psp=furnished.psp, source=policy(rule()), author=author, now=now)
    mark_analysed(version, now=now, blocking=["P5"])
    return ask_for_property_waiver(version, author, now=now).ref


def _back_test_ref(furnished: Furnished) -> str:
    """Return the reference of a back-test of this PSP's first version."""
    version = PolicySetVersion.objects.filter(psp=furnished.psp).earliest("number")
    back_test = request_back_test(
        psp=furnished.psp,
        version_ref=version.ref,
        period_start=NOW - timedelta(days=1),
        period_end=NOW,
        requested_by="Olivia Officer",
        now=NOW,
    )
    return back_test.ref


PAGES = (
    Page("today", Permission.READ_FIGURES),
    Page("today_figures", Permission.READ_FIGURES),
    Page("duties", Permission.READ_FIGURES),
    Page("evidence", Permission.READ_FIGURES),
    Page("evidence_provider", Permission.READ_FIGURES, "provider"),
    Page("privacy", Permission.READ_FIGURES),
    Page("erasure", Permission.ERASE_RECORDS),
    Page("retention", Permission.ERASE_RECORDS),
    Page("anchors", Permission.READ_POLICIES),
    Page("anchor", Permission.READ_POLICIES, "anchor"),
    Page("evidence_settings", Permission.READ_POLICIES),
    Page("provider_settings", Permission.READ_POLICIES, "settings"),
    Page("designs", Permission.READ_POLICIES),
    Page("design", Permission.READ_POLICIES, "version"),
    Page("design_form", Permission.WRITE_POLICIES),
    Page("design_new", Permission.WRITE_POLICIES),
    Page("policies", Permission.READ_POLICIES),
    Page("policy", Permission.READ_POLICIES, "version"),
    Page("policy_new", Permission.WRITE_POLICIES),
    Page("policy_analysis_progress", Permission.READ_POLICIES, "version"),
    Page("waivers", Permission.READ_POLICIES),
    Page("waiver", Permission.READ_POLICIES, "waiver"),
    Page("property_waiver", Permission.READ_POLICIES, "property waiver"),
    Page("decisions", Permission.READ_DECISIONS),
    Page("decision", Permission.READ_DECISIONS, "decision"),
    Page("back_tests", Permission.READ_DECISIONS),
    Page("back_test", Permission.READ_DECISIONS, "back_test"),
    Page("back_test_progress", Permission.READ_DECISIONS, "back_test"),
    Page("shadow", Permission.READ_DECISIONS, "shadow"),
    Page("shadow_counts", Permission.READ_DECISIONS, "shadow"),
    Page("decision_proof", Permission.READ_DECISIONS, "decision"),
    Page("decide_again", Permission.DECIDE_AGAIN, "decision", "post"),
    Page("raw_evidence", Permission.READ_RAW_EVIDENCE, "raw evidence", "post"),
    Page("reports", Permission.READ_REPORTS),
    Page("report", Permission.READ_REPORTS, "report"),
    Page("report_progress", Permission.READ_REPORTS, "report"),
    Page("ledger", Permission.READ_LEDGER),
    Page("ledger_checkpoint", Permission.READ_LEDGER),
    Page("ledger_entry", Permission.READ_LEDGER, "entry"),
    Page("ledger_proof", Permission.READ_LEDGER, "entry"),
)
FILES_OF_REPORT = (
    Page("report_pdf", Permission.READ_REPORTS, "report"),
    Page("report_proof", Permission.READ_REPORTS, "report"),
    Page("report_bundle", Permission.READ_REPORTS, "report"),
    Page("report_verify", Permission.READ_REPORTS, "report", "post"),
)
STEPS = (
    Page("anchor_step", Permission.WRITE_POLICIES, "anchor step", "post"),
    Page("policy_step", Permission.ACTIVATE_POLICIES, "version step", "post"),
    Page("design_step", Permission.ACTIVATE_POLICIES, "design step", "post"),
    Page("waiver_step", Permission.WRITE_POLICIES, "waiver step", "post"),
    Page("property_waiver_ask", Permission.WRITE_POLICIES, "property", "post"),
    Page("property_waiver_step", Permission.WRITE_POLICIES, "property waiver step", "post"),
    Page("shadows", Permission.WRITE_POLICIES, "", "post"),
    Page("shadow_stop", Permission.WRITE_POLICIES, "shadow", "post"),
)
"""What is only posted to, and leads back to a page."""
ABOUT_ROWS = tuple(page for page in (*PAGES, *FILES_OF_REPORT) if page.about)
