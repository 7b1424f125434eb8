"""Analyses: what is proved of a version of the policy set, and asking for it."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import Empty
from compliance.api.parsing import parsed_body
from compliance.api.v1.analysis_serializers import AnalysisSerializer, analysis_document
from compliance.api.v1.version_addresses import VERSION_PARAMETER, version_ref_of
from compliance.api.views import ApiView, psp_of
from compliance.core.errors import NotFoundError
from compliance.policysets.analyses import request_analysis
from compliance.policysets.selectors import version_without_state
from compliance.policysets.standing import standing_of
from compliance.policysets.tasks import enqueue_analysis


class AnalysisView(ApiView):
    """The analysis of one version."""

    scopes: ClassVar = {"GET": ("read",), "POST": ("policies:write",)}

    @extend_schema(
        operation_id="read_analysis",
        summary="See what is proved of a version",
        parameters=[VERSION_PARAMETER],
        responses={200: AnalysisSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, version: str) -> Response:
        """Return each property with what was found, the difference to what is in force, the tests.

        It is the analysis that answers for the authentication design and the policy set in force,
        once it is finished; else the newest. `activation` says what stands in the way.
        """
        psp = psp_of(request)
        stored = version_without_state(psp, version_ref_of(psp, version))
        standing = standing_of(stored, now=self.now)
        analysis = standing.analysis if standing.is_current else standing.newest
        if analysis is None:
            raise NotFoundError("analysis of policy set version", version)
        return Response(analysis_document(analysis, standing, now=self.now))

    @extend_schema(
        operation_id="request_analysis",
        summary="Ask for the analysis of a version",
        parameters=[VERSION_PARAMETER],
        request=None,
        responses={202: AnalysisSerializer},
        tags=["policy sets"],
    )
    def post(self, request: Request, version: str) -> Response:
        """Store the wish and enqueue it, for a draft too; `Location` is where its result is.

        Asked again, it is the same analysis, unless it failed, or another design or policy set came
        into force. What is submitted is analysed without being asked for.
        """
        parsed_body(request, Empty)
        psp = psp_of(request)
        stored = version_without_state(psp, version_ref_of(psp, version))
        analysis = request_analysis(version=stored, now=self.now)
        # The row is the queue record: a broker that is down delays the result, not this answer.
        enqueue_analysis(analysis.pk)
        return Response(
            analysis_document(analysis, standing_of(stored, now=self.now), now=self.now),
            status=HTTPStatus.ACCEPTED,
            headers={"Location": f"/v1/policy-sets/{stored.ref}/analysis"},
        )
