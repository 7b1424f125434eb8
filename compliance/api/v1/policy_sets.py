"""Policy sets: every version and where it stands, their text, and drafts from a pipeline."""
# SPDX-License-Identifier: Apache-2.0

import json
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.paging import PageQuery, after_cursor, page_document
from compliance.api.v1.policy_bodies import EXAMPLE, invalid_policy_set, policy_source
from compliance.api.v1.version_addresses import VERSION_PARAMETER, version_ref_of
from compliance.api.views import ApiView, key_of, psp_of
from compliance.decisions.presentation import rfc3339
from compliance.designs.selectors import design_digest_in_force
from compliance.policysets.selectors import (
    NO_DESIGN,
    StatedVersion,
    VersionState,
    version_by_ref,
    versions_of,
)
from compliance.policysets.services import draft_version
from policies.documents import PolicyDocumentError


class PolicySetSerializer(serializers.Serializer[Any]):
    """One version of the policy set."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")
    state = serializers.ChoiceField(VersionState.values)
    created_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    approval_is_stale = serializers.BooleanField(
        help_text="it was approved under another authentication design than the one in force"
    )
    active_from = serializers.DateTimeField(allow_null=True)
    in_force = serializers.BooleanField()


class PolicySetPage(serializers.Serializer[Any]):
    """A page of versions, the newest first."""

    items = PolicySetSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PolicySetDocumentSerializer(PolicySetSerializer):
    """One version with its text."""

    document = serializers.DictField(help_text="the policy set in its canonical form")


class PolicySetsView(ApiView):
    """The versions of the policy set, drafts included."""

    scopes: ClassVar = {"GET": ("read",), "POST": ("policies:write",)}
    query_class = PageQuery

    @extend_schema(
        operation_id="list_policy_sets",
        summary="List the versions of the policy set, newest first",
        parameters=[PageQuery],
        responses={200: PolicySetPage},
        tags=["policy sets"],
    )
    def get(self, request: Request) -> Response:
        """Return one page of all versions and where each stands; null as `next_cursor` ends."""
        psp = psp_of(request)
        design = design_digest_in_force(psp, at=self.now) or NO_DESIGN
        every = [_document(stated, design) for stated in versions_of(psp, now=self.now)]
        found = after_cursor(every, self.query["cursor"])
        return Response(page_document(found, limit=self.query["limit"]))

    @extend_schema(
        operation_id="draft_policy_set",
        summary="Store a policy set as a draft",
        examples=[OpenApiExample("One rule", EXAMPLE, request_only=True)],
        request={"application/json": OpenApiTypes.OBJECT, "application/yaml": OpenApiTypes.STR},
        responses={201: PolicySetSerializer},
        tags=["policy sets"],
    )
    def post(self, request: Request) -> Response:
        """Store the body, a policy set in JSON or YAML of at most 1 MB, as the next draft.

        A key is nobody: a person submits the draft in the web interface or on the command line and
        answers for it, another one approves it. What is proved of the draft is told by
        `/v1/policy-sets/{version}/analysis`.
        """
        key = key_of(request)
        source = policy_source(request)
        try:
            version = draft_version(psp=key.psp, source=source, key=key, now=self.now)
        except PolicyDocumentError as error:
            raise invalid_policy_set(error) from error
        stated = version_by_ref(key.psp, version.ref, now=self.now)
        return Response(
            _document(stated, design_digest_in_force(key.psp, at=self.now) or NO_DESIGN),
            status=HTTPStatus.CREATED,
            headers={"Location": f"/v1/policy-sets/{version.ref}"},
        )


class PolicySetView(ApiView):
    """One version."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_policy_set",
        summary="Read one version of the policy set",
        parameters=[VERSION_PARAMETER],
        responses={200: PolicySetDocumentSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, version: str) -> Response:
        """Return a version with its text; of several with one text, the newest."""
        psp = psp_of(request)
        stated = version_by_ref(psp, version_ref_of(psp, version), now=self.now)
        document = json.loads(stated.version.document)
        design = design_digest_in_force(psp, at=self.now) or NO_DESIGN
        return Response(_document(stated, design) | {"document": document})


def _document(stated: StatedVersion, design_digest: str) -> dict[str, Any]:
    """Return the wire form of one version."""
    version = stated.version
    return {
        "ref": version.ref,
        "number": version.number,
        "name": version.name,
        "digest": version.digest,
        "state": stated.state.value,
        "created_at": rfc3339(version.created_at),
        "submitted_at": rfc3339(version.submitted_at) if version.submitted_at else None,
        "approved_at": rfc3339(version.approved_at) if version.approved_at else None,
        "approval_is_stale": version.is_stale_under(design_digest),
        "active_from": rfc3339(stated.active_from) if stated.active_from else None,
        "in_force": stated.state is VersionState.ACTIVE,
    }
