"""Policy sets: which versions were and are in force, and their text."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api.views import ApiView, psp_of
from compliance.core.errors import NotFoundError
from compliance.decisions.presentation import rfc3339
from compliance.policysets.selectors import version_by_digest, versions_in_force_between

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_EVER: Final = {
    "start": datetime(1970, 1, 1, tzinfo=UTC),
    "end": datetime(9999, 1, 1, tzinfo=UTC),
}


class PolicySetSerializer(serializers.Serializer[Any]):
    """One version of the policy set."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")
    created_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    active_from = serializers.DateTimeField(allow_null=True)
    in_force = serializers.BooleanField()


class PolicySetPage(serializers.Serializer[Any]):
    """Versions, the newest first."""

    items = PolicySetSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PolicySetDocumentSerializer(PolicySetSerializer):
    """One version with its text."""

    document = serializers.DictField(help_text="the policy set in its canonical form")


class PolicySetsView(ApiView):
    """The versions that were, are, or are going to be in force."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="list_policy_sets",
        summary="List the versions of the policy set",
        responses={200: PolicySetPage},
        tags=["policy sets"],
    )
    def get(self, request: Request) -> Response:
        """Return every version that was ever activated, newest first."""
        versions = _activated(psp_of(request))
        current = _number_in_force(versions, self.now)
        items = [_document(version, current) for version in reversed(versions)]
        return Response({"items": items, "next_cursor": None})


class PolicySetView(ApiView):
    """One version."""

    scopes: ClassVar = {"GET": ("read",)}

    @extend_schema(
        operation_id="read_policy_set",
        summary="Read one version of the policy set",
        parameters=[
            OpenApiParameter(
                "digest",
                {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                OpenApiParameter.PATH,
                description="as in `policy.digest` of a decision",
            )
        ],
        responses={200: PolicySetDocumentSerializer},
        tags=["policy sets"],
    )
    def get(self, request: Request, digest: str) -> Response:
        """Return the text that a decision names by its digest."""
        if not _DIGEST.fullmatch(digest):
            raise NotFoundError("policy set version", digest[:80])
        psp = psp_of(request)
        version = version_by_digest(psp, digest)
        current = _number_in_force(_activated(psp), self.now)
        return Response({**_document(version, current), "document": json.loads(version.document)})


def _activated(psp: Any) -> list[Any]:
    """Return the PSP's versions that have a moment of activation, in its order."""
    return list(versions_in_force_between(psp, **_EVER))


def _number_in_force(versions: list[Any], now: datetime) -> int | None:
    """Return the number of the version in force."""
    past = [version.number for version in versions if version.active_from <= now]
    return past[-1] if past else None


def _document(version: Any, current: int | None) -> dict[str, Any]:
    """Return the wire form of one version."""
    return {
        "ref": version.ref,
        "number": version.number,
        "name": version.name,
        "digest": version.digest,
        "created_at": rfc3339(version.created_at),
        "approved_at": rfc3339(version.approved_at) if version.approved_at else None,
        "active_from": rfc3339(version.active_from) if version.active_from else None,
        "in_force": version.number == current,
    }
