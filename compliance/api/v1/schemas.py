"""The JSON Schemas of the documents that people write, for editors and other tools."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from compliance.api.fixed_documents import FixedDocument, fixed_document
from compliance.api.views import PublicView
from compliance.core.errors import NotFoundError
from policies.documents import designs_schema, policy_set_schema

_MEDIA_TYPE: Final = "application/schema+json"
_SCHEMAS: Final[Mapping[str, Callable[[], dict[str, Any]]]] = MappingProxyType(
    {"policy-set.json": policy_set_schema, "designs.json": designs_schema}
)


@cache
def schema_document(name: str) -> FixedDocument:
    """Return a schema; it changes with the code only.

    Raises:
        KeyError: if there is no such schema.
    """
    return fixed_document(_SCHEMAS[name]())


class SchemaView(PublicView):
    """The schema of one kind of document, for machines."""

    schema = None

    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Return the schema (JSON Schema 2020-12), or 304."""
        if name not in _SCHEMAS:
            raise NotFoundError("schema", name[:80])
        return schema_document(name).answer(request, media_type=_MEDIA_TYPE)
