"""What the enforcing system did about an obligation."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus
from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.fields import StrictSerializer, TextField, TimeField
from compliance.api.parsing import parsed_body
from compliance.api.v1.decision_serializers import STATUSES, HeardOutcomeSerializer
from compliance.api.views import REF_PARAMETER, ApiView, psp_of, require_ref
from compliance.decisions.presentation import outcome_document
from compliance.decisions.services import record_outcome


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Confirmed",
            {
                "obligation": "ob_1",
                "status": "done",
                "enforced_at": "2026-11-23T10:15:09Z",
                "enforced_by": "core-auth",
            },
            request_only=True,
        )
    ]
)
class OutcomeRequest(StrictSerializer):
    """The enforcing system's word on one obligation."""

    obligation = TextField(max_length=8, help_text="as in the decision, such as `ob_1`")
    status = serializers.ChoiceField(choices=STATUSES)
    enforced_at = TimeField(help_text="when, by the enforcing system's clock")
    enforced_by = TextField(max_length=100, default="", allow_blank=True, help_text="which system")
    detail = TextField(max_length=500, default="", allow_blank=True, help_text="no personal data")


class OutcomeSerializer(HeardOutcomeSerializer):
    """The outcome as it was recorded."""

    decision_ref = serializers.CharField()


class OutcomesView(ApiView):
    """Outcomes of one decision. They are only ever added; the last one for an obligation counts."""

    scopes: ClassVar = {"POST": ("outcomes",)}

    @extend_schema(
        operation_id="record_outcome",
        summary="Say what was done about an obligation",
        parameters=[REF_PARAMETER],
        request=OutcomeRequest,
        responses={201: OutcomeSerializer},
        tags=["decisions"],
    )
    def post(self, request: Request, ref: str) -> Response:
        """Record the outcome; it is a ledger entry of its own."""
        require_ref("decision", ref)
        body = parsed_body(request, OutcomeRequest)
        outcome = record_outcome(psp=psp_of(request), decision_ref=ref, now=self.now, **body)
        document = {"decision_ref": ref, **outcome_document(outcome)}
        return Response(document, status=HTTPStatus.CREATED)
