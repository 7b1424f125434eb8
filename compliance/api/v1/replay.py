"""Deciding again from the record."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import Empty
from compliance.api.parsing import parsed_body
from compliance.api.v1.decision_serializers import ReplaySerializer
from compliance.api.views import REF_PARAMETER, ApiView, psp_of, require_ref
from compliance.decisions.replay import replay


class ReplayView(ApiView):
    """Deciding again from the record."""

    scopes: ClassVar = {"POST": ("read",)}

    @extend_schema(
        operation_id="replay_decision",
        summary="Decide again from the record",
        parameters=[REF_PARAMETER],
        request=None,
        responses={200: ReplaySerializer},
        tags=["decisions"],
    )
    def post(self, request: Request, ref: str) -> Response:
        """Say whether the same facts and the same policy give the same decision. Records nothing."""
        parsed_body(request, Empty)
        result = replay(psp_of(request), require_ref("decision", ref))
        return Response(
            {
                "ref": ref,
                "agrees": result.agrees,
                "erased": result.is_erased,
                "differences": list(result.differences),
            }
        )
