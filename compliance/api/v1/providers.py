"""Providers of evidence: what each delivered in a period, and when it failed to come."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.v1.provider_serializers import ScorecardsSerializer, scorecards_document
from compliance.api.v1.report_serializers import PeriodSerializer, midnight
from compliance.api.views import ApiView, psp_of
from compliance.assessments.providers import scorecards_for


class ProvidersView(ApiView):
    """The scorecards of the PSP's providers."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = PeriodSerializer

    @extend_schema(
        operation_id="read_provider_scorecards",
        summary="See how much evidence of each provider came and held",
        parameters=[PeriodSerializer],
        responses={200: ScorecardsSerializer},
        tags=["evidence"],
    )
    def get(self, request: Request) -> Response:
        """Return a scorecard of each provider whose evidence came or was required, with definitions.

        Everything is counted anew: a million decisions take some ten seconds.
        """
        start, end = midnight(self.query["from"]), midnight(self.query["to"])
        cards = scorecards_for(psp_of(request), start=start, end=end)
        return Response(scorecards_document(cards, start=start, end=end))
