"""Every page of the officers' interface, with the permission that it needs."""
# SPDX-License-Identifier: Apache-2.0

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from compliance.backtests.services import request_back_test
from compliance.policysets.models import PolicySetVersion
from compliance.reports.models import Report
from compliance.web.permissions import Permission
from tests.support.factories import NOW
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
        rows: dict[str, dict[str, str | int]] = {
            "": {},
            "decision": {"ref": furnished.ref_of("deny")},
            "report": {"ref": report.ref},
            "entry": {"index": 3},
            "version": {"number": 1},
            "waiver": {"ref": furnished.waiver_ref},
            "version step": {"number": 1, "step": "retire"},
            "waiver step": {"ref": furnished.waiver_ref, "step": "revoke"},
        }
        return reverse(self.name, kwargs=rows[self.about])

    def __str__(self) -> str:
        return self.name


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
    Page("designs", Permission.READ_POLICIES),
    Page("policies", Permission.READ_POLICIES),
    Page("policy", Permission.READ_POLICIES, "version"),
    Page("waivers", Permission.READ_POLICIES),
    Page("waiver", Permission.READ_POLICIES, "waiver"),
    Page("decisions", Permission.READ_DECISIONS),
    Page("decision", Permission.READ_DECISIONS, "decision"),
    Page("back_tests", Permission.READ_DECISIONS),
    Page("back_test", Permission.READ_DECISIONS, "back_test"),
    Page("back_test_progress", Permission.READ_DECISIONS, "back_test"),
    Page("decision_proof", Permission.READ_DECISIONS, "decision"),
    Page("decide_again", Permission.DECIDE_AGAIN, "decision", "post"),
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
    Page("policy_step", Permission.ACTIVATE_POLICIES, "version step", "post"),
    Page("waiver_step", Permission.WRITE_POLICIES, "waiver step", "post"),
)
"""What is only posted to, and leads back to a page."""
ABOUT_ROWS = tuple(page for page in (*PAGES, *FILES_OF_REPORT) if page.about)
