"""Public pages about the REST interface: its reference, and what each problem means."""
# SPDX-License-Identifier: Apache-2.0

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.api.problem_texts import MEANINGS
from compliance.api.reference import object_types_of, sections_of
from compliance.api.v1.openapi import openapi_document
from compliance.core.problems import STATUS_OF


@require_safe
def reference_page(request: HttpRequest) -> HttpResponse:
    """Show every operation and object of the interface."""
    document = openapi_document().value
    context = {"sections": sections_of(document), "types": object_types_of(document)}
    return render(request, "api/reference.html", context)


@require_safe
def problems_page(request: HttpRequest) -> HttpResponse:
    """List every kind of problem."""
    problems = [
        {"code": code, "status": int(status), "meaning": MEANINGS[code]}
        for code, status in sorted(STATUS_OF.items())
    ]
    return render(request, "api/problems.html", {"problems": problems})


@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a problem means and what to do; the `type` of problem documents leads here."""
    if code not in STATUS_OF:
        raise Http404
    status = STATUS_OF[code]
    context = {
        "code": code,
        "status": int(status),
        "phrase": status.phrase,
        "meaning": MEANINGS[code],
    }
    return render(request, "api/problem.html", context)
