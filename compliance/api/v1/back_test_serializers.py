"""Wire forms of back-tests."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from compliance.api.fields import StrictSerializer
from compliance.api.v1.comparison_serializers import ComparisonSerializer
from compliance.api.v1.report_serializers import PeriodSerializer, period_document
from compliance.backtests.presentation import run_document


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "October", {"period": {"from": "2026-10-01", "to": "2026-11-01"}}, request_only=True
        )
    ]
)
class BackTestRequest(StrictSerializer):
    """Which recorded decisions the candidate shall be compared with."""

    period = PeriodSerializer()


class BackTestSerializer(ComparisonSerializer):
    """A back-test: what it is about, how far it is, what it counts."""

    period = PeriodSerializer()
    state = serializers.ChoiceField(choices=["requested", "running", "ready", "failed"])
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="per cent")
    total = serializers.IntegerField(allow_null=True, help_text="null until it runs")


class BackTestPage(serializers.Serializer[Any]):
    """A page of back-tests."""

    items = BackTestSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def back_test_document(back_test: Any) -> dict[str, Any]:
    """Return the wire form of one back-test."""
    return run_document(back_test) | {
        "period": period_document(back_test.starts_at, back_test.ends_at),
        "progress": back_test.progress,
        "total": back_test.total,
    }
