"""Waivers: which rules are set aside for whom and until when; asking for one and ending one."""
# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.fields import Empty, StrictSerializer, TextField, TimeField
from compliance.api.paging import PageQuery, after_cursor, page_document
from compliance.api.parsing import parsed_body
from compliance.api.views import REF_PARAMETER, ApiView, key_of, psp_of, require_ref
from compliance.decisions.presentation import rfc3339
from compliance.policysets.waiver_selectors import WaiverState, waiver_by_ref, waivers_of
from compliance.policysets.waivers import WaiverTerms, request_waiver, revoke_waiver


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One version of the app",
            {
                "rule_id": "rooted",
                "app_version": "7.3.1",
                "reason": "The vendor's update reports every phone as rooted.",
                "compensating_control": "Payments over EUR 30 are called back.",
                "expires_at": "2026-12-23T10:15:04Z",
            },
            request_only=True,
        )
    ]
)
class WaiverRequest(StrictSerializer):
    """What is asked for; at least one of app version, device model and channel is named."""

    rule_id = TextField(max_length=64, help_text="of the policy set in force")
    app_version = TextField(max_length=32, default="", allow_blank=True)
    device_model = TextField(max_length=64, default="", allow_blank=True)
    channel = TextField(max_length=64, default="", allow_blank=True)
    reason = TextField(max_length=1000)
    compensating_control = TextField(max_length=1000)
    starts_at = TimeField(required=False, help_text="now, where it is left out")
    expires_at = TimeField(help_text="180 days after the start at most")


class WaiverSerializer(serializers.Serializer[Any]):
    """A waiver; empty parts of the scope fit everything."""

    ref = serializers.CharField()
    state = serializers.ChoiceField(WaiverState.values)
    rule_id = serializers.CharField()
    app_version = serializers.CharField(allow_blank=True)
    device_model = serializers.CharField(allow_blank=True)
    channel = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    compensating_control = serializers.CharField()
    requested_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class WaiverPage(serializers.Serializer[Any]):
    """A page of waivers, the newest first."""

    items = WaiverSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class WaiversView(ApiView):
    """The PSP's waivers."""

    scopes: ClassVar = {"GET": ("read",), "POST": ("policies:write",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_waivers",
        summary="List waivers, newest first",
        parameters=[PageQuery],
        responses={200: WaiverPage},
        tags=["waivers"],
    )
    def get(self, request: Request) -> Response:
        """Return one page of every waiver that was ever asked for; null as `next_cursor` ends."""
        every = [waiver_document(each, self.now) for each in waivers_of(psp_of(request))]
        found = after_cursor(every, self.query["cursor"])
        return Response(page_document(found, limit=self.query["limit"]))

    @extend_schema(
        operation_id="request_waiver",
        summary="Ask for a waiver",
        request=WaiverRequest,
        responses={201: WaiverSerializer},
        tags=["waivers"],
        extensions={ALSO_REFUSES: ["invalid-waiver"]},
    )
    def post(self, request: Request) -> Response:
        """Ask for a waiver; it does nothing until two people have stood up for it.

        A key is nobody: one person takes the request over in the web interface, another approves.
        """
        key = key_of(request)
        terms = WaiverTerms(**{"starts_at": self.now} | parsed_body(request, WaiverRequest))
        waiver = request_waiver(psp=key.psp, terms=terms, by=key, now=self.now)
        return Response(
            waiver_document(waiver, self.now),
            status=HTTPStatus.CREATED,
            headers={"Location": f"/v1/waivers/{waiver.ref}"},
        )


class WaiverView(ApiView):
    """One waiver."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_waiver",
        summary="Read one waiver",
        parameters=[REF_PARAMETER],
        responses={200: WaiverSerializer},
        tags=["waivers"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return the waiver that a decision names."""
        waiver = waiver_by_ref(psp_of(request), require_ref("waiver", ref))
        return Response(waiver_document(waiver, self.now))


class WaiverRevocationView(ApiView):
    """The end of a waiver."""

    scopes: ClassVar = {"POST": ("policies:write",)}

    @extend_schema(
        operation_id="revoke_waiver",
        summary="End a waiver",
        parameters=[REF_PARAMETER],
        request=None,
        responses={200: WaiverSerializer},
        tags=["waivers"],
        extensions={ALSO_REFUSES: ["conflict"]},
    )
    def post(self, request: Request, ref: str) -> Response:
        """End the waiver at once; a key may, for only stricter decisions come of it."""
        require_ref("waiver", ref)
        parsed_body(request, Empty)
        waiver = revoke_waiver(psp=psp_of(request), ref=ref, by=key_of(request), now=self.now)
        return Response(waiver_document(waiver, self.now))


def waiver_document(waiver: Any, now: datetime) -> dict[str, Any]:
    """Return the wire form of a waiver; people's names stay in the web interface."""
    own = ("rule_id", "app_version", "device_model", "channel")
    return grant_document(waiver, now) | {name: getattr(waiver, name) for name in own}


def grant_document(waiver: Any, now: datetime) -> dict[str, Any]:
    """Return what every waiver has, of a rule or of a property, in its wire form."""
    texts = ("ref", "reason", "compensating_control")
    moments = ("requested_at", "approved_at", "starts_at", "expires_at", "revoked_at")
    return (
        {name: getattr(waiver, name) for name in texts}
        | {
            name: None if getattr(waiver, name) is None else rfc3339(getattr(waiver, name))
            for name in moments
        }
        | {"state": waiver.state_at(now).value}
    )
