"""Wire forms of reports."""
# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime, time
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from compliance.api.fields import DayField, StrictSerializer
from compliance.decisions.presentation import rfc3339
from compliance.reports.services import LONGEST_PERIOD

EARLIEST: Final = date(2019, 9, 14)
"""First day of a report: from then on the RTS applies (its Article 38)."""


class PeriodSerializer(StrictSerializer):
    """Calendar days in UTC: from the first moment of `from` to the first moment of `to`."""

    to = DayField(help_text="the first day after the period")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; `from` is no name that a class body can hold."""
        return {"from": DayField(help_text="the first day"), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse periods that are empty, too long, or before the RTS applied."""
        if attrs["from"] < EARLIEST:
            raise serializers.ValidationError({"from": f"expected {EARLIEST} or later"})
        if not attrs["from"] < attrs["to"]:
            raise serializers.ValidationError({"to": "expected a day after `from`"})
        if attrs["to"] - attrs["from"] > LONGEST_PERIOD:
            raise serializers.ValidationError(
                {"to": f"expected at most {LONGEST_PERIOD.days} days"}
            )
        return attrs


def period_document(start: datetime, end: datetime) -> dict[str, str]:
    """Return the wire form of a period that begins and ends at midnights in UTC."""
    return {"from": _day(start), "to": _day(end)}


def midnight(day: date) -> datetime:
    """Return the first moment of a day in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def _day(moment: datetime) -> str:
    """Return the day of a midnight in UTC."""
    return moment.astimezone(UTC).date().isoformat()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "October", {"period": {"from": "2026-10-01", "to": "2026-11-01"}}, request_only=True
        )
    ]
)
class ReportRequest(StrictSerializer):
    """What a report shall be about."""

    period = PeriodSerializer()


class CheckpointSerializer(serializers.Serializer[Any]):
    """The state of the ledger at which the report was made."""

    size = serializers.IntegerField()
    root_hash = serializers.CharField()


class LinksSerializer(serializers.Serializer[Any]):
    """Where the parts are; null until the report is ready."""

    self = serializers.CharField()
    pdf = serializers.CharField(allow_null=True)
    proof = serializers.CharField(allow_null=True)
    bundle = serializers.CharField(allow_null=True)


class ReportSerializer(serializers.Serializer[Any]):
    """A report: what it is about, how far it is, where its parts are."""

    ref = serializers.CharField()
    period = PeriodSerializer()
    state = serializers.ChoiceField(choices=["requested", "running", "ready", "failed"])
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="per cent")
    step = serializers.CharField(allow_blank=True, help_text="what is being done, for a person")
    failure = serializers.CharField(allow_null=True)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    checkpoint = CheckpointSerializer(allow_null=True)
    file_name = serializers.CharField(allow_null=True)
    file_digest = serializers.CharField(allow_null=True, help_text="sha256:<hex> of the PDF")
    links = LinksSerializer()


class ReportPage(serializers.Serializer[Any]):
    """A page of reports."""

    items = ReportSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def report_document(report: Any) -> dict[str, Any]:
    """Return the wire form of one report."""
    return {
        "ref": report.ref,
        "period": period_document(report.period_start, report.period_end),
        "state": report.state,
        "progress": report.progress,
        "step": report.step,
        "failure": report.failure or None,
        "requested_by": report.requested_by,
        "requested_at": rfc3339(report.requested_at),
        "finished_at": rfc3339(report.finished_at) if report.finished_at else None,
        "checkpoint": _checkpoint(report),
        "file_name": report.file_name or None,
        "file_digest": report.file_digest or None,
        "links": _links(report),
    }


def _checkpoint(report: Any) -> dict[str, Any] | None:
    """Return the checkpoint, once production has taken one."""
    if report.checkpoint_size is None:
        return None
    return {"size": report.checkpoint_size, "root_hash": report.checkpoint_root}


def _links(report: Any) -> dict[str, str | None]:
    """Return the addresses of the report's parts."""
    own = f"/v1/reports/{report.ref}"
    parts = {name: f"{own}/{name}" for name in ("pdf", "proof", "bundle")}
    is_ready = report.state == "ready"
    return {"self": own, **{name: url if is_ready else None for name, url in parts.items()}}
