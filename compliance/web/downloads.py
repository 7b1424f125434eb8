"""Files for people: named, not cached, never shown inside a page."""
# SPDX-License-Identifier: Apache-2.0

from django.http import HttpResponse

from compliance.core import downloads

PDF = "application/pdf"
ZIP = "application/zip"
TEXT = "text/plain; charset=utf-8"


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return `content` as a file to keep, of which nobody on the way keeps a copy."""
    response = downloads.download(content, name=name, content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    return response
