"""Files for people: named, not cached, never shown inside a page."""
# SPDX-License-Identifier: Apache-2.0

from django.http import HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"
ZIP = "application/zip"
TEXT = "text/plain; charset=utf-8"


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return `content` as a file to keep."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
