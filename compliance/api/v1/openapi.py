"""The OpenAPI document of everything under `/v1`."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from compliance.api.views import PublicView


class Document(NamedTuple):
    """The document in its bytes and as a value."""

    content: bytes
    etag: str
    value: dict[str, Any]


@cache
def openapi_document() -> Document:
    """Return the document; it changes with the code only, so it is made once per process."""
    value = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    content = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return Document(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"', value)


class OpenApiView(PublicView):
    """The description of this interface, for machines."""

    schema = None

    def get(self, request: Request) -> HttpResponseBase:
        """Return the document (OpenAPI 3.1), or 304."""
        document = openapi_document()
        response = HttpResponse(document.content, content_type="application/json")
        response["ETag"] = document.etag
        return get_conditional_response(request, etag=document.etag, response=response) or response
