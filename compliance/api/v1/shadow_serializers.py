"""Wire forms of shadows."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from compliance.api.fields import StrictSerializer, TimeField
from compliance.api.v1.comparison_serializers import ComparisonSerializer
from compliance.backtests.selectors import ShadowEnding


@extend_schema_serializer(
    examples=[OpenApiExample("A week", {"ends_at": "2026-11-30T10:15:04Z"}, request_only=True)]
)
class ShadowRequest(StrictSerializer):
    """Until when the candidate shall run beside the version in force."""

    ends_at = TimeField(help_text="90 days from now at most")


class ShadowSerializer(ComparisonSerializer):
    """A shadow: which candidate, from when to when, and what it counts so far."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="as asked for; see `finished_at`")
    state = serializers.ChoiceField(choices=["running", "ready", "failed"])
    ending = serializers.ChoiceField(
        ShadowEnding.values,
        allow_null=True,
        help_text="of one that is ready: `over` its time was, `stopped` by somebody, or `overtaken` "
        "since the candidate's text came into force",
    )
    stopped_by = serializers.CharField(allow_null=True)


class ShadowPage(serializers.Serializer[Any]):
    """A page of shadows."""

    items = ShadowSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
