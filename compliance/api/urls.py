"""Addresses of `api`, under `/v1`."""
# SPDX-License-Identifier: Apache-2.0

from django.urls import URLPattern, URLResolver, path, re_path

from compliance.api.v1.analyses import AnalysisView
from compliance.api.v1.back_tests import (
    BackTestChangesView,
    BackTestsView,
    BackTestView,
    VersionBackTestsView,
)
from compliance.api.v1.challenges import ChallengesView
from compliance.api.v1.decisions import DecisionProofView, DecisionsView, DecisionView
from compliance.api.v1.designs import (
    DesignCheckView,
    DesignIndependenceView,
    DesignsView,
    DesignView,
)
from compliance.api.v1.erasures import ErasuresView
from compliance.api.v1.ledger import CheckpointView, ConsistencyView, LedgerView, TileView
from compliance.api.v1.openapi import OpenApiView
from compliance.api.v1.outcomes import OutcomesView
from compliance.api.v1.policy_documents import (
    PolicyCheckView,
    PolicyDifferenceView,
    PolicyExportView,
    PolicyTestView,
)
from compliance.api.v1.policy_sets import PolicySetsView, PolicySetView
from compliance.api.v1.property_waivers import PropertyWaiversView, PropertyWaiverView
from compliance.api.v1.providers import ProvidersView
from compliance.api.v1.replay import ReplayView
from compliance.api.v1.reports import (
    ReportBundleView,
    ReportPdfView,
    ReportProofView,
    ReportsView,
    ReportView,
)
from compliance.api.v1.schemas import SchemaView
from compliance.api.v1.sealing_keys import SealingKeysView
from compliance.api.v1.shadows import (
    ShadowChangesView,
    ShadowStopView,
    ShadowsView,
    ShadowView,
    VersionShadowsView,
)
from compliance.api.v1.waivers import WaiverRevocationView, WaiversView, WaiverView
from compliance.api.views import UnknownAddressView

urlpatterns: list[URLPattern | URLResolver] = [
    path("decisions", DecisionsView.as_view()),
    path("decisions/<str:ref>", DecisionView.as_view()),
    path("decisions/<str:ref>/proof", DecisionProofView.as_view()),
    path("decisions/<str:ref>/outcomes", OutcomesView.as_view()),
    path("decisions/<str:ref>/replay", ReplayView.as_view()),
    path("erasures", ErasuresView.as_view()),
    path("evidence/providers", ProvidersView.as_view()),
    path("evidence/challenges", ChallengesView.as_view()),
    path("sealing-keys", SealingKeysView.as_view()),
    path("reports", ReportsView.as_view()),
    path("reports/<str:ref>", ReportView.as_view()),
    path("reports/<str:ref>/pdf", ReportPdfView.as_view()),
    path("reports/<str:ref>/proof", ReportProofView.as_view()),
    path("reports/<str:ref>/bundle", ReportBundleView.as_view()),
    path("ledger", LedgerView.as_view()),
    path("ledger/checkpoint", CheckpointView.as_view()),
    path("ledger/tile/<path:path>", TileView.as_view()),
    path("ledger/consistency", ConsistencyView.as_view()),
    path("policy-sets", PolicySetsView.as_view()),
    path("policy-sets/check", PolicyCheckView.as_view()),
    path("policy-sets/test", PolicyTestView.as_view()),
    path("policy-sets/<str:version>", PolicySetView.as_view()),
    path("policy-sets/<str:version>/difference", PolicyDifferenceView.as_view()),
    path("policy-sets/<str:version>/export", PolicyExportView.as_view()),
    path("policy-sets/<str:version>/analysis", AnalysisView.as_view()),
    path("designs", DesignsView.as_view()),
    path("designs/check", DesignCheckView.as_view()),
    path("designs/<str:version>", DesignView.as_view()),
    path("designs/<str:version>/independence", DesignIndependenceView.as_view()),
    path("property-waivers", PropertyWaiversView.as_view()),
    path("property-waivers/<str:ref>", PropertyWaiverView.as_view()),
    path("waivers", WaiversView.as_view()),
    path("waivers/<str:ref>", WaiverView.as_view()),
    path("waivers/<str:ref>/revoke", WaiverRevocationView.as_view()),
    path("policy-sets/<str:ref>/backtests", VersionBackTestsView.as_view()),
    path("backtests", BackTestsView.as_view()),
    path("backtests/<str:ref>", BackTestView.as_view()),
    path("backtests/<str:ref>/changes", BackTestChangesView.as_view()),
    path("policy-sets/<str:ref>/shadows", VersionShadowsView.as_view()),
    path("shadows", ShadowsView.as_view()),
    path("shadows/<str:ref>", ShadowView.as_view()),
    path("shadows/<str:ref>/changes", ShadowChangesView.as_view()),
    path("shadows/<str:ref>/stop", ShadowStopView.as_view()),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("schemas/<str:name>", SchemaView.as_view()),
    re_path(r"", UnknownAddressView.as_view()),
]
