"""Wire forms of back-tests."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from compliance.api.fields import StrictSerializer
from compliance.api.paging import PageQuery
from compliance.api.v1.report_serializers import PeriodSerializer, period_document
from compliance.backtests.selectors import summary_of
from compliance.decisions.presentation import rfc3339
from policies.vocabulary.effects import Effect

_EFFECTS = [effect.value for effect in Effect]


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


class BackTestChangesQuery(PageQuery):
    """Which changes: of one pair of effects, or all."""

    old_effect = serializers.ChoiceField(choices=_EFFECTS, default="", help_text="as recorded")
    new_effect = serializers.ChoiceField(choices=_EFFECTS, default="", help_text="the candidate's")


class BackTestCandidateSerializer(serializers.Serializer[Any]):
    """The version that was compared."""

    ref = serializers.CharField()
    number = serializers.IntegerField()
    digest = serializers.CharField(help_text="sha256:<hex> of the canonical document")


class BackTestCellSerializer(serializers.Serializer[Any]):
    """Decisions that went from one effect to another."""

    old_effect = serializers.ChoiceField(choices=_EFFECTS)
    new_effect = serializers.ChoiceField(choices=_EFFECTS)
    count = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="of these, with another effect or obligations")


class NotReplayableSerializer(serializers.Serializer[Any]):
    """Decisions that could not be decided again, for one reason."""

    reason = serializers.CharField()
    count = serializers.IntegerField()


class BackTestResultSerializer(serializers.Serializer[Any]):
    """What was counted so far; final once the back-test is ready. Counts are complete."""

    compared = serializers.IntegerField()
    changed = serializers.IntegerField()
    listed = serializers.IntegerField(help_text="changes that can be read one by one")
    matrix = BackTestCellSerializer(many=True)
    not_replayable = NotReplayableSerializer(many=True)
    step_ups_added = serializers.IntegerField()
    step_ups_removed = serializers.IntegerField()
    added_step_ups_per_100_000 = serializers.FloatField(help_text="net, of those compared")
    tolerated = serializers.IntegerField(help_text="recorded under a waiver, compared without it")


class BackTestSerializer(serializers.Serializer[Any]):
    """A back-test: what it is about, how far it is, what it counts."""

    ref = serializers.CharField()
    candidate = BackTestCandidateSerializer()
    period = PeriodSerializer()
    state = serializers.ChoiceField(choices=["requested", "running", "ready", "failed"])
    progress = serializers.IntegerField(min_value=0, max_value=100, help_text="per cent")
    done = serializers.IntegerField(help_text="decisions read so far")
    total = serializers.IntegerField(allow_null=True, help_text="null until it runs")
    failure = serializers.CharField(allow_null=True)
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = BackTestResultSerializer()


class BackTestPage(serializers.Serializer[Any]):
    """A page of back-tests."""

    items = BackTestSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class BackTestObligationSerializer(serializers.Serializer[Any]):
    """An obligation."""

    action = serializers.CharField()
    parameters = serializers.DictField()
    within_s = serializers.IntegerField(allow_null=True)


class BackTestChangeSerializer(serializers.Serializer[Any]):
    """A decision that the candidate makes otherwise."""

    decision = serializers.CharField()
    decided_at = serializers.DateTimeField()
    old_effect = serializers.ChoiceField(choices=_EFFECTS)
    new_effect = serializers.ChoiceField(choices=_EFFECTS)
    old_obligations = BackTestObligationSerializer(many=True)
    new_obligations = BackTestObligationSerializer(many=True)
    new_rules = serializers.ListField(child=serializers.CharField())
    link = serializers.CharField(help_text="the decision")


class BackTestChangePage(serializers.Serializer[Any]):
    """A page of changes, in order of time."""

    items = BackTestChangeSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def back_test_document(back_test: Any) -> dict[str, Any]:
    """Return the wire form of one back-test."""
    version = back_test.version
    return {
        "ref": back_test.ref,
        "candidate": {"ref": version.ref, "number": version.number, "digest": back_test.digest},
        "period": period_document(back_test.starts_at, back_test.ends_at),
        "state": back_test.state,
        "progress": back_test.progress,
        "done": back_test.done,
        "total": back_test.total,
        "failure": back_test.failure or None,
        "requested_by": back_test.requested_by,
        "requested_at": rfc3339(back_test.requested_at),
        "finished_at": rfc3339(back_test.finished_at) if back_test.finished_at else None,
        "result": _result(back_test.tally),
    }


def change_document(change: Any) -> dict[str, Any]:
    """Return the wire form of one change."""
    return {
        "decision": change.decision_ref,
        "decided_at": rfc3339(change.decided_at),
        "old_effect": change.old_effect,
        "new_effect": change.new_effect,
        "old_obligations": _owed(change.old_obligations),
        "new_obligations": _owed(change.new_obligations),
        "new_rules": change.new_rules,
        "link": f"/v1/decisions/{change.decision_ref}",
    }


def _result(tally: Any) -> dict[str, Any]:
    """Return what was counted; the matrix cell by cell, empty ones left out."""
    summary = summary_of(tally)
    return {
        "compared": summary.compared,
        "changed": summary.changed,
        "listed": summary.listed,
        "matrix": [
            {
                "old_effect": cell.old,
                "new_effect": cell.new,
                "count": cell.count,
                "changed": cell.changed,
            }
            for row in summary.matrix
            for cell in row
            if cell.count
        ],
        "not_replayable": [
            {"reason": reason, "count": count} for reason, count in summary.not_replayable
        ],
        "step_ups_added": summary.step_ups_added,
        "step_ups_removed": summary.step_ups_removed,
        "added_step_ups_per_100_000": summary.added_step_ups_per_100_000,
        "tolerated": summary.tolerated,
    }


def _owed(stored: Any) -> list[dict[str, Any]]:
    """Return obligations with names."""
    return [
        {"action": action, "parameters": parameters, "within_s": within_s}
        for action, parameters, within_s in stored
    ]
