"""Waivers of properties: which blocking properties of which versions are let pass, until when."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.paging import PageQuery, after_cursor, page_document
from compliance.api.v1.comparison_serializers import CandidateSerializer
from compliance.api.v1.waivers import grant_document
from compliance.api.views import REF_PARAMETER, ApiView, psp_of, require_ref
from compliance.policysets.property_waiver_selectors import (
    property_waiver_by_ref,
    property_waivers_of,
)
from compliance.policysets.waiver_selectors import WaiverState


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A step-up that is not proved",
            {
                "ref": "pwv_01m83yk5n5h4p7c0x2s9d3e8az",
                "state": "in_force",
                "version": {
                    "ref": "pol_01m83ydw18b3mbga9yrrvzxa1n",
                    "number": 4,
                    "digest": "sha256:"
                    "bde3ac85033f490180018ac3ea777bfe3a79e1180fba8ad01cfeef29e4b6144c",
                },
                "property_id": "P4",
                "reason": "The letter with the code is posted from January on.",
                "compensating_control": "Step-ups of that kind are reviewed by hand.",
                "requested_at": "2026-11-23T10:15:04Z",
                "approved_at": "2026-11-23T11:02:40Z",
                "starts_at": "2026-11-23T10:15:04Z",
                "expires_at": "2027-01-15T00:00:00Z",
                "revoked_at": None,
            },
            response_only=True,
        )
    ]
)
class PropertyWaiverSerializer(serializers.Serializer[Any]):
    """A waiver of one blocking property, of one text."""

    ref = serializers.CharField()
    state = serializers.ChoiceField(WaiverState.values)
    version = CandidateSerializer()
    property_id = serializers.CharField(help_text="as in the version's analysis")
    reason = serializers.CharField()
    compensating_control = serializers.CharField()
    requested_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class PropertyWaiverPage(serializers.Serializer[Any]):
    """A page of waivers of properties, the newest first."""

    items = PropertyWaiverSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PropertyWaiversView(ApiView):
    """The PSP's waivers of properties."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_property_waivers",
        summary="List waivers of properties, newest first",
        parameters=[PageQuery],
        responses={200: PropertyWaiverPage},
        tags=["waivers"],
    )
    def get(self, request: Request) -> Response:
        """Return one page of every one that was ever asked for; null as `next_cursor` ends.

        Only people ask for such a waiver, approve it and end it; a key does none of that.
        """
        every = [_document(each, self.now) for each in property_waivers_of(psp_of(request))]
        found = after_cursor(every, self.query["cursor"])
        return Response(page_document(found, limit=self.query["limit"]))


class PropertyWaiverView(ApiView):
    """One waiver of a property."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_property_waiver",
        summary="Read one waiver of a property",
        parameters=[REF_PARAMETER],
        responses={200: PropertyWaiverSerializer},
        tags=["waivers"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return the waiver that an analysis names."""
        kind = "waiver of a property"
        waiver = property_waiver_by_ref(psp_of(request), require_ref(kind, ref))
        return Response(_document(waiver, self.now))


def _document(waiver: Any, now: datetime) -> dict[str, Any]:
    """Return the wire form of a waiver of a property."""
    version = waiver.version
    return grant_document(waiver, now) | {
        "version": {"ref": version.ref, "number": version.number, "digest": version.digest},
        "property_id": waiver.property_id,
    }
