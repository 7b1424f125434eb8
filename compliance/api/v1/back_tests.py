"""Back-tests: compare a version of the policy set with recorded decisions, follow it, read changes."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date
from http import HTTPStatus
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.errors import InvalidRequestError
from compliance.api.paging import PageQuery, page_document
from compliance.api.parsing import parsed_body
from compliance.api.v1.back_test_serializers import (
    BackTestPage,
    BackTestRequest,
    BackTestSerializer,
    back_test_document,
)
from compliance.api.v1.comparison_serializers import (
    ChangesQuery,
    DecisionChangePage,
    changes_document,
)
from compliance.api.v1.report_serializers import midnight
from compliance.api.views import REF_PARAMETER, ApiView, key_of, psp_of, require_ref
from compliance.backtests.selectors import back_test_by_ref, back_tests_of, changes_page
from compliance.backtests.services import request_back_test
from compliance.backtests.tasks import enqueue_back_test
from compliance.core.problems import FieldProblem


class VersionBackTestsView(ApiView):
    """Back-tests of one version."""

    scopes: ClassVar = {"POST": ("policies:write",)}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="request_back_test",
        summary="Compare a version with recorded decisions",
        parameters=[REF_PARAMETER],
        request=BackTestRequest,
        responses={202: BackTestSerializer},
        tags=["policy sets"],
    )
    def post(self, request: Request, ref: str) -> Response:
        """Store the wish and enqueue it; `Location` is where its progress and result are."""
        period = parsed_body(request, BackTestRequest)["period"]
        self._require_over(period["to"])
        key = key_of(request)
        back_test = request_back_test(
            psp=key.psp,
            version_ref=require_ref("policy set version", ref),
            period_start=midnight(period["from"]),
            period_end=midnight(period["to"]),
            requested_by=f"API key {key.name} ({key.ref})"[:200],
            now=self.now,
        )
        # The row is the queue record: a broker that is down delays the result, not this answer.
        enqueue_back_test(back_test.pk)
        return Response(
            back_test_document(back_test),
            status=HTTPStatus.ACCEPTED,
            headers={"Location": f"/v1/backtests/{back_test.ref}"},
        )

    def _require_over(self, end: date) -> None:
        """Refuse a period that is not over: its result would change."""
        today = self.now.astimezone(UTC).date()
        if end > today:
            problem = FieldProblem("/period/to", f"expected at most {today} (the end of yesterday)")
            raise InvalidRequestError("the body is not valid", [problem])


class BackTestsView(ApiView):
    """The PSP's back-tests."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_back_tests",
        summary="List back-tests, newest first",
        parameters=[PageQuery],
        responses={200: BackTestPage},
        tags=["policy sets"],
    )
    def get(self, request: Request) -> Response:
        """Return one page; `next_cursor` leads to the next, null ends."""
        limit, cursor = self.query["limit"], self.query["cursor"]
        found = back_tests_of(psp_of(request), limit + 1, cursor=cursor)
        return Response(page_document([back_test_document(row) for row in found], limit=limit))


class BackTestView(ApiView):
    """One back-test."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_back_test",
        summary="See how far a back-test is, and what it counts",
        parameters=[REF_PARAMETER],
        responses={200: BackTestSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return state, progress, and the counts so far."""
        row = back_test_by_ref(psp_of(request), require_ref("back-test", ref))
        return Response(back_test_document(row))


class BackTestChangesView(ApiView):
    """The decisions that a candidate makes otherwise."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = ChangesQuery

    @extend_schema(
        operation_id="list_back_test_changes",
        summary="Read the decisions that change, in order of time",
        parameters=[REF_PARAMETER, ChangesQuery],
        responses={200: DecisionChangePage},
        tags=["policy sets"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return one page; up to 1,000 decisions of each pair of effects are listed."""
        page = changes_page(
            psp_of(request),
            require_ref("back-test", ref),
            self.query["cursor"],
            old=self.query["old_effect"],
            new=self.query["new_effect"],
            limit=self.query["limit"],
        )
        return Response(changes_document(page))
