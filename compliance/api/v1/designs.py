"""Authentication designs: versions, their independence analysis, and checking a document."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from typing import Any, ClassVar, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.paging import PageQuery, after_cursor, page_document
from compliance.api.v1.design_serializers import (
    DesignCheckSerializer,
    DesignDocumentSerializer,
    DesignPage,
    IndependenceQuery,
    IndependenceSerializer,
)
from compliance.api.v1.policy_bodies import policy_source
from compliance.api.views import ApiView, psp_of
from compliance.core.errors import NotFoundError
from compliance.decisions.presentation import rfc3339
from compliance.designs.presentation import independence_document
from compliance.designs.selectors import (
    design_version_by_digest,
    design_version_by_ref,
    design_version_in_force,
    design_versions_of,
    read_design_document,
)
from policies.documents import DesignDocumentError, digest_of_designs, read_designs

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_REF: Final = re.compile(r"des_[0-9a-z]{26}", re.ASCII)
_VERSION: Final = OpenApiParameter(
    "version",
    {"type": "string", "pattern": "^(sha256:[0-9a-f]{64}|des_[0-9a-z]{26})$"},
    OpenApiParameter.PATH,
    description="its reference, or its digest as a decision and a report name it",
)
_EXAMPLE: Final = {
    "schema": 1,
    "name": "App PIN and device key",
    "components": [
        {"id": "app", "class": "app", "supplier": "the PSP"},
        {
            "id": "device-key",
            "class": "key_store",
            "algorithm": "ECDSA",
            "parameters": "P-256 with SHA-256",
        },
    ],
    "methods": [
        {
            "method": "app-pin-push",
            "elements": {
                "knowledge": {"rests_on": ["app"]},
                "possession": {"rests_on": ["device-key"]},
            },
        }
    ],
}
_ANYTHING: Final = {"description": "a design; whatever it is, the answer says so"}


class DesignsView(ApiView):
    """The versions of the authentication design."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_designs",
        summary="List the versions of the authentication design, newest first",
        parameters=[PageQuery],
        responses={200: DesignPage},
        tags=["designs"],
    )
    def get(self, request: Request) -> Response:
        """Return one page of all versions; null as `next_cursor` ends."""
        psp = psp_of(request)
        in_force = design_version_in_force(psp, at=self.now)
        every = [_document(version, in_force) for version in design_versions_of(psp)]
        found = after_cursor(every, self.query["cursor"])
        return Response(page_document(found, limit=self.query["limit"]))


class DesignView(ApiView):
    """One version."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_design",
        summary="Read one version of the authentication design",
        parameters=[_VERSION],
        responses={200: DesignDocumentSerializer},
        tags=["designs"],
    )
    def get(self, request: Request, version: str) -> Response:
        """Return a version with its text; of several with one text, the newest."""
        psp = psp_of(request)
        found = _version_of(request, version)
        in_force = design_version_in_force(psp, at=self.now)
        return Response(_document(found, in_force) | {"document": json.loads(found.document)})


class DesignIndependenceView(ApiView):
    """What the elements of one version share."""

    scopes: ClassVar = {"GET": ("read",)}
    query_class = IndependenceQuery

    @extend_schema(
        operation_id="read_design_independence",
        summary="See what is lost when components of a design are breached",
        parameters=[_VERSION, IndependenceQuery],
        responses={200: IndependenceSerializer},
        tags=["designs"],
    )
    def get(self, request: Request, version: str) -> Response:
        """Return, for each method, what each component and each pair costs, and the algorithms.

        Components that cost the same stand together; components that are not named cost nothing.
        `pairs` has all pairs that cost more together than either does alone.
        """
        designs = read_design_document(_version_of(request, version).document)
        named = self.query["component"]
        if named and named not in designs.components:
            raise NotFoundError("component", named)
        found = independence_document(designs, component=named or None)
        return Response({"digest": digest_of_designs(designs), **found})


class DesignCheckView(ApiView):
    """What is wrong with a document, and what its elements share."""

    scopes: ClassVar = {"POST": ("read", "policies:write")}
    http_method_names = ["post"]  # noqa: RUF012 - Django's name and type

    @extend_schema(
        operation_id="check_design",
        summary="Check and analyse an authentication design without storing it",
        examples=[
            OpenApiExample(
                "Two elements", _EXAMPLE, request_only=True, media_type="application/json"
            )
        ],
        request={"application/json": _ANYTHING, "application/yaml": _ANYTHING},
        responses={200: DesignCheckSerializer},
        tags=["designs"],
    )
    def post(self, request: Request) -> Response:
        """Read the body, a design in JSON or YAML of at most 1 MB, and analyse it.

        A document that is not valid is an answer like any other, not a refusal. Nothing is stored:
        a design is in force at once and decides what every finding puts in doubt, so a person puts
        it in force, in the web interface or on the command line. A key is nobody.
        """
        try:
            designs = read_designs(policy_source(request))
        except DesignDocumentError as error:
            problems = [problem._asdict() for problem in error.problems]
            return Response({"valid": False, "problems": problems, "independence": None})
        found = {"digest": digest_of_designs(designs), **independence_document(designs)}
        return Response({"valid": True, "problems": [], "independence": found})


def _version_of(request: Request, version: str) -> Any:
    """Return the version that an address names; of several with one text, the newest.

    Raises:
        NotFoundError: if it names nothing of the PSP.
    """
    psp = psp_of(request)
    if _DIGEST.fullmatch(version):
        return design_version_by_digest(psp, version)
    if _REF.fullmatch(version):
        return design_version_by_ref(psp, version)
    raise NotFoundError("design version", version[:80])


def _document(version: Any, in_force: Any) -> dict[str, Any]:
    """Return the wire form of one version."""
    return {
        "ref": version.ref,
        "number": version.number,
        "name": version.name,
        "digest": version.digest,
        "active_from": rfc3339(version.active_from),
        "in_force": version == in_force,
    }
