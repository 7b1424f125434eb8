"""Authentication designs: versions, their independence analysis, and checking a document."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.paging import PageQuery, after_cursor, page_document
from compliance.api.v1.design_serializers import (
    DesignCheckSerializer,
    DesignDocumentSerializer,
    DesignPage,
    DesignVersionSerializer,
    IndependenceQuery,
    IndependenceSerializer,
)
from compliance.api.v1.policy_bodies import invalid_document, policy_source
from compliance.api.views import ApiView, key_of, psp_of
from compliance.core.errors import NotFoundError
from compliance.decisions.presentation import rfc3339
from compliance.designs.presentation import independence_document
from compliance.designs.selectors import (
    StatedDesign,
    design_version_by_digest,
    design_version_by_ref,
    design_versions_of,
    read_design_document,
)
from compliance.designs.services import draft_design_version
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

    scopes: ClassVar = {"GET": ("read",), "POST": ("policies:write",)}
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
        every = [_document(each) for each in design_versions_of(psp_of(request), now=self.now)]
        found = after_cursor(every, self.query["cursor"])
        return Response(page_document(found, limit=self.query["limit"]))

    @extend_schema(
        operation_id="draft_design",
        summary="Store an authentication design as a draft",
        examples=[OpenApiExample("Two elements", _EXAMPLE, request_only=True)],
        request={"application/json": OpenApiTypes.OBJECT, "application/yaml": OpenApiTypes.STR},
        responses={201: DesignVersionSerializer},
        tags=["designs"],
    )
    def post(self, request: Request) -> Response:
        """Store the body, a design in JSON or YAML of at most 1 MB, as the next draft.

        A key is nobody: a person takes the draft over in the web interface or on the command line,
        which submits it and makes them answer for it; another one approves it.
        """
        key = key_of(request)
        source = policy_source(request)
        try:
            version = draft_design_version(psp=key.psp, source=source, key=key, now=self.now)
        except DesignDocumentError as error:
            raise invalid_document("the design is not valid", error) from error
        stated = design_version_by_ref(key.psp, version.ref, now=self.now)
        return Response(
            _document(stated),
            status=HTTPStatus.CREATED,
            headers={"Location": f"/v1/designs/{version.ref}"},
        )


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
        found = _version_of(request, version, self.now)
        return Response(_document(found) | {"document": json.loads(found.version.document)})


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
        designs = read_design_document(_version_of(request, version, self.now).version.document)
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

        A document that is not valid is an answer like any other, not a refusal. Nothing is stored.
        """
        try:
            designs = read_designs(policy_source(request))
        except DesignDocumentError as error:
            problems = [problem._asdict() for problem in error.problems]
            return Response({"valid": False, "problems": problems, "independence": None})
        found = {"digest": digest_of_designs(designs), **independence_document(designs)}
        return Response({"valid": True, "problems": [], "independence": found})


def _version_of(request: Request, version: str, now: datetime) -> StatedDesign:
    """Return the version that an address names; of several with one text, the newest.

    Raises:
        NotFoundError: if it names nothing of the PSP.
    """
    psp = psp_of(request)
    if _DIGEST.fullmatch(version):
        version = design_version_by_digest(psp, version).ref
    if _REF.fullmatch(version):
        return design_version_by_ref(psp, version, now=now)
    raise NotFoundError("design version", version[:80])


def _document(stated: StatedDesign) -> dict[str, Any]:
    """Return the wire form of one version."""
    version = stated.version
    return {
        "ref": version.ref,
        "number": version.number,
        "name": version.name,
        "digest": version.digest,
        "state": stated.state.value,
        "created_at": rfc3339(version.created_at),
        "submitted_at": _moment(version.submitted_at),
        "approved_at": _moment(version.approved_at),
        "active_from": _moment(stated.active_from),
        "in_force": stated.state.value == "active",
    }


def _moment(moment: datetime | None) -> str | None:
    """Return a moment, if there is one."""
    return None if moment is None else rfc3339(moment)
