"""Shadows: let a version run beside the one in force, follow it, read changes, end it."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.fields import Empty
from compliance.api.paging import PageQuery, page_document
from compliance.api.parsing import parsed_body
from compliance.api.v1.comparison_serializers import (
    ChangesQuery,
    DecisionChangePage,
    changes_document,
)
from compliance.api.v1.shadow_serializers import ShadowPage, ShadowRequest, ShadowSerializer
from compliance.api.views import REF_PARAMETER, ApiView, key_of, psp_of, require_ref
from compliance.backtests.presentation import shadow_document
from compliance.backtests.selectors import shadow_by_ref, shadow_results_page, shadows_of
from compliance.backtests.shadows import start_shadow, stop_shadow


class VersionShadowsView(ApiView):
    """Shadows of one version."""

    scopes: ClassVar = {"POST": ("policies:write",)}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="start_shadow",
        summary="Let a version run beside the one in force",
        parameters=[REF_PARAMETER],
        request=ShadowRequest,
        responses={201: ShadowSerializer},
        tags=["policy sets"],
        extensions={ALSO_REFUSES: ["no-policy-in-force", "shadow-of-itself", "shadow-running"]},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Compare the version with decisions as they are recorded, from now on.

        What it decides is never answered, and counts in no figure and no report. A PSP has one
        shadow at a time.
        """
        key = key_of(request)
        require_ref("policy set version", ref)
        body = parsed_body(request, ShadowRequest)
        shadow = start_shadow(
            psp=key.psp, version_ref=ref, ends_at=body["ends_at"], by=key, now=self.now
        )
        return Response(
            shadow_document(shadow),
            status=HTTPStatus.CREATED,
            headers={"Location": f"/v1/shadows/{shadow.ref}"},
        )


class ShadowsView(ApiView):
    """The PSP's shadows."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_shadows",
        summary="List shadows, newest first",
        parameters=[PageQuery],
        responses={200: ShadowPage},
        tags=["policy sets"],
    )
    def get(self, request: Request) -> Response:
        """Return one page; `next_cursor` leads to the next, null ends."""
        limit, cursor = self.query["limit"], self.query["cursor"]
        found = shadows_of(psp_of(request), limit + 1, cursor=cursor)
        return Response(page_document([shadow_document(row) for row in found], limit=limit))


class ShadowView(ApiView):
    """One shadow."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_shadow",
        summary="See what a shadow counts so far",
        parameters=[REF_PARAMETER],
        responses={200: ShadowSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return its state and the counts so far; some half a minute behind what is recorded."""
        row = shadow_by_ref(psp_of(request), require_ref("shadow", ref))
        return Response(shadow_document(row))


class ShadowChangesView(ApiView):
    """The decisions that a shadow makes otherwise."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = ChangesQuery

    @extend_schema(
        operation_id="list_shadow_changes",
        summary="Read the decisions that a shadow makes otherwise, in order of time",
        parameters=[REF_PARAMETER, ChangesQuery],
        responses={200: DecisionChangePage},
        tags=["policy sets"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return one page; up to 1,000 decisions of each pair of effects are listed."""
        page = shadow_results_page(
            psp_of(request),
            require_ref("shadow", ref),
            self.query["cursor"],
            old=self.query["old_effect"],
            new=self.query["new_effect"],
            limit=self.query["limit"],
        )
        return Response(changes_document(page))


class ShadowStopView(ApiView):
    """The end of a shadow."""

    scopes: ClassVar = {"POST": ("policies:write",)}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="stop_shadow",
        summary="End a shadow before its time",
        parameters=[REF_PARAMETER],
        request=None,
        responses={200: ShadowSerializer},
        tags=["policy sets"],
        extensions={ALSO_REFUSES: ["conflict"]},
    )
    def post(self, request: Request, ref: str) -> Response:
        """End the shadow at once; what it has counted stays."""
        require_ref("shadow", ref)
        parsed_body(request, Empty)
        key = key_of(request)
        return Response(shadow_document(stop_shadow(psp=key.psp, ref=ref, by=key, now=self.now)))
