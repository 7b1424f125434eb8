"""Decisions: search, one with its explanation, and its proof."""
# SPDX-License-Identifier: Apache-2.0

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.documentation import ALSO_REFUSES
from compliance.api.renderers import TextRenderer
from compliance.api.v1.decision_serializers import (
    DecisionDocumentSerializer,
    DecisionPage,
    DecisionsQuery,
)
from compliance.api.views import REF_PARAMETER, ApiView, psp_of, require_ref
from compliance.core.downloads import download
from compliance.decisions.presentation import decision_document, decision_summary
from compliance.decisions.selectors import (
    DecisionFilter,
    decision_by_ref,
    decision_detail,
    decisions_page,
)
from compliance.ledger.selectors import tlog_proof_of


class DecisionsView(ApiView):
    """Search of decisions. `POST` on the same address is the decision point's (`compliance.pdp`)."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = DecisionsQuery

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Return DRF's headers; `Allow` names the decision point's method too."""
        return {**super().default_response_headers, "Allow": "GET, HEAD, POST"}

    @extend_schema(
        operation_id="list_decisions",
        summary="Search decisions, newest first",
        parameters=[DecisionsQuery],
        responses={200: DecisionPage},
        tags=["decisions"],
    )
    def get(self, request: Request) -> Response:
        """Return one page; `next_cursor` leads to the next, null ends."""
        query = dict(self.query)
        cursor, limit = query.pop("cursor"), query.pop("limit")
        page = decisions_page(
            psp_of(request), filters=DecisionFilter(**query), cursor=cursor, limit=limit
        )
        items = [decision_summary(decision) for decision in page.items]
        return Response({"items": items, "next_cursor": page.next_cursor or None})


class DecisionView(ApiView):
    """One decision."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_decision",
        summary="Read one decision with its explanation",
        parameters=[REF_PARAMETER],
        responses={200: DecisionDocumentSerializer},
        tags=["decisions"],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Return what was known, decided and done, and why."""
        require_ref("decision", ref)
        return Response(decision_document(decision_detail(psp_of(request), ref, now=self.now)))


class DecisionProofView(ApiView):
    """The proof that a decision is in the ledger."""

    scopes: ClassVar = {"GET": ("read",)}
    renderer_classes = (TextRenderer,)

    @extend_schema(
        operation_id="read_decision_proof",
        summary="Fetch the inclusion proof of a decision",
        parameters=[REF_PARAMETER],
        responses={200: str},
        tags=["decisions"],
        extensions={ALSO_REFUSES: ["not-yet-published"]},
    )
    def get(self, request: Request, ref: str) -> HttpResponse:
        """Return the proof in `.tlog-proof` form (C2SP tlog-proof); 409 until it is published."""
        psp = psp_of(request)
        decision = decision_by_ref(psp, require_ref("decision", ref))
        proof = tlog_proof_of(psp, bytes(decision.leaf_hash))
        return download(proof, name=f"{ref}.tlog-proof", content_type="text/plain; charset=utf-8")
