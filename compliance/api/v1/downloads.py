"""Files as answers."""
# SPDX-License-Identifier: Apache-2.0

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(content: bytes, media_type: str, file_name: str) -> HttpResponse:
    """Return `content` as a file to be saved; browsers neither show nor sniff it."""
    response = HttpResponse(content, content_type=media_type)
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    response["Content-Disposition"] = disposition or "attachment"
    return response
