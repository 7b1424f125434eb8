"""Addresses of `web`."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import URLPattern, URLResolver, include, path

from compliance.web.views import (
    back_tests,
    decision,
    decisions,
    designs,
    duties,
    ledger,
    policies,
    psp,
    report,
    reports,
    today,
    verify,
    waivers,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("today/figures", today.figures, name="today_figures"),
    path("decisions", decisions.decisions, name="decisions"),
    path("decisions/<slug:ref>", decision.decision, name="decision"),
    path("decisions/<slug:ref>/again", decision.decide_again, name="decide_again"),
    path("decisions/<slug:ref>/proof", decision.proof, name="decision_proof"),
    path("reports", reports.reports, name="reports"),
    path("reports/<slug:ref>", report.report, name="report"),
    path("reports/<slug:ref>/progress", report.progress, name="report_progress"),
    path("reports/<slug:ref>/pdf", report.pdf, name="report_pdf"),
    path("reports/<slug:ref>/proof", report.proof, name="report_proof"),
    path("reports/<slug:ref>/bundle", report.bundle, name="report_bundle"),
    path("reports/<slug:ref>/verify", report.verify, name="report_verify"),
    path("policies", policies.policies, name="policies"),
    path("policies/<int:number>", policies.policies, name="policy"),
    path("policies/<int:number>/<slug:step>", policies.policy_step, name="policy_step"),
    path("waivers", waivers.waivers, name="waivers"),
    path("waivers/<slug:ref>", waivers.waiver, name="waiver"),
    path("waivers/<slug:ref>/<slug:step>", waivers.waiver_step, name="waiver_step"),
    path("back-tests", back_tests.back_tests, name="back_tests"),
    path("back-tests/<slug:ref>", back_tests.back_test, name="back_test"),
    path("back-tests/<slug:ref>/progress", back_tests.progress, name="back_test_progress"),
    path("designs", designs.designs, name="designs"),
    path("duties", duties.duties, name="duties"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/checkpoint", ledger.checkpoint, name="ledger_checkpoint"),
    path("ledger/<int:index>", ledger.entry, name="ledger_entry"),
    path("ledger/<int:index>/proof", ledger.proof, name="ledger_proof"),
    path("verify", verify.verify, name="verify"),
    path("psp", psp.choose_psp, name="choose_psp"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
]
