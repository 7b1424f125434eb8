"""Documents that change with the code only: made once, and told apart by their ETag."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request


class FixedDocument(NamedTuple):
    """A document in its bytes and as a value."""

    content: bytes
    etag: str
    value: dict[str, Any]

    def answer(self, request: Request, *, media_type: str) -> HttpResponseBase:
        """Return the document, or 304 to those who have it already."""
        response = HttpResponse(self.content, content_type=media_type)
        response["ETag"] = self.etag
        return get_conditional_response(request, etag=self.etag, response=response) or response


def fixed_document(value: dict[str, Any]) -> FixedDocument:
    """Return a value as a document in JSON."""
    content = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return FixedDocument(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"', value)
