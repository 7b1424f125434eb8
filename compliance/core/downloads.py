"""Files as answers."""
# SPDX-License-Identifier: Apache-2.0

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return `content` as a file to be saved under `name`; browsers do not show it inside a page."""
    response = HttpResponse(content, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    return response
