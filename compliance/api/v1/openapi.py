"""The OpenAPI document of everything under `/v1`."""
# SPDX-License-Identifier: Apache-2.0

from functools import cache

from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from compliance.api.fixed_documents import FixedDocument, fixed_document
from compliance.api.views import PublicView


@cache
def openapi_document() -> FixedDocument:
    """Return the document; it changes with the code only, so it is made once per process."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    return fixed_document(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


class OpenApiView(PublicView):
    """The description of this interface, for machines."""

    schema = None

    def get(self, request: Request) -> HttpResponseBase:
        """Return the document (OpenAPI 3.1), or 304."""
        return openapi_document().answer(request, media_type="application/json")
