"""Reports: ask for one, see how far it is, fetch the sealed file and its proof."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.errors import InvalidRequestError
from compliance.api.paging import PageQuery, page_document
from compliance.api.parsing import parsed_body
from compliance.api.renderers import PdfRenderer, TextRenderer, ZipRenderer
from compliance.api.v1.report_serializers import (
    ReportPage,
    ReportRequest,
    ReportSerializer,
    midnight,
    report_document,
)
from compliance.api.views import REF_PARAMETER, ApiView, key_of, psp_of, require_ref
from compliance.core.downloads import download
from compliance.core.problems import FieldProblem
from compliance.reports.selectors import (
    report_bundle,
    report_by_ref,
    report_content,
    report_proof,
    reports_of,
)
from compliance.reports.services import request_report
from compliance.reports.tasks import enqueue_report

_READERS = ("read", "reports")


class ReportsView(ApiView):
    """The PSP's reports."""

    scopes: ClassVar = {"GET": _READERS, "POST": ("reports",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_reports",
        summary="List reports, newest first",
        parameters=[PageQuery],
        responses={200: ReportPage},
        tags=["reports"],
    )
    def get(self, request: Request) -> Response:
        """Return one page; `next_cursor` leads to the next, null ends."""
        limit, cursor = self.query["limit"], self.query["cursor"]
        found = reports_of(psp_of(request), limit + 1, cursor=cursor)
        return Response(page_document([report_document(row) for row in found], limit=limit))

    @extend_schema(
        operation_id="request_report",
        summary="Ask for a report over a period",
        request=ReportRequest,
        responses={202: ReportSerializer},
        tags=["reports"],
    )
    def post(self, request: Request) -> Response:
        """Store the wish and enqueue its production; `Location` is where its progress is."""
        period = parsed_body(request, ReportRequest)["period"]
        self._require_past(period)
        key = key_of(request)
        report = request_report(
            psp=key.psp,
            period_start=midnight(period["from"]),
            period_end=midnight(period["to"]),
            requested_by=f"API key {key.name} ({key.ref})"[:200],
            now=self.now,
        )
        # The row is the queue record: a broker that is down delays the report, not this answer.
        enqueue_report(report.pk)
        return Response(
            report_document(report),
            status=HTTPStatus.ACCEPTED,
            headers={"Location": f"/v1/reports/{report.ref}"},
        )

    def _require_past(self, period: dict[str, Any]) -> None:
        """Refuse a period that ends after today: nothing is known about it yet."""
        tomorrow = self.now.astimezone(UTC).date() + timedelta(days=1)
        if period["to"] > tomorrow:
            problem = FieldProblem("/period/to", f"expected at most {tomorrow} (the end of today)")
            raise InvalidRequestError("the body is not valid", [problem])


class ReportView(ApiView):
    """One report."""

    scopes: ClassVar = {"GET": _READERS}

    @extend_schema(
        operation_id="read_report",
        summary="See how far a report is",
        parameters=[REF_PARAMETER],
        responses={200: ReportSerializer},
        tags=["reports"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return state, progress and, once ready, digest and links."""
        report = report_by_ref(psp_of(request), require_ref("report", ref))
        return Response(report_document(report))


class ReportPdfView(ApiView):
    """The sealed file."""

    scopes: ClassVar = {"GET": _READERS}
    renderer_classes = (PdfRenderer,)

    @extend_schema(
        operation_id="download_report",
        summary="Fetch the sealed PDF",
        parameters=[REF_PARAMETER],
        responses={200: bytes},
        tags=["reports"],
    )
    def get(self, request: Request, ref: str) -> HttpResponse:
        """Return the bytes that the digest and the ledger entry are about."""
        psp = psp_of(request)
        report = report_by_ref(psp, require_ref("report", ref))
        content = report_content(psp, ref)
        name = report.file_name or f"{ref}.pdf"
        return download(content, name=name, content_type=PdfRenderer.media_type)


class ReportProofView(ApiView):
    """The proof that the file's digest is in the ledger."""

    scopes: ClassVar = {"GET": _READERS}
    renderer_classes = (TextRenderer,)

    @extend_schema(
        operation_id="read_report_proof",
        summary="Fetch the inclusion proof of the report",
        parameters=[REF_PARAMETER],
        responses={200: str},
        tags=["reports"],
        extensions={ALSO_REFUSES: ["not-yet-published"]},
    )
    def get(self, request: Request, ref: str) -> HttpResponse:
        """Return the proof in `.tlog-proof` form (C2SP tlog-proof)."""
        proof = report_proof(psp_of(request), require_ref("report", ref))
        return download(proof, name=f"{ref}.tlog-proof", content_type="text/plain; charset=utf-8")


class ReportBundleView(ApiView):
    """Everything that a verifier without network needs, in one archive."""

    scopes: ClassVar = {"GET": _READERS}
    renderer_classes = (ZipRenderer,)

    @extend_schema(
        operation_id="download_report_bundle",
        summary="Fetch the proof bundle",
        parameters=[REF_PARAMETER],
        responses={200: bytes},
        tags=["reports"],
        extensions={ALSO_REFUSES: ["not-yet-published"]},
    )
    def get(self, request: Request, ref: str) -> HttpResponse:
        """Return PDF, proof and keys as a ZIP archive."""
        bundle = report_bundle(psp_of(request), require_ref("report", ref))
        return download(bundle, name=f"{ref}.zip", content_type=ZipRenderer.media_type)
