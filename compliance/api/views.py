"""What every view of the REST interface shares: strict queries, tenancy, caching."""
# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.utils import timezone
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from compliance.api.documentation import ApiSchema
from compliance.api.fields import Empty
from compliance.api.parsing import parsed_query
from compliance.core.errors import NotFoundError
from compliance.tenants.models import ApiKey, Psp

_REF = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}", re.ASCII)

REF_PARAMETER: Final = OpenApiParameter(
    "ref",
    {"type": "string", "pattern": "^[a-z]{2,8}_[0-9a-z]{26}$"},
    OpenApiParameter.PATH,
    description="public reference",
)
"""The reference in an address, for the OpenAPI document."""


class ApiView(APIView):
    """A view that answers for the PSP of the caller's key.

    Three steps: parse, one call of a service or selector, shape. Errors pass through to
    `compliance.api.problems`.
    """

    schema: Any = ApiSchema()

    http_method_names = ["get", "head", "post"]  # noqa: RUF012 - Django's name and type

    scopes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The scopes of which a key needs one, by method; HEAD needs what GET needs."""

    query_class: ClassVar[type["Serializer[Any]"]] = Empty
    """What GET takes as query; no other method takes any."""

    cache_control: ClassVar[str] = "no-store"

    query: dict[str, Any]
    now: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Negotiate, authenticate and authorize (DRF), then read the query and the clock."""
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        kind = self.query_class if request.method in {"GET", "HEAD"} else Empty
        self.query = parsed_query(request.query_params, kind)
        self.now = timezone.now()

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say how long the answer may be kept: errors never, answers as the view says."""
        final = super().finalize_response(request, response, *args, **kwargs)
        kept = self.cache_control if final.status_code < 400 else "no-store"
        final.headers.setdefault("Cache-Control", kept)
        patch_vary_headers(final, ["Authorization"])
        return final


class PublicView(ApiView):
    """A view that tells everybody the same."""

    authentication_classes = ()
    permission_classes = ()
    cache_control = "public, max-age=300"


class UnknownAddressView(PublicView):
    """Answers addresses that do not exist, whatever the method."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Refuse.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("address", request.path)


def key_of(request: Request) -> ApiKey:
    """Return the key that the caller has shown; only behind `HasScope`."""
    key = request.auth
    if not isinstance(key, ApiKey):
        raise TypeError("this view lets callers in without a key")
    return key


def psp_of(request: Request) -> Psp:
    """Return the PSP for which the caller acts."""
    return key_of(request).psp


def require_ref(kind: str, ref: str) -> str:
    """Return `ref` if it has the form of one.

    Raises:
        NotFoundError: if it has not: then nothing has that name, and no query is made.
    """
    if not _REF.fullmatch(ref):
        raise NotFoundError(kind, ref[:80])
    return ref
