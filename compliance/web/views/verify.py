"""Verification for everybody: no account, nothing stored, bounded in size and in rate."""
# SPDX-License-Identifier: Apache-2.0

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.core.errors import ComplianceError
from compliance.core.problems import STATUS_OF
from compliance.web.forms.verify import VerifyForm
from compliance.web.throttling import TooManyRequestsError, bounded
from compliance.web.verification import LARGEST_PROOF, LARGEST_UPLOAD, unpack, verify_files

_ENVELOPE = 64 * 1024
"""What a form adds to the files that it carries."""


# No one's authority is used and nothing changes, so there is nothing to forge; and the length
# must be known before the body is read, which the check of a token would do.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST says what holds and what does not."""
    if request.method == "GET":
        return _answer(request, {"form": VerifyForm()})
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        return _refuse(request, _("Say how long the upload is."), HTTPStatus.LENGTH_REQUIRED)
    if int(length) > LARGEST_UPLOAD + _ENVELOPE:
        return _refuse(request, _("The upload is too large."), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        with bounded(request):
            return _verified(request)
    except TooManyRequestsError as error:
        answer = _refuse(request, str(error), STATUS_OF[error.code])
        answer["Retry-After"] = str(error.retry_after_s)
        return answer
    except ComplianceError as error:
        return _refuse(request, str(error), STATUS_OF[error.code])


def _verified(request: HttpRequest) -> HttpResponse:
    """Verify what the form carries."""
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, {"form": form}, HTTPStatus.BAD_REQUEST)
    proof = form.cleaned_data["proof"]
    handed = unpack(
        form.cleaned_data["report"].read(), proof.read(LARGEST_PROOF + 1) if proof else None
    )
    context = {
        "form": VerifyForm(),
        "result": verify_files(handed.pdf, handed.proof),
        "name": form.cleaned_data["report"].name,
    }
    return _answer(request, context)


def _refuse(request: HttpRequest, detail: str, status: HTTPStatus) -> HttpResponse:
    """Show the form again with the reason why nothing was verified."""
    return _answer(request, {"form": VerifyForm(), "refusal": detail}, status)


def _answer(
    request: HttpRequest, context: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Return the page."""
    empty = {"result": None, "refusal": "", "name": ""}
    return render(request, "web/verify/verify.html", empty | context, status=status)
